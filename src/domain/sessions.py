"""Sessions: what stands between one sign-in and its end."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

USER_AGENT_MOST = 400


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one user on one device, with a refresh token that changes at every use.

    `refresh_fingerprint` belongs to the one refresh token still unspent; the token itself is never kept.
    """

    id: int
    user_id: int
    refresh_fingerprint: str
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
        refresh_id: str,
        user_agent: str | None,
        lifetime: timedelta,
        at: datetime,
    ) -> "Session":
        """Return the session that a sign-in begins. It ends after `lifetime`, however often it is refreshed."""
        return cls(
            id=id,
            user_id=user_id,
            refresh_fingerprint=fingerprint(refresh_id),
            user_agent=user_agent[:USER_AGENT_MOST] if user_agent else None,
            created_at=at,
            last_used_at=at,
            expires_at=at + lifetime,
        )

    def is_live(self, at: datetime) -> bool:
        """Tell whether the session still lets its user in."""
        return self.revoked_at is None and at < self.expires_at

    def accepts(self, refresh_id: str) -> bool:
        """Tell whether this refresh token is the unspent one."""
        return self.refresh_fingerprint == fingerprint(refresh_id)

    def rotate(self, refresh_id: str, *, at: datetime) -> "Session":
        """Return the session with its refresh token spent and this one in its place."""
        return replace(
            self, refresh_fingerprint=fingerprint(refresh_id), last_used_at=at, version=self.version + 1
        )

    def revoke(self, *, at: datetime) -> "Session":
        """Return the session ended for good. Revoking twice changes nothing."""
        return self if self.revoked_at is not None else replace(self, revoked_at=at, version=self.version + 1)


def fingerprint(refresh_id: str) -> str:
    """Return what is kept of a refresh token's identifier: SHA-256, in hexadecimal.

    The identifier is 128 random bits, so a plain hash suffices: there is no guessing it from the hash.
    """
    return hashlib.sha256(refresh_id.encode()).hexdigest()
