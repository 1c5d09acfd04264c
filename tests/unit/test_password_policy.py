"""Which passwords may be chosen."""

import pytest

from adapters.zxcvbn.passwords import common_passwords
from application.auth import Identity
from domain.errors import Invalid
from domain.users import PASSWORD_LEAST, PasswordPolicy, Role
from entrypoints.settings_reading import read_settings
from tests.unit.sample import PASSWORD, Team, tokens_of

STRICT = PasswordPolicy(is_strict=True, common=common_passwords())
OBVIOUS = ("password", "PASSWORD", "iloveyou", "12345678", "qwertyuiop", "xx-Ada-xx", "my satchel 1", "SATCHEL99")


def faults(policy: PasswordPolicy, password: str) -> list[str]:
    return [fault.message for fault in policy.faults(password, username="ada")]


@pytest.mark.parametrize("password", OBVIOUS)
def test_a_strict_policy_refuses_what_an_attacker_tries_first(password: str) -> None:
    assert len(faults(STRICT, password)) == 1
    assert not faults(PasswordPolicy(), password)


@pytest.mark.parametrize("password", [PASSWORD, "пароль-за-семь-печатей", "🪴" * 8, "x" * 1024])
def test_anything_else_of_eight_characters_will_do(password: str) -> None:
    assert not faults(STRICT, password)


@pytest.mark.parametrize("policy", [STRICT, PasswordPolicy()])
def test_length_counts_under_every_policy(policy: PasswordPolicy) -> None:
    assert faults(policy, "seven77")
    assert faults(policy, "x" * 1025)


def test_the_most_common_ones_are_three_thousand_that_are_long_enough() -> None:
    assert 2900 < len(common_passwords()) <= 3000
    assert min(map(len, common_passwords())) >= PASSWORD_LEAST


@pytest.mark.parametrize(
    ("environment", "is_strict"), [("development", False), ("testing", True), ("production", True)]
)
def test_only_development_is_easy_on_passwords(environment: str, is_strict: bool) -> None:
    variables = {"ENVIRONMENT": environment, "SECRET_KEY": "ada-lovelace-wrote-the-first-one-of-them"}
    settings = read_settings({**variables, "DATABASE_URL": "postgresql://me:secret@127.0.0.1/db"})
    assert settings.is_strict_on_passwords is is_strict


@pytest.mark.anyio
class TestUseCases:
    """Every way to a new password keeps the policy."""

    @pytest.fixture
    def team(self) -> Team:
        return Team(password_policy=STRICT)

    async def test_signing_up(self, team: Team) -> None:
        with pytest.raises(Invalid):
            await team.sign_up(username="ada", password="iloveyou")

    async def test_creating_an_account(self, team: Team) -> None:
        with pytest.raises(Invalid):
            await team.create_user(None, username="ada", password="iloveyou", email=None, role=Role.ADMIN)

    async def test_setting_and_changing_a_password(self, team: Team) -> None:
        tokens = tokens_of(await team.sign_up(username="ada", password=PASSWORD))
        ada: Identity = await team.authenticate(access_token=tokens.access_token)
        with pytest.raises(Invalid) as refusal:
            await team.change_password(ada, current_password=PASSWORD, new_password="iloveyou")
        assert [fault.field for fault in refusal.value.faults] == ["newPassword"]
        with pytest.raises(Invalid):
            await team.set_password(user_id=ada.user.id, password="xx-ada-xx")
