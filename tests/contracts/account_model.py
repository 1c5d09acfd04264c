"""Accounts and sessions as a simple model has them."""

from dataclasses import dataclass, field

from domain.errors import AccountDisabled, ApprovalPending, DomainError, Unauthenticated
from domain.users import Role


@dataclass
class Session:
    """A sign-in as the model has it."""

    access_token: str
    refresh_token: str
    spent: list[str] = field(default_factory=list[str])
    is_live: bool = True


@dataclass
class Account:
    """An account as the model has it, with what must stand in the log about it."""

    id: int
    username: str
    password: str
    role: Role
    is_approved: bool
    is_active: bool = True
    is_deleted: bool = False
    version: int = 1
    events: list[str] = field(default_factory=lambda: ["user.created"])
    sessions: list[Session] = field(default_factory=list[Session])

    @property
    def may_enter(self) -> bool:
        return self.is_approved and self.is_active and not self.is_deleted

    @property
    def is_acting_admin(self) -> bool:
        return self.role is Role.ADMIN and self.may_enter

    @property
    def refusal_at_the_door(self) -> type[DomainError] | None:
        if self.is_deleted:
            return Unauthenticated
        if not self.is_active:
            return AccountDisabled
        return None if self.is_approved else ApprovalPending

    def end_sessions(self, *, but: Session | None = None) -> None:
        for session in self.sessions:
            session.is_live = session.is_live and session is but
