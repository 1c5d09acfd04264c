"""What counts as the same name and the same address when failures are counted."""

import pytest

from application.throttling import account_key, address_key, password_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada", "ADA"),
        ("stra\u00dfe", "STRASSE"),
        ("zo\u00eb", "zoe\u0308"),
        ("\u212aim", "kim"),
        ("ird", "\u0130rd"),
    ],
)
def test_a_username_counts_regardless_of_case_and_composition(one: str, other: str) -> None:
    assert account_key(username=one, email=None) == account_key(username=other, email=None)


def test_an_email_counts_regardless_of_case() -> None:
    assert account_key(username=None, email="Ada@Example.org") == account_key(
        username=None, email="ada@example.ORG"
    )


def test_nothing_counts_as_another_kind_of_thing() -> None:
    keys = {
        account_key(username="7", email=None),
        account_key(username=None, email="7"),
        address_key("7"),
        password_key(7),
    }
    assert len(keys) == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.1", "::ffff:192.0.2.1"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("2001:db8:1:2::1", "2001:0DB8:0001:0002:0000:0000:0000:0009"),
        ("fe80::1%eth0", "fe80::2"),
    ],
)
def test_these_addresses_count_as_one(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.1", "192.0.2.2"),
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("::1", "127.0.0.1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2"),
        ("0.0.0.0", "::"),  # noqa: S104  # nothing is bound
        ("192.0.2.1", "unknown"),
    ],
)
def test_these_addresses_count_apart(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


@pytest.mark.parametrize(
    "address", ["", "unknown", "_hidden", "192.0.2.1:80", "192.0.2.999", "\udcff", "x" * 100_000]
)
def test_all_that_is_no_address_counts_as_one(address: str) -> None:
    assert address_key(address) == address_key(None)


@pytest.mark.parametrize("name", ["", "\x00", "\ud800", "x" * 100_000, "\U0001f9f3"])
def test_whatever_is_sent_makes_a_key_that_any_store_can_hold(name: str) -> None:
    for key in (account_key(username=name, email=None), account_key(username=None, email=name), address_key(name)):
        assert key.isascii()
        assert key.isprintable()
        assert len(key) <= 100
