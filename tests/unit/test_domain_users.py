"""Who may be called what, and who may come in."""

import pytest

from domain.errors import Invalid
from domain.users import Role, User, email_faults, email_key, password_faults, username_faults, username_key
from tests.contracts.sample import NOON, a_user


def _create(*, username: str = "ada", email: str | None = None) -> User:
    return User.create(
        id=1,
        username=username,
        email=email,
        password_hash="hash",
        role=Role.EMPLOYEE,
        is_approved=False,
        at=NOON,
    )


def test_roles_are_ranked_employee_manager_admin() -> None:
    assert [[role.includes(other) for other in Role] for role in Role] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


@pytest.mark.parametrize(
    "username",
    [
        "ada",
        "a" * 80,
        "Ada.Lovelace_1815-1852",
        "..a",
        "-_7",
        "007",
        "Æsir",
        "Žofie",
        "Δημήτρης",
        "Иван",
        "王小明",
        "שלום",
        "홍길동",
    ],
)
def test_a_username_may_hold_letters_digits_dots_underscores_and_hyphens(username: str) -> None:
    assert list(username_faults(username)) == []


@pytest.mark.parametrize(
    "username",
    [
        *("", "ab", "a" * 81, "ada lovelace", " ada", "ada ", "ada\n", "ada\0", "ada\ud800", "ada@home", "a/b/c"),
        *("<ada>", "ada'", "ad🚀", "ada\u200b", "\u202eada", "ada\u0301\u0301", "a\u00a0da", "ada²", "½½½"),
        *("\u115f" * 3, "\u1160" * 3, "\u3164" * 3, "\uffa0" * 3, "홍길동\u3164", "007\u1160"),
    ],
)
def test_a_username_may_hold_nothing_else(username: str) -> None:
    assert {fault.field for fault in username_faults(username)} == {"username"}


@pytest.mark.parametrize("username", ["...", "---", "___", "._-"])
def test_a_username_needs_a_letter_or_a_digit(username: str) -> None:
    assert [fault.message for fault in username_faults(username)] == ["must hold a letter or a digit"]


@pytest.mark.parametrize("username", ["\u0430dmin", "adm\u0456n", "p\u0430ypal", "a\u03bfa"])
def test_a_username_cannot_pass_for_another_by_letters_of_another_alphabet(username: str) -> None:
    assert len(list(username_faults(username))) == 1


@pytest.mark.parametrize(
    ("username", "same"),
    [
        ("ada", "ADA"),
        ("straße", "STRASSE"),
        ("I\u015f\u0131k", "\u0131\u015fik"),
        ("\u0130pek", "ipek"),
        ("jos\u00e9", "JOSE\u0301"),
        ("ada", "\uff41\uff44\uff41"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ],
)
def test_usernames_are_the_same_regardless_of_case_and_form(username: str, same: str) -> None:
    assert username_key(username) == username_key(same)


@pytest.mark.parametrize(("username", "other"), [("ada", "adá"), ("ada", "a.da"), ("ada", "ada1"), ("o_o", "o-o")])
def test_different_usernames_stay_different(username: str, other: str) -> None:
    assert username_key(username) != username_key(other)


@pytest.mark.parametrize(
    "email",
    [
        *("ada@example.org", "a@b.co", "o'brien+x@sub.example.co.uk", "1@2.3", "A_b-c.d@EXAMPLE.org"),
        "@".join(("a" * 64, ".".join(("b" * 63, "c" * 63, "d" * 61)))),
    ],
)
def test_addresses_as_browsers_take_them_are_taken(email: str) -> None:
    assert list(email_faults(email)) == []


@pytest.mark.parametrize(
    "email",
    [
        *("", "ada", "@example.org", "ada@", "ada@localhost", "ada@.org", "ada@example.", "ada@exa mple.org"),
        *("a..b@example.org", ".a@example.org", "a.@example.org", "ada@-example.org", "ada@example-.org"),
        *("ada@example.org\n", "ada@example.org\0", "ada@exämple.org", "ada@@example.org", '"a"@example.org'),
        *("ada@example.org,bob@example.org", "Ada <ada@example.org>", "ada@" + "b" * 64 + ".org"),
        "@".join(("a" * 64, ".".join(("b" * 63, "c" * 63, "d" * 62)))),
    ],
)
def test_what_is_no_address_or_too_long_is_refused(email: str) -> None:
    assert [fault.field for fault in email_faults(email)] == ["email"]


def test_a_hostile_address_is_refused_in_no_time() -> None:
    assert list(email_faults("a" * 1_000_000 + "@"))
    assert list(email_faults("@" + "a-" * 120))


def test_addresses_are_the_same_regardless_of_case() -> None:
    assert email_key("Ada@Example.ORG") == email_key("ada@example.org")
    assert email_key("ada@example.org") != email_key("a.da@example.org")


@pytest.mark.parametrize("password", ["12345678", " " * 8, "🚀" * 8, "p" * 1024, "ünïcödé\n"])
def test_a_password_of_8_to_1024_characters_may_be_anything(password: str) -> None:
    assert list(password_faults(password)) == []


@pytest.mark.parametrize("password", ["", "1234567", "p" * 1025, "1234567\0", "1234567\ud800"])
def test_a_password_too_short_too_long_or_unstorable_is_refused(password: str) -> None:
    assert [fault.field for fault in password_faults(password, "newPassword")] == ["newPassword"]


def test_a_new_account_is_active_and_its_names_are_normalised() -> None:
    user = _create(username="jose\u0301", email="ada@example.org")
    assert user.username == "jos\u00e9"
    assert user.is_active
    assert user.deleted_at is None
    assert user.created_at == user.updated_at == NOON
    assert user.version == 1


def test_a_new_account_with_faults_is_refused_with_all_of_them() -> None:
    with pytest.raises(Invalid) as refusal:
        _create(username="a b", email="nowhere")
    assert {fault.field for fault in refusal.value.faults} == {"username", "email"}


def test_another_hash_makes_another_version() -> None:
    user = a_user(1).with_password_hash("other")
    assert (user.password_hash, user.version) == ("other", 2)


def test_no_hash_shows_when_an_account_is_printed() -> None:
    assert "argon2" not in repr(a_user(1))
