"""The page on webhooks shows receivers that tell genuine messages from others."""

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from domain.webhooks import ATTEMPTS_MOST, OLD_SECRET_HOURS, SECRET_BYTES, secret_text, signature

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
SECRET, FORMER = bytes(range(SECRET_BYTES)), bytes(SECRET_BYTES)
BODY = '{"type":"task.created","data":{"title":"Füttern 🐔"}}'.encode()

Receive = Callable[[str, Mapping[str, str], bytes], Any]


@pytest.fixture(params=EXAMPLES, ids=["with the library", "by hand"])
def receive(request: pytest.FixtureRequest) -> Receive:
    """A receiver of the page."""
    names: dict[str, Any] = {}
    exec(request.param, names)  # noqa: S102  # our own page
    found: Receive = names["receive"]
    return found


def headers(*secrets: bytes, body: bytes = BODY, age: int = 0) -> dict[str, str]:
    """Return what comes with a message that these secrets signed so many seconds ago."""
    timestamp = int(time.time()) - age
    signatures = (signature(each, message_id="evt_7", timestamp=timestamp, body=body) for each in secrets)
    return {
        "webhook-id": "evt_7",
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def test_a_genuine_message_is_taken(receive: Receive) -> None:
    assert receive(secret_text(SECRET), headers(SECRET), BODY)["type"] == "task.created"


@pytest.mark.parametrize("secrets", [(SECRET, FORMER), (FORMER, SECRET)])
def test_one_of_two_signatures_is_enough(receive: Receive, secrets: tuple[bytes, ...]) -> None:
    assert receive(secret_text(SECRET), headers(*secrets), BODY)["type"] == "task.created"


@pytest.mark.parametrize("age", [600, -600])
def test_one_that_is_replayed_is_refused(receive: Receive, age: int) -> None:
    with pytest.raises(Exception, match=r"old|new"):
        receive(secret_text(SECRET), headers(SECRET, age=age), BODY)


def test_one_that_others_signed_or_changed_is_refused(receive: Receive) -> None:
    with pytest.raises(Exception, match=r"not from|No matching"):
        receive(secret_text(SECRET), headers(FORMER), BODY)
    with pytest.raises(Exception, match=r"not from|No matching"):
        receive(secret_text(SECRET), headers(SECRET), BODY.replace(b"created", b"deleted"))
    with pytest.raises(Exception, match=r"not from|No matching"):
        receive(secret_text(SECRET), headers(SECRET) | {"webhook-id": "evt_8"}, BODY)


def test_its_figures_are_those_of_the_service() -> None:
    (delays,) = re.findall(r"^> (.*)$", PAGE, re.MULTILINE)
    assert len(delays.split(",")) + 1 == ATTEMPTS_MOST
    assert f"these {ATTEMPTS_MOST} attempts" in PAGE
    assert f"For {OLD_SECRET_HOURS} hours" in PAGE
