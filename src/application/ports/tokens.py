"""What a signed-in client holds: a short-lived access token and a single-use refresh token."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.users import User


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """A fresh pair. `refresh_id` is the identifier within the refresh token; `expires_in` is in seconds."""

    access_token: str
    refresh_token: str
    refresh_id: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a genuine access token says, as far as we believe it: whose it is, until when; not what they may do."""

    user_id: int
    session_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """What a genuine refresh token says."""

    user_id: int
    session_id: int
    refresh_id: str


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 key by which others can tell that an access token is ours (RFC 8037).

    Attributes:
        kid: its name, which tokens carry.
        x: its 32 bytes in base64url, without padding.
    """

    kid: str
    x: str


class Tokens(Protocol):
    """Makes tokens and reads those it made. Neither kind is ever accepted in place of the other."""

    @property
    def public_keys(self) -> tuple[PublicKey, ...]:
        """The keys that others can check tokens with, the one that signs first; none where a secret signs."""
        ...

    def issue(self, user: User, *, session_id: int, session_expires_at: datetime, at: datetime) -> IssuedTokens:
        """Return a pair for the session; neither token outlives it."""
        ...

    def read_access(self, token: str, *, at: datetime) -> AccessClaims:
        """Return what an access token says.

        Raises:
            Unauthenticated: it is not one of ours, not an access token, or not valid at this moment.
        """
        ...

    def read_refresh(self, token: str, *, at: datetime) -> RefreshClaims:
        """Return what a refresh token says.

        Raises:
            Unauthenticated: it is not one of ours, not a refresh token, or not valid at this moment.
        """
        ...
