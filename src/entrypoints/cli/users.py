"""`satchel users`: accounts, as the operator sees them."""

import json
import sys
from datetime import datetime

import click

from application.users import Approval
from domain.errors import refuse
from domain.text import normalised
from domain.users import Role, User, email_faults, password_faults, username_faults
from entrypoints.cli.database import command_settings, in_current_store
from entrypoints.cli.help import examples
from entrypoints.cli.messages import program
from entrypoints.cli.table import aligned
from entrypoints.container import Container


@click.group(
    epilog=examples("satchel users create ada --role admin", "satchel users approve bob", "satchel users list")
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

    async def work(container: Container) -> User:
        return await container.create_user()(username=username, password=password, email=email, role=Role(role))

    user = in_current_store(settings, work)
    click.echo(f"Created {user.role} {user.username} (id {user.id}).")


@users.command(epilog=examples("satchel users approve bob"))
@click.argument("username")
def approve(username: str) -> None:
    """Let USERNAME in, who signed up and waits for approval."""

    async def work(container: Container) -> Approval:
        return await container.approve_user()(username=username)

    approval = in_current_store(command_settings(), work)
    user = approval.user
    if approval.was_waiting:
        click.echo(f"Approved {user.role} {user.username} (id {user.id}).")
    else:
        click.echo(f"{user.username} was approved before: nothing was changed.")


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

    async def work(container: Container) -> User:
        return await container.set_password()(username=username, password=password)

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

    async def work(container: Container) -> list[User]:
        return [user async for user in container.list_users()() if not (pending and user.is_approved)]

    found = in_current_store(command_settings(), work)
    if as_json:
        click.echo(json.dumps([_as_json(user) for user in found], ensure_ascii=False, indent=2))
        return
    header = ("ID", "USERNAME", "EMAIL", "ROLE", "STATUS", "CREATED")
    click.echo(aligned(header, [_as_row(user) for user in found]))
    if waiting := sum(not user.is_approved for user in found):
        click.echo(f'Waiting for approval: {waiting}. Let one in with "{program()} users approve NAME".', err=True)


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


def _status(user: User) -> str:
    if not user.is_approved:
        return "pending"
    return "active" if user.is_active else "disabled"


def _as_row(user: User) -> tuple[str, ...]:
    created = f"{user.created_at:%Y-%m-%d %H:%M}Z"
    return (str(user.id), user.username, user.email or "-", user.role, _status(user), created)


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
