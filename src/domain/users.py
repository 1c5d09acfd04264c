"""The people of a team: who they are, what they may be called, and whether they may come in."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from domain.changes import ABSENT, Absent, changed
from domain.errors import AccountDisabled, ApprovalPending, Conflict, Fault, refuse
from domain.text import caseless, normalised, unstorable_reason

USERNAME_LEAST, USERNAME_MOST = 3, 80
EMAIL_MOST = 254
PASSWORD_LEAST, PASSWORD_MOST = 8, 1024
SERVICE_NAME = "satchel"

# The fillers of Hangul are shown as nothing, yet count as letters: of all code points that Unicode lets a reader
# not see (Default_Ignorable_Code_Point, in DerivedCoreProperties.txt), they alone have the category Lo.
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")

# The address syntax of the HTML standard, with a dot required in the domain: it is what browsers check, and it
# spares people the letters to nowhere that the full grammar of RFC 5322 would allow.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")


class Role(StrEnum):
    """What a person is in the team. Ranked: each may do what those before it may."""

    EMPLOYEE = "employee"
    MANAGER = "manager"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Tell whether this role is the other one or stands above it."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


class UserStatus(StrEnum):
    """Where an account stands; each has exactly one."""

    PENDING = "pending"
    APPROVED = "approved"
    DISABLED = "disabled"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What someone wants to change of an account; `ABSENT` fields stay as they are, None clears."""

    username: str | Literal[Absent.ABSENT] = ABSENT
    email: str | Literal[Absent.ABSENT] | None = ABSENT
    role: Role | Literal[Absent.ABSENT] = ABSENT
    is_approved: bool | Literal[Absent.ABSENT] = ABSENT
    is_active: bool | Literal[Absent.ABSENT] = ABSENT

    @property
    def concern_rights(self) -> bool:
        """Whether they speak of what the account may do, and not only of what it is called."""
        return any(field is not ABSENT for field in (self.role, self.is_approved, self.is_active))


@dataclass(frozen=True, slots=True)
class User:
    """One account. Soft deletion keeps the row, so that the name stays taken and authorship stays known."""

    id: int
    username: str
    email: str | None
    password_hash: str = field(repr=False)
    role: Role
    is_approved: bool
    is_active: bool
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    version: int = 1

    @classmethod
    def create(
        cls,
        *,
        id: int,
        username: str,
        email: str | None,
        password_hash: str,
        role: Role,
        is_approved: bool,
        at: datetime,
    ) -> "User":
        """Return a new, active account.

        Raises:
            Invalid: the username or the email breaks its rule.
        """
        return _checked(
            cls(
                id=id,
                username=username,
                email=email,
                password_hash=password_hash,
                role=role,
                is_approved=is_approved,
                is_active=True,
                created_at=at,
                updated_at=at,
            )
        )

    @property
    def status(self) -> UserStatus:
        """Where the account stands."""
        if self.deleted_at is not None:
            return UserStatus.DELETED
        if not self.is_active:
            return UserStatus.DISABLED
        return UserStatus.APPROVED if self.is_approved else UserStatus.PENDING

    @property
    def may_enter(self) -> bool:
        """Whether a session of this account counts: approved, active and not deleted."""
        return self.status is UserStatus.APPROVED

    @property
    def is_acting_admin(self) -> bool:
        """Whether this is one of those who can let others in and keep them out."""
        return self.role is Role.ADMIN and self.may_enter

    def check_entry(self) -> None:
        """Let the account in; for someone who has already proven to own it.

        Raises:
            ApprovalPending: no admin has approved the account yet.
            AccountDisabled: an admin switched the account off, or rejected it.
        """
        if not self.is_active:
            raise AccountDisabled
        if not self.is_approved:
            raise ApprovalPending

    def change(self, changes: UserChanges, *, at: datetime) -> "User":
        """Return the account as it is after the changes: this very one if they change nothing.

        Raises:
            Invalid: with every field that breaks its rule.
        """
        return self._moved_on(
            _checked(
                replace(
                    self,
                    username=changed(changes.username, self.username),
                    email=changed(changes.email, self.email),
                    role=changed(changes.role, self.role),
                    is_approved=changed(changes.is_approved, self.is_approved),
                    is_active=changed(changes.is_active, self.is_active),
                )
            ),
            at=at,
        )

    def approve(self, *, role: Role | None = None, at: datetime) -> "User":
        """Return the account let in, in this role if one is given. Approving twice alike changes nothing.

        Who was rejected before is let in, too; who was switched off as a member stays so.

        Raises:
            Conflict: the account is approved, in another role than this.
        """
        if self.is_approved:
            if role not in (None, self.role):
                raise Conflict(f"This account is approved already, as {self.role}. Change its role instead.")
            return self
        role = self.role if role is None else role
        return self._moved_on(replace(self, is_approved=True, is_active=True, role=role), at=at)

    def reject(self, *, at: datetime) -> "User":
        """Return the account refused: neither approved nor waiting any longer. Rejecting twice changes nothing."""
        return self._moved_on(replace(self, is_approved=False, is_active=False), at=at)

    def delete(self, *, at: datetime) -> "User":
        """Return the account deleted: its row, and so its name, stays."""
        return self._moved_on(replace(self, deleted_at=at), at=at)

    def restore(self, *, at: datetime) -> "User":
        """Return the account undeleted, as it was before. Restoring twice changes nothing."""
        return self._moved_on(replace(self, deleted_at=None), at=at)

    def has_lost_rights(self, before: "User") -> bool:
        """Tell whether this state may do less than the one before, so that its sessions must end."""
        return (before.may_enter and not self.may_enter) or not self.role.includes(before.role)

    def change_password(self, password_hash: str, *, at: datetime) -> "User":
        """Return the account with the hash of its new password."""
        return replace(self, password_hash=password_hash, updated_at=at, version=self.version + 1)

    def with_password_hash(self, password_hash: str) -> "User":
        """Return the account with another hash of the same password."""
        return replace(self, password_hash=password_hash, version=self.version + 1)

    def _moved_on(self, after: "User", *, at: datetime) -> "User":
        return self if after == self else replace(after, updated_at=at, version=self.version + 1)


def username_key(username: str) -> str:
    """Return what two usernames share if they are the same name regardless of case."""
    return caseless(username)


def email_key(email: str) -> str:
    """Return what two addresses share if they are the same regardless of case."""
    return normalised(email).casefold()


def username_faults(username: str) -> Iterator[Fault]:
    """Yield what is wrong with a normalised username."""
    if not USERNAME_LEAST <= len(username) <= USERNAME_MOST:
        yield Fault("username", f"must have {USERNAME_LEAST} to {USERNAME_MOST} characters")
    if not all(_is_letter_or_digit(mark) or mark in "._-" for mark in username):
        yield Fault("username", "may hold letters, digits, dots, underscores and hyphens only")
    elif _mixes_latin_with_another_alphabet(username):
        yield Fault("username", "must not mix Latin letters with look-alikes of another alphabet")
    elif not any(map(_is_letter_or_digit, username)):
        yield Fault("username", "must hold a letter or a digit")


def email_faults(email: str) -> Iterator[Fault]:
    """Yield what is wrong with a normalised email address."""
    if len(email) > EMAIL_MOST:
        yield Fault("email", f"must have at most {EMAIL_MOST} characters")
    elif not _EMAIL.fullmatch(email):
        yield Fault("email", "must be an address like name@example.org")


def password_faults(password: str, field: str = "password") -> Iterator[Fault]:
    """Yield what is wrong with the length or the characters of a normalised password."""
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        yield Fault(field, f"must have {PASSWORD_LEAST} to {PASSWORD_MOST:,} characters")
    if unstorable := unstorable_reason(password):
        yield Fault(field, unstorable)


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """What a password must be that someone wants to have.

    Attributes:
        is_strict: whether passwords are refused that an attacker tries first (OWASP ASVS 5.0, section 6.2).
        common: the most common ones, case-folded; looked at only where the policy is strict.
    """

    is_strict: bool = False
    common: frozenset[str] = field(default=frozenset(), repr=False)

    def faults(self, password: str, *, username: str, field: str = "password") -> Iterator[Fault]:
        """Yield what is wrong with a normalised password for the account of this name."""
        yield from password_faults(password, field)
        if not self.is_strict:
            return
        if password.casefold() in self.common:
            yield Fault(field, "is one of the most common passwords; choose another")
        if username_key(username) in username_key(password):
            yield Fault(field, "must not hold the username")
        if SERVICE_NAME in password.casefold():
            yield Fault(field, f"must not hold the name {SERVICE_NAME}")


def _checked(user: User) -> User:
    username = normalised(user.username)
    email = None if user.email is None else normalised(user.email)
    refuse(*username_faults(username), *(email_faults(email) if email is not None else ()))
    return replace(user, username=username, email=email)


def _is_letter_or_digit(mark: str) -> bool:
    return (mark.isalpha() or mark.isdecimal()) and mark not in _INVISIBLE_LETTERS


def _mixes_latin_with_another_alphabet(username: str) -> bool:
    # Unicode's character names begin with the script: the standard library has no other source for it.
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in username if letter.isalpha()}
    return "LATIN" in scripts and len(scripts) > 1
