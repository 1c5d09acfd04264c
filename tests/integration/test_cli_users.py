"""`satchel users` on a real PostgreSQL: accounts, as the operator sees them."""

import json
import os
import subprocess
from contextlib import closing
from pathlib import Path
from select import select
from urllib.error import HTTPError

import pytest

from tests.integration.cli_processes import KEY, PATIENCE, SATCHEL, Run, Serve, environment


class TestUsers:
    """`satchel users` adds accounts and lists them."""

    def test_an_account_is_added_with_a_piped_password_and_listed(
        self, run: Run, call: Run, database_url: str
    ) -> None:
        created = run(
            "users", "create", "ada", "--role", "admin", "--email", "ada@example.org",
            stdin="pässword 1\n", DATABASE_URL=database_url,
        )  # fmt: skip
        assert (created.returncode, created.stderr) == (0, "")
        assert created.stdout.startswith("Created admin ada (id ")
        (ada,) = json.loads(call("users", "list", "--json", DATABASE_URL=database_url).stdout)
        assert (ada["username"], ada["email"], ada["role"]) == ("ada", "ada@example.org", "admin")
        assert (ada["isApproved"], ada["isActive"]) == (True, True)
        assert not any("password" in name.lower() for name in ada)
        assert "ada@example.org" in call("users", "list", DATABASE_URL=database_url).stdout

    def test_a_taken_name_and_a_bad_account_are_told_in_a_line(self, call: Run, database_url: str) -> None:
        assert call("users", "create", "ada", stdin="password-1", DATABASE_URL=database_url).returncode == 0
        taken = call("users", "create", "ADA", stdin="password-1", DATABASE_URL=database_url)
        assert (taken.returncode, taken.stderr) == (1, "Error: This username is taken.\n")
        bad = call("users", "create", "a", "--email", "x", stdin="short", DATABASE_URL=database_url)
        assert bad.returncode == 1
        assert all(field in bad.stderr for field in ("username", "email", "password"))
        assert bad.stderr.count("\n") == 1

    def test_a_lost_password_is_replaced_and_signed_out_everywhere(
        self, call: Run, serve: Serve, database_url: str
    ) -> None:
        service = serve(DATABASE_URL=database_url)
        service.call("/api/v1/auth/signup", {"username": "ada", "password": "correct horse battery"})
        changed = call("users", "set-password", "ada", stdin="staple battery horse\n", DATABASE_URL=database_url)
        assert (changed.returncode, changed.stderr) == (0, "")
        assert changed.stdout == "ada has a new password and is signed out everywhere.\n"
        new = service.call("/api/v1/auth/login", {"username": "ada", "password": "staple battery horse"})
        assert new["user"]["username"] == "ada"
        nobody = call("users", "set-password", "bob", stdin="staple battery horse\n", DATABASE_URL=database_url)
        assert (nobody.returncode, nobody.stderr) == (1, "Error: There is no user bob.\n")

    def test_who_signs_up_in_production_waits_until_the_operator_approves(
        self, call: Run, serve: Serve, database_url: str
    ) -> None:
        production = {"ENVIRONMENT": "production", "SECRET_KEY": KEY, "DATABASE_URL": database_url}
        service = serve(**production)
        credentials = {"username": "ada", "password": "correct horse battery"}
        assert not service.call("/api/v1/auth/signup", credentials)["user"]["isApproved"]
        call("users", "create", "bob", stdin="correct horse battery", **production)
        listed = call("users", "list", "--pending", **production)
        assert ("ada" in listed.stdout, "bob" in listed.stdout) == (True, False)
        assert "Waiting for approval: 1. " in listed.stderr
        approved = call("users", "approve", "Ada", **production)
        assert (approved.returncode, approved.stderr) == (0, "")
        assert approved.stdout.startswith("Approved employee ada (id ")
        assert service.call("/api/v1/auth/login", credentials)["accessToken"]
        again = call("users", "approve", "ada", **production)
        assert (again.returncode, again.stdout) == (0, "ada was approved before: nothing was changed.\n")
        assert call("users", "list", **production).stderr == ""

    def test_a_role_is_given_and_one_who_loses_rights_is_signed_out(
        self, call: Run, serve: Serve, database_url: str
    ) -> None:
        service = serve(DATABASE_URL=database_url)
        for name in ("ada", "eve"):
            created = ("users", "create", name, "--role", "admin")
            call(*created, stdin="correct horse battery", DATABASE_URL=database_url)
        credentials = {"username": "ada", "password": "correct horse battery"}
        token = service.call("/api/v1/auth/login", credentials)["refreshToken"]
        changed = call("users", "set-role", "ADA", "manager", DATABASE_URL=database_url)
        assert (changed.returncode, changed.stderr) == (0, "")
        assert changed.stdout == "ada was admin and is manager now.\n"
        with pytest.raises(HTTPError, match="401"):
            service.call("/api/v1/auth/refresh", {"refreshToken": token})
        again = call("users", "set-role", "ada", "manager", DATABASE_URL=database_url)
        assert again.stdout == "ada is manager already: nothing was changed.\n"
        last = call("users", "set-role", "eve", "employee", DATABASE_URL=database_url)
        assert (last.returncode, last.stderr) == (
            1,
            "Error: This is the last active admin. Make someone else an admin first.\n",
        )
        assert call("users", "set-role", "eve", "king", DATABASE_URL=database_url).returncode == 2

    def test_nobody_is_approved_who_is_not_there(self, call: Run, database_url: str) -> None:
        result = call("users", "approve", "nobody", DATABASE_URL=database_url)
        assert (result.returncode, result.stderr) == (1, "Error: There is no user nobody.\n")


class Terminal:
    """A person at a terminal, who reads what a command prints and types what it asks for."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        self._screen, terminal = os.openpty()
        self.process = subprocess.Popen(
            [SATCHEL, *arguments],
            stdin=terminal, stdout=terminal, stderr=terminal, cwd=folder, env=environment(variables),
            start_new_session=True,
        )  # fmt: skip
        os.close(terminal)

    def read_up_to(self, text: str) -> str:
        """Return what is printed until this text comes."""
        seen = ""
        while text not in seen:
            assert select([self._screen], [], [], PATIENCE)[0], seen
            seen += os.read(self._screen, 1).decode()
        return seen

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._screen, f"{line}\n".encode())

    def close(self) -> None:
        """Put the terminal away."""
        self.process.wait(PATIENCE)
        os.close(self._screen)


class TestPrompt:
    """At a terminal `satchel users create` asks for the password."""

    def test_it_asks_again_until_the_password_is_good_and_repeated(
        self, tmp_path: Path, database_url: str
    ) -> None:
        with closing(Terminal(tmp_path, "users", "create", "ada", DATABASE_URL=database_url)) as terminal:
            terminal.read_up_to("Password: ")
            terminal.type("short")
            assert "password must have 8 to" in terminal.read_up_to("Password: ")
            for first, second in (("password-1", "password-2"), ("password-3", "password-3")):
                terminal.type(first)
                terminal.read_up_to("Repeat for confirmation: ")
                terminal.type(second)
                if first != second:
                    assert "not the same" in terminal.read_up_to("Password: ")
            seen = terminal.read_up_to("Created employee ada")
            assert terminal.process.wait(PATIENCE) == 0
        assert "password-" not in seen

    def test_a_name_that_cannot_be_is_refused_before_a_password_is_asked_for(self, tmp_path: Path) -> None:
        with closing(Terminal(tmp_path, "users", "create", "a b", "--email", "nowhere")) as terminal:
            seen = terminal.read_up_to("name@example.org")
            assert terminal.process.wait(PATIENCE) == 1
        assert seen.startswith("Error: username may hold")
        assert "Password" not in seen
