"""Whose the rows of an older service are."""

from collections.abc import Mapping
from dataclasses import dataclass

from application.adopting.fields import Fields
from domain.errors import Fault
from domain.users import User, username_key


@dataclass(frozen=True, slots=True)
class Owners:
    """The users that rows refer to: by the id that they had, or by name.

    Attributes:
        users: by the references of their rows.
        by_name: by the keys of the names that they had.
        fallback: to whom belongs what is nobody's; None if there is nobody.
    """

    users: Mapping[str, User]
    by_name: Mapping[str, User]
    fallback: User | None

    def owner(self, fields: Fields, field: str) -> User | None:
        """Return whose the row is; None and a fault if that cannot be told."""
        if fields.has(field):
            return self.named(fields, field)
        if self.fallback is None:
            fields.faults.append(Fault(field, "is missing, and there is no admin to own it; name an owner"))
        return self.fallback

    def named(self, fields: Fields, field: str) -> User | None:
        """Return whom a field names; None if it names nobody, and a fault if there is no such user."""
        if not fields.has(field):
            return None
        text = fields.text(field)
        user = self.users.get(text) or self.by_name.get(username_key(text.strip()))
        if user is None:
            fields.faults.append(Fault(field, f"refers to the user {text[:80]!r}, who is missing or left out"))
        return user
