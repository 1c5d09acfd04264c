"""`satchel users`: accounts, as the operator sees them."""

import json
import sys
from datetime import datetime

import click

from domain.users import Role, User
from entrypoints.cli.database import in_current_store
from entrypoints.cli.help import examples
from entrypoints.cli.table import aligned
from entrypoints.container import Container


@click.group(epilog=examples("satchel users create ada --role admin", "satchel users list"))
def users() -> None:
    """Add accounts and see who is there."""


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
    password = _piped_password() if password_stdin or not sys.stdin.isatty() else _typed_password()

    async def work(container: Container) -> User:
        return await container.create_user()(username=username, password=password, email=email, role=Role(role))

    user = in_current_store(work)
    click.echo(f"Created {user.role} {user.username} (id {user.id}).")


@users.command("list", epilog=examples("satchel users list", "satchel users list --json | jq '.[].username'"))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of a table.")
def list_(as_json: bool) -> None:
    """List every account that is not deleted, the first to come first."""

    async def work(container: Container) -> list[User]:
        return [user async for user in container.list_users()()]

    everyone = in_current_store(work)
    if as_json:
        click.echo(json.dumps([_as_json(user) for user in everyone], ensure_ascii=False, indent=2))
        return
    header = ("ID", "USERNAME", "EMAIL", "ROLE", "STATUS", "CREATED")
    click.echo(aligned(header, [_as_row(user) for user in everyone]))


def _typed_password() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _piped_password() -> str:
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise click.ClickException("The password on standard input must be UTF-8 text.") from error


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
