"""Who Schemathesis asks as: it loads this file itself, in a process and with an environment of its own."""
# pyright: reportUnknownMemberType=false
# The library leaves some of its types open.

import os
import subprocess
from itertools import count
from typing import Any

import requests
import schemathesis
from schemathesis import AuthContext, Case, HookContext

from tests.integration.cli_processes import SATCHEL, environment

ADDRESS = os.environ["CALLER_ADDRESS"]
ROLE = os.environ["CALLER_ROLE"]
PASSWORD = "correct horse battery staple"
# Of a network that is for documentation: nothing is ever sent there.
NOWHERE = "https://192.0.2.1/hook"

_numbers = count(1)


class Caller:
    """Someone of one role. Who happens to delete themselves or to lose the role is followed by another."""

    def __init__(self) -> None:
        self._username: str | None = None

    def get(self, case: Case[Any], context: AuthContext) -> str:
        """Return an access token; asked for at the beginning and after each 401."""
        while (token := self._signed_in()) is None:
            self._username = f"{ROLE}-{next(_numbers)}-{os.getpid()}"
            subprocess.run(
                [SATCHEL, "users", "create", self._username, "--role", ROLE],
                input=f"{PASSWORD}\n", env=environment({"DATABASE_URL": os.environ["DATABASE_URL"]}),
                text=True, check=True, capture_output=True,
            )  # fmt: skip
        return token

    def set(self, case: Case[Any], data: str, context: AuthContext) -> None:
        """Send the token along."""
        case.headers["Authorization"] = f"Bearer {data}"

    def _signed_in(self) -> str | None:
        if self._username is None:
            return None
        answer = requests.post(
            f"{ADDRESS}/api/v1/auth/login", json={"username": self._username, "password": PASSWORD}, timeout=20
        )
        if not answer.ok or answer.json()["user"]["role"] != ROLE:
            return None
        token: str = answer.json()["accessToken"]
        return token


if ROLE != "nobody":
    schemathesis.auth()(Caller)


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, object]) -> None:
    """Point webhooks to where nothing is, so that no test posts to whoever has the generated address."""
    if "/webhooks" in case.path and isinstance(case.body, dict):
        url = case.body.get("url")
        if isinstance(url, str) and url.startswith("http"):
            case.body["url"] = NOWHERE
