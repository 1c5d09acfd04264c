"""Secrets under lock and key."""

import pytest

from adapters.fernet.secret_box import FernetSecretBox
from adapters.random.secrets import RandomSecrets
from application.ports.secrets import UnreadableSecret
from domain.webhooks import SECRET_BYTES

OLD = "a key of last year, which was long enough"
NEW = "a key of this year, which is not any shorter"
SECRET = bytes(range(SECRET_BYTES))


def test_what_was_sealed_is_opened_again() -> None:
    box = FernetSecretBox(secret_keys=[NEW])
    assert box.open(box.seal(SECRET)) == SECRET


def test_what_is_stored_does_not_show_the_secret_and_differs_each_time() -> None:
    box = FernetSecretBox(secret_keys=[NEW])
    first, second = box.seal(SECRET), box.seal(SECRET)
    assert first != second
    assert SECRET not in first


def test_every_instance_with_the_same_key_opens_it() -> None:
    assert FernetSecretBox(secret_keys=[NEW]).open(FernetSecretBox(secret_keys=[NEW]).seal(SECRET)) == SECRET


def test_a_former_key_opens_what_it_sealed_and_seals_nothing_any_more() -> None:
    before, during, after = (FernetSecretBox(secret_keys=keys) for keys in ([OLD], [NEW, OLD], [NEW]))
    assert during.open(before.seal(SECRET)) == SECRET
    assert after.open(during.seal(SECRET)) == SECRET
    with pytest.raises(UnreadableSecret):
        before.open(during.seal(SECRET))


@pytest.mark.parametrize("sealed", [b"", b"nonsense", b"\xff\0", SECRET], ids=repr)
def test_what_was_never_sealed_is_not_opened(sealed: bytes) -> None:
    with pytest.raises(UnreadableSecret, match="SECRET_KEY_PREVIOUS"):
        FernetSecretBox(secret_keys=[NEW]).open(sealed)


def test_what_was_tampered_with_is_not_opened() -> None:
    box = FernetSecretBox(secret_keys=[NEW])
    sealed = bytearray(box.seal(SECRET))
    sealed[40] ^= 1
    with pytest.raises(UnreadableSecret):
        box.open(bytes(sealed))


def test_secrets_are_as_long_as_they_should_be_and_no_two_alike() -> None:
    source = RandomSecrets()
    drawn = {source.next_secret() for _ in range(1_000)}
    assert len(drawn) == 1_000
    assert {len(secret) for secret in drawn} == {SECRET_BYTES}
