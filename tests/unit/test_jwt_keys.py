"""Keys: whose signature counts, through every change of keys, and what can be a key at all."""

import hashlib
from pathlib import Path

import pytest

from adapters.jwt.key_files import key_ring
from adapters.jwt.keys import KeyRing, SigningKey, VerificationKey
from adapters.jwt.tokens import JwtTokens
from application.ports.tokens import IssuedTokens
from domain.errors import Unauthenticated
from tests.contracts.sample import NOON
from tests.contracts.tokens import ANN, a_pair
from tests.unit.jwt_forging import (
    ACCESS_CLAIMS,
    ACCESS_HEADER,
    ED25519_KEY,
    ED25519_PAIR,
    HMAC_KEY,
    KID,
    OTHER_PRIVATE_KEY,
    OTHER_SECRET,
    PAIR,
    PRIVATE_KEY,
    PUBLIC_PEM,
    SECRET,
    forged,
    private_pem,
)

PUBLIC_HALF = VerificationKey.of_public(PRIVATE_KEY.public_key())
OTHER_KEY = SigningKey.of_private(OTHER_PRIVATE_KEY)
OTHER_HMAC_KEY = SigningKey.hs256(OTHER_SECRET)


def believes(keys: KeyRing, pair: IssuedTokens) -> bool:
    """Tell whether both tokens of Ann's pair count where these keys do; they must agree."""
    tokens = JwtTokens(keys=keys)
    try:
        access = tokens.read_access(pair.access_token, at=NOON)
    except Unauthenticated:
        with pytest.raises(Unauthenticated):
            tokens.read_refresh(pair.refresh_token, at=NOON)
        return False
    assert tokens.read_refresh(pair.refresh_token, at=NOON).user_id == access.user_id == ANN.id
    return True


class TestRotation:
    """Old keys are believed for as long as they are listed."""

    @pytest.mark.parametrize("current", [OTHER_HMAC_KEY, OTHER_KEY], ids=["HS256", "EdDSA"])
    @pytest.mark.parametrize(
        ("former", "pair"),
        [(HMAC_KEY, PAIR), (ED25519_KEY, ED25519_PAIR), (PUBLIC_HALF, ED25519_PAIR)],
        ids=["from HS256", "from EdDSA", "from EdDSA's public half"],
    )
    def test_tokens_of_a_previous_key_count_until_it_is_dropped(
        self, current: SigningKey, former: VerificationKey, pair: IssuedTokens
    ) -> None:
        assert believes(KeyRing(current, [SigningKey.hs256("x" * 32), former]), pair)
        assert not believes(KeyRing(current), pair)

    @pytest.mark.parametrize("current", [OTHER_HMAC_KEY, OTHER_KEY], ids=["HS256", "EdDSA"])
    def test_new_tokens_are_signed_with_the_current_key(self, current: SigningKey) -> None:
        pair = a_pair(JwtTokens(keys=KeyRing(current, [HMAC_KEY, ED25519_KEY])))
        assert believes(KeyRing(current), pair)
        assert not believes(KeyRing(HMAC_KEY, [ED25519_KEY]), pair)

    @pytest.mark.parametrize("key", [HMAC_KEY, ED25519_KEY], ids=["HS256", "EdDSA"])
    def test_the_current_key_may_be_listed_as_a_previous_one_too(self, key: SigningKey) -> None:
        keys = KeyRing(key, [key])
        assert believes(keys, a_pair(JwtTokens(keys=keys)))

    def test_the_name_of_one_of_our_keys_does_not_vouch_for_the_signature_of_another(self) -> None:
        both = JwtTokens(keys=KeyRing(HMAC_KEY, [OTHER_HMAC_KEY]))
        with pytest.raises(Unauthenticated):
            both.read_access(forged(ACCESS_HEADER, ACCESS_CLAIMS, secret=OTHER_SECRET), at=NOON)


class TestWhichKeysSettingsMean:
    """A file's key signs where there is one, and the secret where there is none."""

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "signing-key.pem"
        path.write_bytes(private_pem(PRIVATE_KEY))
        return path

    def test_without_a_file_the_secret_signs(self) -> None:
        assert key_ring(secret_key=SECRET).current == HMAC_KEY

    def test_with_a_file_its_key_signs_and_the_secret_is_not_believed(self, file: Path) -> None:
        keys = key_ring(secret_key=SECRET, signing_key_file=file)
        assert keys.current.kid == ED25519_KEY.kid
        assert believes(keys, ED25519_PAIR)
        assert not believes(keys, PAIR)

    def test_a_secret_among_the_previous_ones_is_still_believed(self, file: Path) -> None:
        keys = key_ring(secret_key=SECRET, previous_secret_keys=[SECRET], signing_key_file=file)
        assert believes(keys, PAIR)
        assert believes(keys, ED25519_PAIR)

    def test_on_the_way_back_the_file_is_a_previous_one(self, file: Path) -> None:
        keys = key_ring(secret_key=SECRET, previous_signing_key_files=[file])
        assert keys.current == HMAC_KEY
        assert believes(keys, ED25519_PAIR)
        assert not believes(key_ring(secret_key=SECRET), ED25519_PAIR)

    def test_the_public_half_of_a_previous_key_is_enough(self, tmp_path: Path) -> None:
        (tmp_path / "public.pem").write_bytes(PUBLIC_PEM)
        keys = key_ring(secret_key=SECRET, previous_signing_key_files=[tmp_path / "public.pem"])
        assert believes(keys, ED25519_PAIR)

    def test_public_are_the_keys_of_files_alone_and_the_current_one_comes_first(
        self, file: Path, tmp_path: Path
    ) -> None:
        other = tmp_path / "other.pem"
        other.write_bytes(private_pem(OTHER_PRIVATE_KEY))
        assert key_ring(secret_key=SECRET).public_keys == ()
        keys = key_ring(
            secret_key=SECRET,
            previous_secret_keys=[OTHER_SECRET],
            signing_key_file=other,
            previous_signing_key_files=[file, other],
        )
        assert [key.kid for key in keys.public_keys] == [OTHER_KEY.kid, ED25519_KEY.kid]


class TestSecrets:
    """What can be the secret of an HMAC."""

    @pytest.mark.parametrize("weak", ["", "secret", "x" * 31, "é" * 15])
    def test_one_of_less_than_32_bytes_is_refused_at_once(self, weak: str) -> None:
        with pytest.raises(ValueError, match="secret key"):
            key_ring(secret_key=weak)
        with pytest.raises(ValueError, match="secret key"):
            key_ring(secret_key=SECRET, previous_secret_keys=[weak])

    @pytest.mark.parametrize("text", [PUBLIC_PEM.decode(), private_pem(PRIVATE_KEY).decode()])
    def test_a_key_of_the_other_kind_is_refused_as_a_secret(self, text: str) -> None:
        with pytest.raises(ValueError, match="asymmetric") as refused:
            key_ring(secret_key=text)
        assert text not in str(refused.value)

    def test_letters_beyond_ascii_count_by_their_bytes(self) -> None:
        keys = key_ring(secret_key="é" * 16)
        assert believes(keys, a_pair(JwtTokens(keys=keys)))

    def test_the_name_is_no_part_of_the_secrets_plain_hash(self) -> None:
        assert KID not in hashlib.sha256(SECRET.encode()).hexdigest()


@pytest.mark.parametrize("key", [HMAC_KEY, ED25519_KEY], ids=["HS256", "EdDSA"])
def test_a_key_does_not_show_what_it_signs_with(key: SigningKey) -> None:
    shown = repr(key)
    assert SECRET not in shown
    assert "Private" not in shown
    assert key.kid in shown
