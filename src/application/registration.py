"""What is checked of a new account before its password is hashed, whoever asks for it."""

from application.ports.unit_of_work import UnitOfWork
from domain.errors import Taken, refuse
from domain.text import normalised
from domain.users import PasswordPolicy, email_faults, username_faults


def check_new_account(policy: PasswordPolicy, *, username: str, password: str, email: str | None) -> None:
    """Check what a new account is asked for with.

    Raises:
        Invalid: with every field that breaks its rule.
    """
    refuse(
        *username_faults(normalised(username)),
        *policy.faults(normalised(password), username=username),
        *(email_faults(normalised(email)) if email is not None else ()),
    )


async def check_names_are_free(uow: UnitOfWork, *, username: str, email: str | None) -> None:
    """Spare a newcomer the wait for a hash; the store's own check at commit is the judge.

    Raises:
        Taken: naming the field.
    """
    if await uow.users.with_username(username) is not None:
        raise Taken("username")
    if email is not None and await uow.users.with_email(email) is not None:
        raise Taken("email")
