"""The accounts of an older service."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from application.administration import as_created
from application.adopting.fields import Fields
from application.adopting.findings import Findings
from application.adopting.intake import Intake, latest
from application.ports.older_services import Kind, OldRow
from application.ports.unit_of_work import UnitOfWork
from domain.errors import Fault
from domain.events import Event, EventType
from domain.text import normalised
from domain.users import Role, User, email_faults, email_key, username_faults, username_key

NO_HASH: Final = "!"
"""Stands where a password's hash would, and is nobody's."""


@dataclass(frozen=True, slots=True)
class OldPerson:
    """An account as it was, with a name that may be had here.

    Attributes:
        foreign_hash: what the older service kept of the password.
        role: the role that it gives; None for one that is not known here, which `role_word` names.
    """

    row: OldRow
    username: str
    email: str | None
    foreign_hash: str
    role: Role | None
    role_word: str
    is_approved: bool
    is_active: bool
    created_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class People:
    """Who the rows of an older service speak of.

    Attributes:
        new: those who are not here yet.
        here: those who are, by the reference of their rows.
    """

    new: tuple[OldPerson, ...]
    here: Mapping[str, User]


def read_people(rows: Iterable[OldRow], findings: Findings) -> list[OldPerson]:
    """Return those whose rows are in order; no two of them have the same id, username or email."""
    people: list[OldPerson] = []
    references: set[str] = set()
    usernames: dict[str, OldRow] = {}
    emails: dict[str, OldRow] = {}
    for row in rows:
        fields = Fields(row)
        person = _read(row, fields)
        faults = [*fields.faults, *_name_faults(person, unread={fault.field for fault in fields.faults})]
        # Whose id another has, too, would get that one's password, and what is theirs.
        if row.reference in references:
            faults.append(Fault("id", "is that of a row before it"))
        references.add(row.reference)
        if not faults:
            if (first := usernames.setdefault(username_key(person.username), row)) is not row:
                faults.append(Fault("username", f"is that of {first.place}, regardless of case"))
            if person.email is not None and (
                (first := emails.setdefault(email_key(person.email), row)) is not row
            ):
                faults.append(Fault("email", f"is that of {first.place}, regardless of case"))
        if faults:
            findings.refuse(Kind.USERS, row, faults)
        else:
            people.append(person)
    return people


async def matched(people: Iterable[OldPerson], uow: UnitOfWork, findings: Findings) -> People:
    """Return who of them is here already, by username or else by email."""
    new: list[OldPerson] = []
    here: dict[str, User] = {}
    for person in people:
        by_name = await uow.users.with_username(person.username)
        by_email = None if person.email is None else await uow.users.with_email(person.email)
        if by_name is not None and by_email is not None and by_name.id != by_email.id:
            fault = Fault("email", f"is that of {by_email.username} here, and the username is another's")
            findings.refuse(Kind.USERS, person.row, [fault])
        elif (found := by_name or by_email) is not None:
            here[person.row.reference] = found
            findings.known[Kind.USERS] += 1
            if (difference := _difference(person, found)) is not None:
                findings.notes.append(difference)
        else:
            new.append(person)
    return People(tuple(new), here)


async def collect_people(people: People, hashes: Mapping[str, str], intake: Intake) -> dict[str, User]:
    """Collect the new ones, and return all by the references of their rows."""
    made = {
        person.row.reference: await _user(person, hashes.get(person.row.reference, NO_HASH), intake)
        for person in people.new
    }
    for user in made.values():
        intake.uow.users.add(user)
    intake.tell(
        Event.of_user(EventType.USER_CREATED, user, actor=None, at=intake.at, **as_created(user))
        for user in made.values()
    )
    findings = intake.findings
    findings.added[Kind.USERS] += len(made)
    findings.admins.extend(user.username for user in made.values() if user.role is Role.ADMIN)
    findings.without_password.extend(user.username for user in made.values() if user.password_hash == NO_HASH)
    unknown_roles = Counter(person.role_word for person in people.new if person.role is None)
    findings.notes.extend(
        f"The role {word!r} is not known here: who had it comes in as an employee ({count:,})."
        for word, count in unknown_roles.items()
    )
    return {**people.here, **made}


async def _user(person: OldPerson, password_hash: str, intake: Intake) -> User:
    user = User.create(
        id=await intake.next_id(intake.uow.users),
        username=person.username,
        email=person.email,
        password_hash=password_hash,
        role=person.role or Role.EMPLOYEE,
        is_approved=person.is_approved,
        at=person.created_at or intake.at,
    )
    return replace(user, is_active=person.is_active, updated_at=latest(user.created_at, person.updated_at))


def _read(row: OldRow, fields: Fields) -> OldPerson:
    role_word = fields.word("role")
    role = Role.EMPLOYEE if not role_word else next((role for role in Role if role == role_word), None)
    return OldPerson(
        row=row,
        username=normalised(fields.text("username").strip()),
        email=normalised(fields.text("email").strip()) or None,
        foreign_hash=fields.text("password_hash"),
        role=Role.ADMIN if fields.flag("is_admin", default=False) else role,
        role_word=role_word[:40],
        is_approved=fields.flag("is_approved", default="is_approved" not in row.values),
        is_active=fields.flag("is_active", default=True),
        created_at=fields.moment("created_at"),
        updated_at=fields.moment("updated_at"),
    )


def _name_faults(person: OldPerson, *, unread: Container[str]) -> Iterator[Fault]:
    if "username" not in unread:
        yield from username_faults(person.username)
    if "email" not in unread and person.email is not None:
        yield from email_faults(person.email)


def _difference(person: OldPerson, found: User) -> str | None:
    if username_key(person.username) != username_key(found.username):
        return f"{person.row.place} ({person.username}) is taken for {found.username}, who has the same email."
    if person.email and found.email and email_key(person.email) != email_key(found.email):
        return f"{person.row.place} is taken for {found.username}, who has the same name and another email."
    return None
