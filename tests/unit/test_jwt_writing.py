"""One token has one text: what is not written just so is none of ours."""

import base64
import json
import string

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adapters.jwt.tokens import TOKEN_MOST
from domain.errors import Unauthenticated
from tests.contracts.sample import NOON
from tests.contracts.tokens import ANN
from tests.unit.jwt_forging import ACCESS_CLAIMS, ACCESS_HEADER, ED25519_PAIR, PAIR, TOKENS, check_refused, forged

# No deadline: how long a read takes on a busy machine is not what these are about.
patient = settings(deadline=None)

OURS = [PAIR.access_token, PAIR.refresh_token, ED25519_PAIR.access_token, ED25519_PAIR.refresh_token]
AS_JSON = dict(zip(("protected", "payload", "signature"), PAIR.access_token.split("."), strict=True))


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("addition", ["=", "==", "===", " ", "\n", "\t", "\0", "A", "AA", "AAAA", "%3D"])
def test_nothing_can_be_appended_to_a_part(part: int, addition: str) -> None:
    parts = PAIR.access_token.split(".")
    parts[part] += addition
    check_refused(".".join(parts))


@pytest.mark.parametrize("length", range(3))
def test_padding_is_refused_where_base64_would_want_it(length: int) -> None:
    claims = ACCESS_CLAIMS | {"username": "a" * (length + 1)}
    parts = forged(ACCESS_HEADER, claims).split(".")
    padded = [part + "=" * (-len(part) % 4) for part in parts]
    assert padded != parts
    check_refused(".".join(padded))


def test_bits_that_mean_nothing_may_not_differ() -> None:
    signed, _, signature = PAIR.access_token.rpartition(".")
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    last = alphabet.index(signature[-1])
    for spare in range(1, 4):
        other = signature[:-1] + alphabet[last ^ spare]
        assert base64.urlsafe_b64decode(other + "=") == base64.urlsafe_b64decode(signature + "=")
        check_refused(f"{signed}.{other}")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(f" {PAIR.access_token}", id="a blank before"),
        pytest.param(f"{PAIR.access_token}\n", id="a line break after"),
        pytest.param(f"Bearer {PAIR.access_token}", id="with its scheme"),
        pytest.param(f'"{PAIR.access_token}"', id="quoted"),
        pytest.param(f"{PAIR.access_token}.", id="an empty fourth part"),
        pytest.param(f"{PAIR.access_token}.AA.AA", id="five parts, as encrypted tokens have"),
        pytest.param(f".{PAIR.access_token}", id="an empty part before"),
        pytest.param(PAIR.access_token.rpartition(".")[0], id="two parts"),
        pytest.param(f"{PAIR.access_token},{PAIR.access_token}", id="two tokens"),
        pytest.param(PAIR.access_token.replace(".", ".."), id="dots doubled"),
        pytest.param(".".join(("", *PAIR.access_token.split(".")[1:])), id="no header"),
        pytest.param("{}..{}".format(*PAIR.access_token.split(".")[::2]), id="detached claims"),
        pytest.param(PAIR.access_token.swapcase(), id="another case"),
        pytest.param(json.dumps(AS_JSON), id="JSON serialisation"),
    ],
)
def test_no_other_form_is_read(token: str) -> None:
    check_refused(token)


def test_a_token_longer_than_any_of_ours_is_refused_though_it_is_signed() -> None:
    fitting = forged(ACCESS_HEADER, ACCESS_CLAIMS | {"more": "x" * 2_500})
    assert len(fitting) <= TOKEN_MOST
    assert TOKENS.read_access(fitting, at=NOON).user_id == ANN.id
    check_refused(forged(ACCESS_HEADER, ACCESS_CLAIMS | {"more": "x" * 3_000}))


@pytest.mark.parametrize("token", OURS, ids=["HS256 access", "HS256 refresh", "EdDSA access", "EdDSA refresh"])
def test_a_character_changed_anywhere_makes_it_none_of_ours(token: str) -> None:
    for place, character in enumerate(token):
        for other in {"A", "B", ".", "="} - {character}:
            check_refused(token[:place] + other + token[place + 1 :])


@patient
@given(st.data())
def test_any_character_changed_makes_it_none_of_ours(data: st.DataObject) -> None:
    token = data.draw(st.sampled_from(OURS))
    place = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.sampled_from(string.printable) | st.characters())
    assume(character != token[place])
    check_refused(token[:place] + character + token[place + 1 :])


@patient
@given(st.data())
def test_any_character_added_or_lost_makes_it_none_of_ours(data: st.DataObject) -> None:
    token = data.draw(st.sampled_from(OURS))
    place = data.draw(st.integers(0, len(token) - 1))
    addition = data.draw(st.sampled_from(["", *string.printable]) | st.characters())
    rest = token[place:] if addition else token[place + 1 :]
    check_refused(token[:place] + addition + rest)


@patient
@given(st.text() | st.text(string.ascii_letters + string.digits + "-_.=", max_size=200))
def test_no_text_whatever_is_more_than_refused(text: str) -> None:
    check_refused(text)


@patient
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*ACCESS_CLAIMS]) | st.text(), inner),
        max_leaves=5,
    ),
    st.sampled_from([*ACCESS_CLAIMS]),
)
def test_no_signed_value_whatever_does_more_than_be_read_or_refused(value: object, name: str) -> None:
    assume(value != ACCESS_CLAIMS[name])
    token = forged(ACCESS_HEADER, ACCESS_CLAIMS | {name: value})
    try:
        claims = TOKENS.read_access(token, at=NOON)
    except Unauthenticated:
        return
    # Times within bounds, another name, role or identifier are as good; whose it is cannot have changed.
    assert name in {"exp", "iat", "nbf", "username", "role", "jti", "sid"}
    assert claims.user_id == ANN.id
