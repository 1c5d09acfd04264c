"""What the use cases that decide over accounts share: who may act, what must stay true, what is written down."""

from collections.abc import Container

from application.ports.unit_of_work import UnitOfWork
from domain.errors import Forbidden, LastAdmin, NotFound, Stale
from domain.events import Event, Value
from domain.users import User, UserStatus

ADMINS = "admins"
"""The lock under which it is decided who is an admin, and under which admins act."""


async def check_still_admin(actor: User | None, uow: UnitOfWork) -> None:
    """Make sure, under the lock `ADMINS`, that who came in as an admin is one by now.

    Whoever lost that role a moment ago, while this request was under way, does not get another word in.

    Args:
        actor: who came in as an admin; None stands for the operator at the command line.
        uow: the unit of work in which the actor acts.

    Raises:
        Forbidden: the actor is no admin any longer.
    """
    if actor is None:
        return
    current = await uow.users.get(actor.id)
    if current is None or not current.is_acting_admin:
        raise Forbidden("You are no admin any longer.")


async def present(user_id: int, uow: UnitOfWork) -> User:
    """Return the user.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    user = await uow.users.get(user_id)
    if user is None or user.status is UserStatus.DELETED:
        raise NotFound(f"There is no user {user_id}.")
    return user


def check_version(user: User, if_version: Container[int] | None) -> None:
    """Do nothing if the user's version is among these, or None was given.

    Raises:
        Stale: it is not.
    """
    if if_version is not None and user.version not in if_version:
        raise Stale


async def check_admin_left(before: User, after: User, uow: UnitOfWork) -> None:
    """Do nothing if, under the lock `ADMINS`, someone is left who can let others in.

    Raises:
        LastAdmin: nobody would be.
    """
    if before.is_acting_admin and not after.is_acting_admin and not await uow.users.has_admin_besides(before.id):
        raise LastAdmin


def keep(before: User, after: User, event: Event, uow: UnitOfWork) -> None:
    """Collect an account's next state, the end of its sessions where it has lost rights, and what happened."""
    uow.users.save(after)
    if after.has_lost_rights(before):
        uow.sessions.revoke_others(after.id, but=None, at=event.occurred_at)
    uow.events.add(event)


def as_created(user: User) -> dict[str, Value]:
    """Return what is written down of a new account."""
    return {"role": user.role.value, "isApproved": user.is_approved}


def as_changed(before: User, after: User) -> dict[str, Value]:
    """Return what is written down of a changed account beside its name: the fields, and the rights it has now.

    Of an email only that it changed: the log cannot forget, and an address is its owner's.
    """
    rights = {"role": after.role.value, "isApproved": after.is_approved, "isActive": after.is_active}
    were = {"role": before.role.value, "isApproved": before.is_approved, "isActive": before.is_active}
    differing: dict[str, Value] = {name: value for name, value in rights.items() if value != were[name]}
    renamed = {"username": before.username != after.username, "email": before.email != after.email}
    names = (*(name for name, differs in renamed.items() if differs), *differing)
    return {"changed": names, **differing}
