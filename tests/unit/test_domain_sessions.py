"""Sessions: what stands between one sign-in and its end."""

from datetime import timedelta

import pytest

from domain.sessions import USER_AGENT_MOST, Session, fingerprint
from tests.contracts.sample import DAY, MINUTE, NOON, a_session, a_user

SESSION = a_session(1, a_user(1))


def _with_agent(user_agent: str | None) -> Session:
    return Session.start(id=1, user_id=1, refresh_id="first", user_agent=user_agent, lifetime=DAY, at=NOON)


def test_a_session_is_live_until_its_lifetime_is_over() -> None:
    end = NOON + 30 * DAY
    assert SESSION.expires_at == end
    assert SESSION.is_live(NOON)
    assert SESSION.is_live(end - timedelta(microseconds=1))
    assert not SESSION.is_live(end)


def test_it_keeps_a_fingerprint_of_the_refresh_token_and_not_its_identifier() -> None:
    session = _with_agent(None)
    assert session.accepts("first")
    assert not session.accepts("second")
    assert not session.accepts(session.refresh_fingerprint)
    assert "first" not in repr(session)


def test_a_fingerprint_is_the_sha_256_in_hexadecimal() -> None:
    assert fingerprint("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_rotation_spends_the_refresh_token_and_does_not_lengthen_the_session() -> None:
    rotated = _with_agent(None).rotate("second", at=NOON + MINUTE)
    assert rotated.accepts("second")
    assert not rotated.accepts("first")
    assert rotated.last_used_at == NOON + MINUTE
    assert rotated.expires_at == NOON + DAY
    assert rotated.version == 2


def test_a_revoked_session_is_dead_at_once_and_for_good() -> None:
    revoked = SESSION.revoke(at=NOON)
    assert not revoked.is_live(NOON)
    assert revoked.version == 2
    assert revoked.revoke(at=NOON + DAY) is revoked


@pytest.mark.parametrize(
    ("given", "kept"), [(None, None), ("", None), ("Firefox", "Firefox"), ("x" * 500, "x" * USER_AGENT_MOST)]
)
def test_as_much_of_the_user_agent_is_kept_as_a_person_needs_to_tell_devices_apart(
    given: str | None, kept: str | None
) -> None:
    assert _with_agent(given).user_agent == kept
