"""Sessions: what stands between one sign-in and its end."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

USER_AGENT_MOST = 400
USE_NOTED_AFTER: Final = timedelta(minutes=15)
"""How long a browser's use goes unnoted after the last one that was."""


class SessionKind(StrEnum):
    """What a session is proven by; what proves one kind never counts for the other."""

    TOKEN = "token"  # noqa: S105  # a kind's name, not a secret
    """A program's: by access tokens, and by a refresh token that changes at every use."""
    BROWSER = "browser"
    """A browser's: by one secret in its cookie."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one user on one device.

    Attributes:
        secret_fingerprint: of what proves the session, which itself is never kept: of a program the identifier
            of the one refresh token still unspent, of a browser the secret in its cookie.
        last_used_at: when the tokens were last refreshed, or a browser came by; the latter within
            `USE_NOTED_AFTER`.
    """

    id: int
    user_id: int
    kind: SessionKind
    secret_fingerprint: str
    user_agent: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    version: int = 1

    @classmethod
    def start(
        cls,
        *,
        id: int,
        user_id: int,
        kind: SessionKind,
        secret: str,
        user_agent: str | None,
        lifetime: timedelta,
        at: datetime,
    ) -> "Session":
        """Return the session that a sign-in begins. It ends after `lifetime`, however much it is used."""
        return cls(
            id=id,
            user_id=user_id,
            kind=kind,
            secret_fingerprint=fingerprint(secret),
            user_agent=user_agent[:USER_AGENT_MOST] if user_agent else None,
            created_at=at,
            last_used_at=at,
            expires_at=at + lifetime,
        )

    def is_live(self, at: datetime) -> bool:
        """Tell whether the session still lets its user in."""
        return self.revoked_at is None and at < self.expires_at

    def accepts(self, secret: str, *, kind: SessionKind) -> bool:
        """Tell whether this, shown as what proves a session of that kind, proves this one."""
        return self.kind is kind and hmac.compare_digest(self.secret_fingerprint, fingerprint(secret))

    def rotate(self, refresh_id: str, *, at: datetime) -> "Session":
        """Return a program's session with its refresh token spent and this one in its place."""
        return replace(self, secret_fingerprint=fingerprint(refresh_id), last_used_at=at, version=self.version + 1)

    def note_use(self, *, at: datetime) -> "Session":
        """Return a browser's session as used at this moment; this very one where a use was noted not long ago."""
        if at - self.last_used_at < USE_NOTED_AFTER:
            return self
        return replace(self, last_used_at=at, version=self.version + 1)

    def revoke(self, *, at: datetime) -> "Session":
        """Return the session ended for good. Revoking twice changes nothing."""
        return self if self.revoked_at is not None else replace(self, revoked_at=at, version=self.version + 1)


def fingerprint(secret: str) -> str:
    """Return what is kept of a session's secret: SHA-256, in hexadecimal.

    The secret is at least 128 random bits, so a plain hash suffices: there is no guessing it from the hash.
    """
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
