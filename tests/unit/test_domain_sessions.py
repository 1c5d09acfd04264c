"""Sessions: what stands between one sign-in and its end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.sessions import USE_NOTED_AFTER, USER_AGENT_MOST, Session, SessionKind, fingerprint
from tests.contracts.sample import DAY, MINUTE, NOON, a_session, a_user

SESSION = a_session(1, a_user(1))


def _with_agent(user_agent: str | None) -> Session:
    return Session.start(
        id=1,
        user_id=1,
        kind=SessionKind.TOKEN,
        secret="first",
        user_agent=user_agent,
        lifetime=DAY,
        at=NOON,
    )


def _accepts(session: Session, secret: str) -> bool:
    return session.accepts(secret, kind=SessionKind.TOKEN)


def test_a_session_is_live_until_its_lifetime_is_over() -> None:
    end = NOON + 30 * DAY
    assert SESSION.expires_at == end
    assert SESSION.is_live(NOON)
    assert SESSION.is_live(end - timedelta(microseconds=1))
    assert not SESSION.is_live(end)


def test_it_keeps_a_fingerprint_of_the_refresh_token_and_not_its_identifier() -> None:
    session = _with_agent(None)
    assert _accepts(session, "first")
    assert not _accepts(session, "second")
    assert not _accepts(session, session.secret_fingerprint)
    assert "first" not in repr(session)


def test_a_fingerprint_is_the_sha_256_in_hexadecimal() -> None:
    assert fingerprint("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_rotation_spends_the_refresh_token_and_does_not_lengthen_the_session() -> None:
    rotated = _with_agent(None).rotate("second", at=NOON + MINUTE)
    assert _accepts(rotated, "second")
    assert not _accepts(rotated, "first")
    assert rotated.last_used_at == NOON + MINUTE
    assert rotated.expires_at == NOON + DAY
    assert rotated.version == 2


@pytest.mark.parametrize(("kind", "other"), [tuple(SessionKind), tuple(SessionKind)[::-1]])
def test_what_proves_a_session_of_one_kind_is_nothing_to_the_other(kind: SessionKind, other: SessionKind) -> None:
    session = replace(_with_agent(None), kind=kind)
    assert session.accepts("first", kind=kind)
    assert not session.accepts("first", kind=other)


def test_a_use_is_noted_where_none_was_for_a_quarter_of_an_hour() -> None:
    session = _with_agent(None)
    assert session.note_use(at=NOON + USE_NOTED_AFTER - timedelta(microseconds=1)) is session
    used = session.note_use(at=NOON + USE_NOTED_AFTER)
    assert used == replace(session, last_used_at=NOON + USE_NOTED_AFTER, version=2)


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
