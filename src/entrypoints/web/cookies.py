"""What browsers keep for us: which cookies there are, how they are written and when they are believed.

Outside development every name but the theme's begins with `__Host-`: browsers then take the cookie from this very
host and over HTTPS alone, so no neighbouring host can plant one (RFC 6265bis, section 4.1.3.2).
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec
from litestar.datastructures import Cookie

from application.browsers import REMEMBERED_LIFETIME, BrowserKey
from entrypoints.http.expectation import ID_MOST

_SESSION, _VISITOR, _FLASH, _THEME = "satchel_session", "satchel_visitor", "satchel_flash", "theme"
_SESSION_VALUE = re.compile(r"([1-9][0-9]{0,18})\.([0-9a-f]{64})")
_FLASH_SECONDS: Final = 60
_FLASH_MOST: Final = 500
_YEAR_SECONDS: Final = 365 * 24 * 3600


class Theme(StrEnum):
    """What colours someone wants to read in."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class FlashKind(StrEnum):
    """How a message is meant."""

    DONE = "done"
    NOTE = "note"
    FAILED = "failed"


class Flash(msgspec.Struct, frozen=True, array_like=True):
    """One sentence on the next page about what just happened; plain text, which the template escapes."""

    text: str
    kind: FlashKind = FlashKind.DONE


class CookieJar:
    """Writes cookies, and reads those that it wrote itself.

    Args:
        secret_keys: the service's, the newest first; it signs, all of them verify.
        is_secure: whether cookies travel over HTTPS alone; they have to outside development.
    """

    def __init__(self, *, secret_keys: Sequence[str], is_secure: bool) -> None:
        self._secret_keys = secret_keys
        self._is_secure = is_secure

    def session(self, key: BrowserKey, *, is_remembered: bool) -> Cookie:
        """Return the cookie of a session; one that is not remembered goes when the browser is closed."""
        max_age = int(REMEMBERED_LIFETIME.total_seconds()) if is_remembered else None
        return self._cookie(_SESSION, f"{key.session_id}.{key.secret}", max_age=max_age)

    def read_session(self, given: Mapping[str, str]) -> BrowserKey | None:
        """Return the key that the session's cookie holds, if it holds one; whether it fits is not told."""
        match = _SESSION_VALUE.fullmatch(given.get(self._name(_SESSION), ""))
        if match is None or (session_id := int(match[1])) > ID_MOST:
            return None
        return BrowserKey(session_id, match[2])

    def no_session(self) -> Cookie:
        """Return what makes the browser forget its session."""
        return self._gone(_SESSION)

    def visitor(self) -> Cookie:
        """Return a new cookie for someone who is not signed in; their forms are bound to its value."""
        return self._cookie(_VISITOR, self._signed(_VISITOR, secrets.token_hex(32)))

    def read_visitor(self, given: Mapping[str, str]) -> str | None:
        """Return the visitor cookie's value where we made it."""
        value = given.get(self._name(_VISITOR), "")
        return None if self._verified(_VISITOR, value) is None else value

    def no_visitor(self) -> Cookie:
        """Return what makes the browser forget that it was a visitor."""
        return self._gone(_VISITOR)

    def flash(self, flash: Flash) -> Cookie:
        """Return the cookie that brings a message to the next page."""
        shown = Flash(flash.text[:_FLASH_MOST], flash.kind)
        payload = base64.urlsafe_b64encode(msgspec.json.encode(shown)).rstrip(b"=").decode()
        return self._cookie(_FLASH, self._signed(_FLASH, payload), max_age=_FLASH_SECONDS)

    def read_flash(self, given: Mapping[str, str]) -> Flash | None:
        """Return the message for this page, if there is one of ours."""
        payload = self._verified(_FLASH, given.get(self._name(_FLASH), ""))
        if payload is None:
            return None
        return msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=Flash)

    def no_flash(self) -> Cookie:
        """Return what makes the browser forget a message that was shown."""
        return self._gone(_FLASH)

    def theme(self, theme: Theme) -> Cookie:
        """Return the cookie that keeps the choice of colours for a year."""
        return Cookie(
            _THEME, value=theme, max_age=_YEAR_SECONDS, secure=self._is_secure, httponly=True, samesite="lax"
        )

    def _cookie(self, name: str, value: str, *, max_age: int | None = None) -> Cookie:
        return Cookie(
            self._name(name),
            value=value,
            max_age=max_age,
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def _gone(self, name: str) -> Cookie:
        # With the flags it was set with: without Secure, browsers would not take the end of a __Host- cookie.
        return self._cookie(name, "", max_age=0)

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self._is_secure else name

    def _signed(self, purpose: str, payload: str) -> str:
        return f"{payload}.{_mac(self._secret_keys[0], purpose, payload)}"

    def _verified(self, purpose: str, value: str) -> str | None:
        payload, _, mac = value.rpartition(".")
        given = mac.encode(errors="replace")
        is_ours = any(
            hmac.compare_digest(given, _mac(key, purpose, payload).encode()) for key in self._secret_keys
        )
        return payload if is_ours else None


def read_theme(given: Mapping[str, str]) -> Theme:
    """Return the choice of colours that the cookies hold; the system's where they hold none."""
    try:
        return Theme(given.get(_THEME, ""))
    except ValueError:
        return Theme.SYSTEM


def _mac(secret_key: str, purpose: str, payload: str) -> str:
    key = hashlib.sha256(f"satchel cookie {purpose}\0{secret_key}".encode()).digest()
    return hmac.digest(key, payload.encode(errors="surrogatepass"), "sha256").hex()
