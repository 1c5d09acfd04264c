"""Typed settings from the environment and `.env`. Every fault is named at once, and no secret is ever shown."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Literal

from domain.errors import DomainError, Fault
from entrypoints.database_url import MASK, PORT_MOST, masked_url, url_fault
from entrypoints.secret_key import SECRET_KEY_LEAST_BYTES, is_well_known, kept_secret_key
from entrypoints.variables import Variables

MEMORY_URL = "memory://"
WORKERS_MOST = 64
DEVELOPMENT_CORS_ORIGINS = ("http://localhost:5173", "http://localhost:3000")

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_GENERATE_KEY = "generate one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"


class Environment(StrEnum):
    """Where Satchel runs; production takes nothing for granted."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"
    TESTING = "testing"


class SignupApproval(StrEnum):
    """Who lets a newcomer in."""

    ADMIN = "admin"
    AUTOMATIC = "automatic"


class PasswordStrength(StrEnum):
    """What a new password must be beyond long enough."""

    BASIC = "basic"
    STRICT = "strict"


class LogFormat(StrEnum):
    """What a log line looks like."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """The least grave of what is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SettingsError(DomainError):
    """The settings cannot be used. A fault names the variable and says what to write; it holds no secret."""

    slug = "settings"

    def __init__(self, *faults: Fault) -> None:
        super().__init__("Satchel cannot use these settings:", *faults)


@dataclass(frozen=True, slots=True)
class Settings:
    """What Satchel was told; each field is named after its variable. docs/settings.md explains them.

    Attributes:
        database_url: None stands for the embedded server under `data_dir`.
        secret_key: empty as long as it is not made yet, which only `read_settings` leaves so.
        previous_secret_keys: `SECRET_KEY_PREVIOUS`, keys whose tokens are still good but sign no new ones.
        port: 0 lets the system choose one.
        cors_origins: as browsers send them, or "*" alone.
        database_pool_size: connections of each worker process.
        max_body_bytes: the longest request body.
        sources: for each variable, where its value comes from.
    """

    environment: Environment
    database_url: str | None = field(repr=False)
    data_dir: Path
    secret_key: str = field(repr=False)
    previous_secret_keys: tuple[str, ...] = field(repr=False)
    host: str
    port: int
    workers: int
    cors_origins: tuple[str, ...]
    signup_approval: SignupApproval
    password_policy: PasswordStrength
    access_token_minutes: int
    refresh_token_days: int
    database_pool_size: int
    max_body_bytes: int
    log_level: LogLevel
    log_format: LogFormat
    sources: Mapping[str, str] = field(default_factory=dict[str, str], repr=False, compare=False)

    @property
    def is_production(self) -> bool:
        """Whether nothing may be taken for granted."""
        return self.environment is Environment.PRODUCTION

    @property
    def store_kind(self) -> Literal["memory", "postgresql"]:
        """Which store keeps the data; the one in memory is each process's own, and forgotten with it."""
        return "memory" if self.database_url == MEMORY_URL else "postgresql"

    @property
    def approves_automatically(self) -> bool:
        """Whether a newcomer may come in without an admin's approval."""
        return self.signup_approval is SignupApproval.AUTOMATIC

    @property
    def is_strict_on_passwords(self) -> bool:
        """Whether well-known and obvious passwords are refused."""
        return self.password_policy is PasswordStrength.STRICT

    @property
    def all_secret_keys(self) -> tuple[str, ...]:
        """The key to sign with, and after it the former ones that are still good for reading."""
        return (self.secret_key, *self.previous_secret_keys)

    def masked(self) -> dict[str, str]:
        """Return every variable with its value as text, for people to read: secrets are masked."""
        embedded = "(embedded PostgreSQL under DATA_DIR)"
        return {
            "ENVIRONMENT": self.environment,
            "DATABASE_URL": embedded if self.database_url is None else masked_url(self.database_url),
            "DATABASE_POOL_SIZE": str(self.database_pool_size),
            "DATA_DIR": str(self.data_dir),
            "SECRET_KEY": MASK if self.secret_key else "(made at the first start)",
            "SECRET_KEY_PREVIOUS": ",".join(MASK for _ in self.previous_secret_keys),
            "HOST": self.host,
            "PORT": str(self.port),
            "WORKERS": str(self.workers),
            "CORS_ORIGINS": ",".join(self.cors_origins),
            "MAX_BODY_BYTES": str(self.max_body_bytes),
            "SIGNUP_APPROVAL": self.signup_approval,
            "PASSWORD_POLICY": self.password_policy,
            "ACCESS_TOKEN_MINUTES": str(self.access_token_minutes),
            "REFRESH_TOKEN_DAYS": str(self.refresh_token_days),
            "LOG_LEVEL": self.log_level,
            "LOG_FORMAT": self.log_format,
        }


def load_settings(environ: Mapping[str, str] | None = None, *, directory: Path | None = None) -> Settings:
    """Read the settings to work with: outside production, a missing SECRET_KEY is made once and kept in DATA_DIR.

    Args:
        environ: as for `read_settings`.
        directory: as for `read_settings`.

    Raises:
        SettingsError: with every fault.
    """
    settings = read_settings(environ, directory=directory)
    return settings if settings.secret_key else _with_kept_secret_key(settings)


def read_settings(environ: Mapping[str, str] | None = None, *, directory: Path | None = None) -> Settings:
    """Read the settings to look at; nothing is made. A variable of the environment counts before one of `.env`.

    Args:
        environ: the environment; the process's own by default.
        directory: where `.env` is, and what a relative DATA_DIR starts from; the working directory by default.

    Raises:
        SettingsError: with every fault.
    """
    directory = directory or Path.cwd()
    read = Variables(os.environ if environ is None else environ, directory / ".env")
    environment = read.choice("ENVIRONMENT", Environment.DEVELOPMENT)
    production = environment is Environment.PRODUCTION
    development = environment is Environment.DEVELOPMENT
    data_dir = directory / read.text("DATA_DIR", ".satchel")
    secret_key = read.text("SECRET_KEY", "")
    origins = read.list("CORS_ORIGINS", DEVELOPMENT_CORS_ORIGINS if development else ())
    settings = Settings(
        environment=environment,
        database_url=read.text("DATABASE_URL", "") or None,
        data_dir=data_dir,
        secret_key=secret_key,
        previous_secret_keys=read.list("SECRET_KEY_PREVIOUS", ()),
        host=read.text("HOST", "127.0.0.1"),
        port=read.integer("PORT", 8080, least=0, most=PORT_MOST),
        workers=read.integer("WORKERS", 1, least=1, most=WORKERS_MOST),
        cors_origins=tuple(dict.fromkeys(map(_as_browsers_send_it, origins))),
        signup_approval=read.choice(
            "SIGNUP_APPROVAL", SignupApproval.ADMIN if production else SignupApproval.AUTOMATIC
        ),
        password_policy=read.choice(
            "PASSWORD_POLICY", PasswordStrength.BASIC if development else PasswordStrength.STRICT
        ),
        access_token_minutes=read.integer("ACCESS_TOKEN_MINUTES", 15, least=1, most=24 * 60),
        refresh_token_days=read.integer("REFRESH_TOKEN_DAYS", 30, least=1, most=365),
        database_pool_size=read.integer("DATABASE_POOL_SIZE", 10, least=2, most=100),
        max_body_bytes=read.integer("MAX_BODY_BYTES", 1024**2, least=1024, most=1024**3),
        log_level=read.choice("LOG_LEVEL", LogLevel.INFO),
        log_format=read.choice("LOG_FORMAT", LogFormat.CONSOLE if development else LogFormat.JSON),
        sources=read.sources,
    )
    # Unlike Path.exists, os.access takes what may not be looked at for absent.
    if os.access(data_dir, os.F_OK) and not data_dir.is_dir():
        read.fault("DATA_DIR", "is a file; must be a folder")
    _check_database(settings, read)
    _check_keys(settings, read)
    _check_network(settings, read)
    if read.faults:
        raise SettingsError(*read.faults)
    is_kept = not secret_key and os.access(data_dir / "secret_key", os.F_OK)
    return _with_kept_secret_key(settings) if is_kept else settings


def _check_database(settings: Settings, read: Variables) -> None:
    url = settings.database_url
    if settings.is_production and (url is None or settings.store_kind == "memory"):
        read.fault("DATABASE_URL", "production needs a database; write postgresql://USER:PASSWORD@HOST:5432/NAME")
    elif url is not None and url.startswith("postgres://"):
        read.fault("DATABASE_URL", f"write {masked_url(url.replace('postgres://', 'postgresql://', 1))}")
    elif url is not None and not url.startswith("postgresql://") and settings.store_kind != "memory":
        read.fault(
            "DATABASE_URL",
            "must be postgresql://USER:PASSWORD@HOST:5432/NAME, or memory:// for a demo that forgets; "
            "outside production, leave it out to use the embedded PostgreSQL",
        )
    elif url is not None and (message := url_fault(url)):
        read.fault("DATABASE_URL", message)
    if settings.store_kind == "memory" and settings.workers > 1:
        read.fault("WORKERS", "must be 1 with DATABASE_URL=memory://, since each worker would keep its own data")


def _check_keys(settings: Settings, read: Variables) -> None:
    if settings.is_production and not settings.secret_key:
        read.fault("SECRET_KEY", f"production needs one; {_GENERATE_KEY}")
    if "," in settings.secret_key:
        read.fault("SECRET_KEY", "must hold no comma, which separates the keys in SECRET_KEY_PREVIOUS")
    keys = [("SECRET_KEY", settings.secret_key)] if settings.secret_key else []
    keys += [("SECRET_KEY_PREVIOUS", key) for key in settings.previous_secret_keys]
    for name, key in keys:
        if len(key.encode()) < SECRET_KEY_LEAST_BYTES:
            read.fault(name, f"a key must have at least {SECRET_KEY_LEAST_BYTES} bytes; {_GENERATE_KEY}")
        elif settings.is_production and is_well_known(key):
            read.fault(name, f"a key must not be a placeholder or a pattern; {_GENERATE_KEY}")


def _check_network(settings: Settings, read: Variables) -> None:
    if not re.fullmatch(r"[A-Za-z0-9._:%-]+", settings.host):
        read.fault("HOST", "must be an address or a host name, such as 127.0.0.1 or 0.0.0.0")
    if settings.cors_origins == ("*",):
        if settings.is_production:
            read.fault("CORS_ORIGINS", "production needs the origins by name, such as https://app.example.org")
        return
    for origin in settings.cors_origins:
        if not _ORIGIN.fullmatch(origin):
            read.fault(
                "CORS_ORIGINS",
                f"{masked_url(origin)[:100]!r} is no origin; write scheme://host or scheme://host:port "
                "with nothing after it, several separated by commas, or * alone",
            )


def _with_kept_secret_key(settings: Settings) -> Settings:
    try:
        key = kept_secret_key(settings.data_dir)
    except OSError as error:
        raise SettingsError(Fault("DATA_DIR", f"{error.filename}: {error.strerror}")) from error
    except ValueError as error:
        raise SettingsError(Fault("SECRET_KEY", str(error))) from error
    sources = {**settings.sources, "SECRET_KEY": "DATA_DIR/secret_key"}
    return replace(settings, secret_key=key, sources=sources)


def _as_browsers_send_it(origin: str) -> str:
    # RFC 6454, section 6.2: lower case, and without the scheme's own port.
    origin = origin.lower()
    for scheme, port in (("http://", ":80"), ("https://", ":443")):
        if origin.startswith(scheme):
            return origin.removesuffix(port)
    return origin
