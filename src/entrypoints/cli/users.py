"""`satchel users`: accounts, as the operator sees them."""

import json
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime

import click

from application.paging import LIMIT_MOST, PageRequest
from application.ports.users import UserSort
from application.users import ListUsers
from domain.errors import refuse
from domain.text import normalised
from domain.users import Role, User, UserChanges, UserStatus, email_faults, password_faults, username_faults
from entrypoints.cli.database import command_settings, in_current_store
from entrypoints.cli.help import examples
from entrypoints.cli.messages import program
from entrypoints.cli.table import aligned
from entrypoints.operations import Operations


@click.group(
    epilog=examples(
        "satchel users create ada --role admin", "satchel users approve bob", "satchel users set-role bob manager"
    )
)
def users() -> None:
    """Add accounts, let newcomers in and see who is there."""


@users.command(
    epilog=examples(
        "satchel users create ada --role admin --email ada@example.org",
        "pass show satchel/ada | satchel users create ada --password-stdin",
    )
)
@click.argument("username")
@click.option("--email", help="An address to sign in with, too.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.EMPLOYEE.value,
    show_default=True,
    help="What the account may do.",
)
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def create(username: str, email: str | None, role: str, password_stdin: bool) -> None:
    """Add the account USERNAME, approved at once.

    The password is asked for twice and not shown. Where standard input is no terminal, or with
    --password-stdin, its first line is the password.
    """
    settings = command_settings()
    if not _is_piped(password_stdin):
        refuse(
            *username_faults(normalised(username)),
            *(email_faults(normalised(email)) if email is not None else ()),
        )
    password = _piped_password() if _is_piped(password_stdin) else _typed_password()

    async def work(container: Operations) -> User:
        return await container.create_user()(
            None, username=username, password=password, email=email, role=Role(role)
        )

    user = in_current_store(settings, work)
    click.echo(f"Created {user.role} {user.username} (id {user.id}).")


@users.command(epilog=examples("satchel users approve bob"))
@click.argument("username")
def approve(username: str) -> None:
    """Let USERNAME in, who waits for approval or was rejected."""

    async def work(container: Operations) -> tuple[User, User]:
        before: User = await container.find_user()(username=username)
        return before, await container.approve_user()(None, user_id=before.id)

    before, after = in_current_store(command_settings(), work)
    if after.version == before.version:
        click.echo(f"{after.username} was approved before: nothing was changed.")
    else:
        click.echo(f"Approved {after.role} {after.username} (id {after.id}).")
    if not after.may_enter:
        click.echo(
            f"{after.username} is disabled, though: an admin has to set isActive before they can come in.",
            err=True,
        )


@users.command(
    "set-role", epilog=examples("satchel users set-role ada admin", "satchel users set-role bob employee")
)
@click.argument("username")
@click.argument("role", type=click.Choice([role.value for role in Role]))
def set_role(username: str, role: str) -> None:
    """Give USERNAME another role.

    Who may do less than before is signed out everywhere. The last active admin stays one: make someone else an
    admin first.
    """

    async def work(container: Operations) -> tuple[User, User]:
        before: User = await container.find_user()(username=username)
        changes = UserChanges(role=Role(role))
        return before, await container.change_user()(None, user_id=before.id, changes=changes)

    before, after = in_current_store(command_settings(), work)
    if after.role is before.role:
        click.echo(f"{after.username} is {after.role} already: nothing was changed.")
    else:
        click.echo(f"{after.username} was {before.role} and is {after.role} now.")


@users.command(
    "set-password",
    epilog=examples(
        "satchel users set-password ada", "pass show satchel/ada | satchel users set-password ada --password-stdin"
    ),
)
@click.argument("username")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def set_password(username: str, password_stdin: bool) -> None:
    """Give USERNAME a new password; their sessions end.

    The password is asked for as by `users create`.
    """
    settings = command_settings()
    password = _piped_password() if _is_piped(password_stdin) else _typed_password()

    async def work(container: Operations) -> User:
        user: User = await container.find_user()(username=username)
        return await container.set_password()(user_id=user.id, password=password)

    user = in_current_store(settings, work)
    click.echo(f"{user.username} has a new password and is signed out everywhere.")


@users.command(
    "list",
    epilog=examples(
        "satchel users list", "satchel users list --pending", "satchel users list --json | jq '.[].username'"
    ),
)
@click.option("--pending", is_flag=True, help="Show only those who wait for approval.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of a table.")
def list_(pending: bool, as_json: bool) -> None:
    """List the accounts, the first to come first."""
    status = UserStatus.PENDING if pending else None

    async def work(container: Operations) -> list[User]:
        return [user async for user in _listed(container.list_users(), status)]

    found = in_current_store(command_settings(), work)
    if as_json:
        click.echo(json.dumps([_as_json(user) for user in found], ensure_ascii=False, indent=2))
        return
    header = ("ID", "USERNAME", "EMAIL", "ROLE", "STATUS", "CREATED")
    click.echo(aligned(header, [_as_row(user) for user in found]))
    if waiting := sum(user.status is UserStatus.PENDING for user in found):
        click.echo(f'Waiting for approval: {waiting}. Let one in with "{program()} users approve NAME".', err=True)


async def _listed(list_users: ListUsers, status: UserStatus | None) -> AsyncGenerator[User]:
    request = PageRequest(UserSort.CREATED_AT, descending=False, limit=LIMIT_MOST)
    while True:
        page = await list_users(None, request=request, status=status)
        for user in page.items:
            yield user
        if page.next is None:
            return
        request = replace(request, after=page.next)


def _is_piped(password_stdin: bool) -> bool:
    return password_stdin or not sys.stdin.isatty()


def _typed_password() -> str:
    while True:
        password: str = click.prompt("Password", hide_input=True)
        if faults := list(password_faults(normalised(password))):
            click.echo("Error: " + "; ".join(f"{fault.field} {fault.message}" for fault in faults), err=True)
        elif click.prompt("Repeat for confirmation", hide_input=True) == password:
            return password
        else:
            click.echo("Error: the two are not the same.", err=True)


def _piped_password() -> str:
    try:
        # As text, standard input would be read in the encoding of the user's locale.
        password = sys.stdin.buffer.readline().decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise click.ClickException("The password cannot be read: standard input is not UTF-8 text.") from error
    if not password:
        raise click.ClickException("There is no password on standard input.")
    return password


def _as_row(user: User) -> tuple[str, ...]:
    created = f"{user.created_at:%Y-%m-%d %H:%M}Z"
    return (str(user.id), user.username, user.email or "-", user.role, user.status, created)


def _as_json(user: User) -> dict[str, str | int | bool | None]:
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "role": user.role,
        "isApproved": user.is_approved,
        "isActive": user.is_active,
        "createdAt": _rfc3339(user.created_at),
        "updatedAt": _rfc3339(user.updated_at),
    }


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
