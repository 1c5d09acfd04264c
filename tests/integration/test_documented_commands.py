"""The commands of the README and of `docs/`, carried out to the letter, and what they show beneath them.

A page begins where it says so: one that starts the service has an empty database of its own; the others find a
service with the demo and with ada, who signed up. Within a page, blocks come one after the other in one shell.
`walk_on` tells what is put in place of what a page can only name as an example; nothing else is changed. Sections
whose commands want more than that are carried out by tests of their own: see `tests/documented.py`.
"""

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Generator
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import sql

from tests.documented import PAGES, text_to_walk
from tests.integration.cli_processes import KEY, calling_in
from tests.integration.http_server import running_server
from tests.integration.postgresql import database_name
from tests.integration.walks import BASH, Step, matches, script, section, steps, walk, without_section

ADDRESS = "http://127.0.0.1:8080"
DATABASE = "postgresql://satchel:PASSWORD@db.example.org:5432/satchel"
NO_PROGRAM = Path(os.devnull)
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def team(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[str, str]]:
    """The address and the database of a service with the demo and with ada."""
    folder = tmp_path_factory.mktemp("server")
    seeded = calling_in(folder)("seed", "--demo", DATABASE_URL=module_database_url)
    assert seeded.returncode == 0, seeded.stderr
    with running_server(folder, {"DATABASE_URL": module_database_url, "SECRET_KEY": KEY}) as address:
        body = {"username": "ada", "password": PASSWORD}
        httpx.post(f"{address}/api/v1/auth/signup", json=body).raise_for_status()
        yield address, module_database_url


WALKED = [page for page in PAGES if steps(text_to_walk(page))]


@pytest.mark.parametrize("page", WALKED)
def test_a_page_does_what_it_says(
    page: str, request: pytest.FixtureRequest, program: Path, tmp_path: Path
) -> None:
    """One after the other, every command succeeds, and prints what the page shows."""
    for tool in ("bash", "curl", "make", "openssl"):
        if shutil.which(tool) is None:
            pytest.skip(f"The pages want {tool}, and this machine has none.")
    text = text_to_walk(page)
    if any(step.serves for step in steps(text)):
        walk_on(
            text, tmp_path, program, f"http://127.0.0.1:{free_port()}", request.getfixturevalue("database_url")
        )
    else:
        address, url = request.getfixturevalue("team")
        walk_on(text, tmp_path, program, address, url)


def walk_on(text: str, folder: Path, program: Path, address: str, database_url: str) -> None:
    """Walk with what the page names as an example replaced by what is here."""
    role = f"satchel_service_{secrets.token_hex(4)}"
    places = {
        ADDRESS: address,
        # Where nobody listens, and nothing is sent beyond this machine.
        "https://example.com/": "http://127.0.0.1:9/",
        DATABASE: database_url,
        "DATABASE satchel ": f'DATABASE "{database_name(database_url)}" ',
        "satchel_service": role,
        # The tests' PostgreSQL may do without flushing, which it finds unfit.
        "satchel doctor  ": "satchel doctor || true  ",
        "/var/lib/": f"{folder}/",
    }
    for example, place in places.items():
        text = text.replace(example, place)
    try:
        walk(text, folder, program, address, database_url)
    finally:
        if role in text:
            with psycopg.connect(database_url, autocommit=True) as connection:
                for statement in ("DROP OWNED BY {}", "DROP ROLE {}"):
                    connection.execute(sql.SQL(statement).format(sql.Identifier(role)))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class TestWalking:
    """How pages are read and walked."""

    TEXT = """# Title
First:
```sh
# a comment, no heading
A=1
echo "$A"
```
```text
1
```
Then:

```sh
echo "{\\"id\\": $A}"
```

```json
{"id": …}
```
### Further

```console
$ echo one
one
$ read -r answer; echo "$answer"
Password:
correct …
$ true
```
An example that is nobody's output:

```json
{}
```
```sql
SELECT 1
```
"""

    def test_steps_come_in_order_with_their_output(self) -> None:
        found = steps(self.TEXT)
        assert [step.expected for step in found] == ["1\n", '{"id": …}\n', "one\n", "correct …\n", None, None]
        assert found[0].commands.splitlines() == ["# a comment, no heading", "A=1", 'echo "$A"']
        assert [step.language for step in found] == ["sh"] * 2 + ["console"] * 3 + ["sql"]

    def test_what_starts_the_service_or_follows_a_stream_goes_on(self) -> None:
        assert Step("make run").serves
        assert Step("PORT=9 .venv/bin/satchel serve --workers 2").serves
        assert Step('curl -sSN "$API/events"').goes_on
        assert not Step('curl -sS "$API/notes"').goes_on

    def test_a_section_ends_with_the_next_of_its_rank(self) -> None:
        text = "# Page\none\n## Left out\n```sh\n# no heading\n```\n### Below\ntwo\n## Next\nthree\n"
        assert section(text, "## Left out") == "```sh\n# no heading\n```\n### Below\ntwo\n"
        assert without_section(text, "## Left out") == "# Page\none\n## Next\nthree\n"

    def test_a_section_that_is_not_there_is_an_error(self) -> None:
        with pytest.raises(AssertionError, match="no section"):
            without_section(self.TEXT, "## Missing")

    def test_steps_share_their_variables_and_passwords_are_answered(self, tmp_path: Path) -> None:
        walk(
            self.TEXT.replace("```sql\nSELECT 1\n```", ""), tmp_path, NO_PROGRAM, "http://127.0.0.1:9", "memory://"
        )

    def test_a_command_that_fails_ends_the_walk(self, tmp_path: Path) -> None:
        with pytest.raises(AssertionError, match="ls /nowhere"):
            walk(
                "```sh\nls /nowhere\n```\n```sh\ntrue\n```\n",
                tmp_path,
                NO_PROGRAM,
                "http://127.0.0.1:9",
                "memory://",
            )

    def test_a_script_does_the_same_in_a_shell_elsewhere(self, tmp_path: Path) -> None:
        walk = steps("```sh\nA=1\n```\n```sh\necho $A\n```\n")
        subprocess.run([BASH, "-s"], input=script(walk, tmp_path), text=True, check=True)
        assert (tmp_path / "1").read_text() == "1\n"

    def test_other_output_ends_the_walk(self, tmp_path: Path) -> None:
        with pytest.raises(AssertionError, match="instead of"):
            walk("```console\n$ echo two\none\n```\n", tmp_path, NO_PROGRAM, "http://127.0.0.1:9", "memory://")

    @pytest.mark.parametrize(
        ("expected", "actual", "is_match"),
        [
            ("a\n", "a", True),
            ("a … c", "a b\nb c", True),
            ("…", "", True),
            ("HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\n", True),
            ("a.c", "abc", False),
            ("a", "a b", False),
        ],
    )
    def test_an_ellipsis_stands_for_anything(self, expected: str, actual: str, is_match: bool) -> None:
        assert matches(expected, actual) is is_match
