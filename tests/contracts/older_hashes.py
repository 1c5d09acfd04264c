"""Hashes as older services keep them, made with the standard library and bcrypt alone."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

import argon2
import bcrypt

PASSWORD: Final = "correct horse battery staple"


def scrypt(password: str, *, n: int = 1024, r: int = 8, p: int = 1, salt: str = "Qv9xLb2TzK4mW7sD") -> str:
    """Return it as werkzeug writes it; n is 32768 there."""
    digest = hashlib.scrypt(password.encode(), salt=salt.encode(), n=n, r=r, p=p, maxmem=256 * n * r + 2**20)
    return f"scrypt:{n}:{r}:{p}${salt}${digest.hex()}"


def pbkdf2(password: str, *, name: str = "sha256", rounds: int = 1000, salt: str = "a1B2c3D4") -> str:
    """Return it as werkzeug writes it; the rounds are 600,000 and more there."""
    digest = hashlib.pbkdf2_hmac(name, password.encode(), salt.encode(), rounds)
    return f"pbkdf2:{name}:{rounds}${salt}${digest.hex()}"


def plain_hmac(password: str, *, name: str = "sha256", salt: str = "a1B2c3D4") -> str:
    """Return it as werkzeug wrote it before version 3 where a service asked for no more."""
    return f"{name}${salt}${hmac.digest(salt.encode(), password.encode(), name).hex()}"


def passlib_pbkdf2(password: str, *, rounds: int = 1000, salt: bytes = b"sixteen bytes...") -> str:
    """Return it as passlib writes it."""
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    salt_text, digest_text = (
        base64.b64encode(part).decode().rstrip("=").replace("+", ".") for part in (salt, digest)
    )
    return f"$pbkdf2-sha256${rounds}${salt_text}${digest_text}"


def bcrypted(password: str, *, cost: int = 4, letter: str = "b") -> str:
    """Return it as bcrypt writes it; the cost is 12 there."""
    made = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(cost)).decode()
    return f"$2{letter}${made[4:]}"


def argon2d(password: str, *, type: argon2.Type = argon2.Type.ID, memory_kib: int = 64) -> str:
    """Return it as argon2-cffi writes it."""
    return argon2.PasswordHasher(time_cost=1, memory_cost=memory_kib, parallelism=1, type=type).hash(password)


KNOWN: Final[Mapping[str, str]] = {
    "scrypt of werkzeug": scrypt(PASSWORD),
    "PBKDF2 with SHA-256 of werkzeug": pbkdf2(PASSWORD),
    "PBKDF2 with SHA-1 of old werkzeug": pbkdf2(PASSWORD, name="sha1"),
    "PBKDF2 with SHA-512 of werkzeug": pbkdf2(PASSWORD, name="sha512"),
    "HMAC with SHA-256 of old werkzeug": plain_hmac(PASSWORD),
    "HMAC with SHA-1 of old werkzeug": plain_hmac(PASSWORD, name="sha1"),
    "PBKDF2 of passlib": passlib_pbkdf2(PASSWORD),
    "bcrypt": bcrypted(PASSWORD),
    "bcrypt marked 2a": bcrypted(PASSWORD, letter="a"),
    "bcrypt marked 2y": bcrypted(PASSWORD, letter="y"),
    "Argon2id": argon2d(PASSWORD),
    "Argon2i": argon2d(PASSWORD, type=argon2.Type.I),
    "Argon2d": argon2d(PASSWORD, type=argon2.Type.D),
}

_DIGEST = "ab" * 32
_BCRYPT = "R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"

UNKNOWN: Final[Mapping[str, str]] = {
    "nothing": "",
    "a password in plain text": PASSWORD,
    "no salt": f"sha256$${_DIGEST}",
    "a digest without a scheme": hashlib.md5(b"x", usedforsecurity=False).hexdigest(),
    "a digest longer than its hash": f"sha256$salt${_DIGEST}{_DIGEST}",
    "a salt too short for Argon2": f"$argon2id$v=19$m=64,t=1,p=1$YQ${'A' * 43}",
    "a cost too low for bcrypt": f"$2b$03${_BCRYPT}",
    "a scheme without parameters": f"scrypt$salt${_DIGEST}",
    "empty parameters": f"scrypt::8:1$salt${_DIGEST}",
    "parameters that are no numbers": f"scrypt:n:r:p$salt${_DIGEST}",
    "an n that is no power of two": f"scrypt:1000:8:1$salt${_DIGEST}",
    "no rounds at all": f"pbkdf2:sha256:0$salt${_DIGEST}",
    "another hash function": f"pbkdf2:shake_128:1000$salt${_DIGEST}",
    "a digest that is not hexadecimal": "pbkdf2:sha256:1000$salt$" + "zz" * 32,
    "half a byte": f"pbkdf2:sha256:1000$salt${_DIGEST}a",
    "another scheme": "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
    "a hash cut short": bcrypted(PASSWORD)[:40],
    "letters beyond ASCII": f"pbkdf2:sha256:\uff11000$salt${_DIGEST}",
    "half a surrogate pair": "\ud83d",
    "our own mark": "adopted:hmac:md5:00$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNo",
}

COSTLY: Final[Mapping[str, str]] = {
    "scrypt with gigabytes": f"scrypt:1073741824:8:1$salt${_DIGEST}",
    "scrypt with wide blocks": f"scrypt:16384:4096:1$salt${_DIGEST}",
    "scrypt in many lanes": f"scrypt:32768:8:4096$salt${_DIGEST}",
    "PBKDF2 for hours": f"pbkdf2:sha256:9999999999$salt${_DIGEST}",
    "PBKDF2 several times over": f"pbkdf2:sha1:1000000$salt${_DIGEST}{_DIGEST}",
    "PBKDF2 of passlib for hours": f"$pbkdf2-sha256$999999999$c2FsdHNhbHQ${'A' * 43}",
    "bcrypt for days": f"$2b$31${_BCRYPT}",
    "Argon2 with gigabytes": f"$argon2id$v=19$m=4194304,t=3,p=4$c29tZXNhbHQ${'A' * 43}",
    "Argon2 for hours": f"$argon2id$v=19$m=65536,t=4000,p=1$c29tZXNhbHQ${'A' * 43}",
    "Argon2 in many lanes": f"$argon2id$v=19$m=65536,t=1,p=1000$c29tZXNhbHQ${'A' * 43}",
    "a salt of kilobytes": f"pbkdf2:sha256:1000${'s' * 5000}${_DIGEST}",
}
