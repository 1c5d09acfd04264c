"""Making tokens, and reading them as if everyone else were trying to forge one."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import jwt

from adapters.jwt.claims import Claims, Validity, check_person, identifier, token_id
from adapters.jwt.keys import KeyRing
from application.ports.tokens import AccessClaims, IssuedTokens, PublicKey, RefreshClaims, Tokens
from domain.errors import Unauthenticated
from domain.users import User

NOT_VALID = "The token is not valid, or not any longer."
TOKEN_MOST = 4096
REMEMBERED_MOST = 1024

_ISSUER = "satchel"
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of token; no two share a type or an audience (RFC 8725, sections 3.11 and 3.12)."""

    type: str
    audience: str


_ACCESS = _Kind("at+jwt", "satchel")  # the type is RFC 9068's
_REFRESH = _Kind("rt+jwt", "satchel/refresh")


class JwtTokens(Tokens):
    """JSON Web Tokens, signed with our newest key and believed if signed with any of ours.

    Reading takes nothing on trust: the key comes from our ring and the algorithm with the key, the header holds
    `alg`, `kid` and `typ` as we write them and nothing besides, every claim is there and of its exact type, and
    the whole is in canonical form, so that no two texts are the same token. Every refusal reads the same.

    Times are compared with the moment given, never with the machine's clock. A token from an
    instance whose clock is ahead, by `CLOCK_SKEW` at most, counts; one that has expired does not.

    What the newest `REMEMBERED_MOST` genuine access tokens say is remembered, since it cannot change; what depends
    on the moment is looked at each time.
    """

    def __init__(
        self,
        *,
        keys: KeyRing,
        access_lifetime: timedelta = timedelta(minutes=15),
        refresh_lifetime: timedelta = timedelta(days=30),
    ) -> None:
        """Take the keys and how long tokens live, where their session does not end before."""
        self._keys = keys
        self._access_lifetime = access_lifetime
        self._refresh_lifetime = refresh_lifetime
        self._jwt = jwt.PyJWT(
            options={
                "require": ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"],
                "strict_aud": True,
                "enforce_minimum_key_length": True,
                # Ours to check: PyJWT would ask the machine's clock, and takes text and fractions for times.
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            }
        )
        # Kept by this object, whose keys they were checked with. An exception is not remembered.
        self._genuine_access = lru_cache(REMEMBERED_MOST)(self._checked_access)

    @property
    def public_keys(self) -> tuple[PublicKey, ...]:
        """The Ed25519 keys that others can check our tokens with, the one that signs first."""
        return self._keys.public_keys

    def issue(self, user: User, *, session_id: int, session_expires_at: datetime, at: datetime) -> IssuedTokens:
        """Return a pair for the session; neither token outlives it. Times are rounded down to whole seconds."""
        issued_at = int(at.timestamp())
        access_expiry = int(min(at + self._access_lifetime, session_expires_at).timestamp())
        refresh_expiry = int(min(at + self._refresh_lifetime, session_expires_at).timestamp())
        shared = {
            "iss": _ISSUER,
            "sub": str(user.id),
            "sid": str(session_id),
            "iat": issued_at,
            "nbf": issued_at,
        }
        access = {
            "user_id": user.id,
            "username": user.username,
            "role": user.role.value,
            "jti": _new_identifier(),
            "exp": access_expiry,
        }
        refresh_id = _new_identifier()
        return IssuedTokens(
            access_token=self._signed(_ACCESS, {**shared, **access}),
            refresh_token=self._signed(_REFRESH, {**shared, "jti": refresh_id, "exp": refresh_expiry}),
            refresh_id=refresh_id,
            expires_in=access_expiry - issued_at,
        )

    def read_access(self, token: str, *, at: datetime) -> AccessClaims:
        """Return what an access token says.

        Raises:
            Unauthenticated: it is not one of ours, not an access token, or not valid at this moment.
        """
        try:
            _check_length(token)
            claims, validity = self._genuine_access(token)
            validity.check(at)
        except jwt.InvalidTokenError:
            raise Unauthenticated(NOT_VALID) from None
        return claims

    def read_refresh(self, token: str, *, at: datetime) -> RefreshClaims:
        """Return what a refresh token says.

        Raises:
            Unauthenticated: it is not one of ours, not a refresh token, or not valid at this moment.
        """
        try:
            _check_length(token)
            claims = self._verified(_REFRESH, token)
            Validity.of(claims).check(at)
            return RefreshClaims(
                user_id=identifier(claims, "sub"),
                session_id=identifier(claims, "sid"),
                refresh_id=token_id(claims),
            )
        except jwt.InvalidTokenError:
            raise Unauthenticated(NOT_VALID) from None

    def _signed(self, kind: _Kind, claims: Claims) -> str:
        key = self._keys.current
        return self._jwt.encode(
            {**claims, "aud": kind.audience},
            key.signs_with,
            algorithm=key.algorithm,
            headers={"typ": kind.type, "kid": key.kid},
        )

    def _checked_access(self, token: str) -> tuple[AccessClaims, Validity]:
        claims = self._verified(_ACCESS, token)
        check_person(claims)
        validity = Validity.of(claims)
        access = AccessClaims(
            user_id=identifier(claims, "sub"),
            session_id=identifier(claims, "sid"),
            expires_at=datetime.fromtimestamp(validity.ends, UTC),
        )
        return access, validity

    def _verified(self, kind: _Kind, token: str) -> Claims:
        if not _COMPACT.fullmatch(token):
            raise jwt.InvalidTokenError("not a token in the compact form")
        header: Mapping[str, object] = jwt.get_unverified_header(token)
        key = self._keys.named(header.get("kid"))
        if key is None or header != {"alg": key.algorithm, "kid": key.kid, "typ": kind.type}:
            raise jwt.InvalidTokenError("not a header of ours")
        claims: Claims = self._jwt.decode(
            token, key.verifies_with, algorithms=[key.algorithm], issuer=_ISSUER, audience=kind.audience
        )
        token_id(claims)
        return claims


def _check_length(token: str) -> None:
    # It bounds every cost to come: what is hashed and parsed, how deep it nests, how many digits a number has.
    if len(token) > TOKEN_MOST:
        raise jwt.InvalidTokenError("longer than any of ours")


def _new_identifier() -> str:
    return secrets.token_urlsafe(16)
