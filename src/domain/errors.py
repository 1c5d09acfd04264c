"""Everything the inside can refuse, by kind.

    DomainError
    ├── Invalid               what was given breaks a rule; names every fault
    │   └── KeyReused         a key stands for another request already
    ├── Unauthenticated       we do not know who is asking
    ├── Forbidden             we know, and the answer is no
    │   ├── ApprovalPending   the account waits for an admin
    │   └── AccountDisabled   the account was rejected or switched off
    ├── NotFound              there is no such thing, or none the asker may know of
    ├── Conflict              true by itself, but not beside what is already there
    │   ├── Taken             a name that must be unique belongs to another
    │   ├── LastAdmin         nobody would be left who can let others in
    │   ├── InUse             other things refer to what was to be deleted
    │   ├── InFlight          the same request is being carried out at this moment
    │   └── Stale             what was to be changed has moved on meanwhile
    ├── TooManyRequests       the answer may be another one later; says when
    └── Unavailable           a part we depend on is away; try again

Adapters turn their own failures into these; entrypoints turn the kind into a status or an exit code.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one field, in words for the person who sent it."""

    field: str
    message: str


class DomainError(Exception):
    """The root of all refusals.

    Attributes:
        slug: the stable name of this kind of error, part of the HTTP API.
        detail: one sentence for the person who asked.
        faults: the fields it is about, if it is about fields.
    """

    slug: ClassVar[str] = "error"

    def __init__(self, detail: str, *faults: Fault) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults


class Invalid(DomainError):
    """What was given breaks a rule. Carries every fault, not the first."""

    slug = "invalid"

    def __init__(self, *faults: Fault) -> None:
        fields = ", ".join(dict.fromkeys(fault.field for fault in faults))
        super().__init__(f"Check {fields}: see errors for what is wrong.", *faults)


class KeyReused(Invalid):
    """The key that a request was sent with stands for another one of the same caller."""

    slug = "idempotency-key-reused"

    def __init__(self, field: str) -> None:
        super().__init__(Fault(field, "was sent with another request before; take a new key for a new request"))


class Unauthenticated(DomainError):
    """The asker could not be identified. The detail never tells which part was wrong."""

    slug = "unauthenticated"


class Forbidden(DomainError):
    """The asker is known and may not do this."""

    slug = "forbidden"


class ApprovalPending(Forbidden):
    """The account exists and the password was right, but an admin has not approved it yet."""

    slug = "approval-pending"

    def __init__(self) -> None:
        super().__init__("Your account waits for an admin's approval.")


class AccountDisabled(Forbidden):
    """The account exists and the password was right, but the account was rejected or switched off."""

    slug = "account-disabled"

    def __init__(self) -> None:
        super().__init__("An admin rejected your account or switched it off. Ask an admin to let you in.")


class NotFound(DomainError):
    """There is no such thing, or none that the asker may know of."""

    slug = "not-found"


class Conflict(DomainError):
    """Valid by itself, but it clashes with what is already there."""

    slug = "conflict"


class Taken(Conflict):
    """A value that must be unique belongs to another."""

    slug = "taken"

    def __init__(self, field: str) -> None:
        super().__init__(f"This {field} is taken.", Fault(field, "is taken"))


class Stale(Conflict):
    """What was to be changed has moved on since it was read."""

    slug = "stale"

    def __init__(self) -> None:
        super().__init__("It was changed by someone else meanwhile. Read it again and repeat your change.")


class LastAdmin(Conflict):
    """The last active admin can be neither demoted, rejected, disabled nor deleted, by anyone."""

    slug = "last-admin"

    def __init__(self) -> None:
        super().__init__("This is the last active admin. Make someone else an admin first.")


class InUse(Conflict):
    """What was to be deleted is referred to by other things."""

    slug = "in-use"


class InFlight(Conflict):
    """The same request is being carried out at this moment, or was an instant ago."""

    slug = "in-flight"

    def __init__(self) -> None:
        super().__init__("The same request is being carried out. Send it again in a moment for its answer.")


class TooManyRequests(DomainError):
    """This was tried too often in too short a time.

    Attributes:
        retry_after: how long to wait, in whole seconds, at least 1.
    """

    slug = "too-many-requests"

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """A part that Satchel depends on does not answer. Nothing was kept; the same call may work later.

    Attributes:
        reason: what went wrong in that part's own words, for the operator and never for a caller.
    """

    slug = "unavailable"

    def __init__(self, detail: str, *, reason: str | None = None) -> None:
        super().__init__(detail)
        self.reason = reason


def refuse(*faults: Fault) -> None:
    """Do nothing if there are no faults.

    Raises:
        Invalid: with all of them otherwise.
    """
    if faults:
        raise Invalid(*faults)
