"""What Satchel can be told: typed settings, and how they are shown without their secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

from domain.errors import DomainError, Fault
from entrypoints.database_url import MASK, masked_url

MEMORY_URL = "memory://"
POSTGRESQL = "postgresql://"
WORKERS_MOST = 64


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


class DatabasePooler(StrEnum):
    """What stands between Satchel and PostgreSQL."""

    NONE = "none"
    TRANSACTION = "transaction"


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
        signing_key_file: holds the Ed25519 key that signs tokens instead of `secret_key`.
        previous_signing_key_files: `SIGNING_KEY_FILE_PREVIOUS`, as for `previous_secret_keys`.
        port: 0 lets the system choose one.
        cors_origins: as browsers send them, or "*" alone.
        trusted_proxies: addresses and networks (CIDR) whose word on who the client is counts.
        webhook_allowed_networks: those that webhooks may reach although they are not public.
        rate_limit_requests: how many an account may make in a minute; 0 for any number.
        rate_limit_anonymous_requests: the same for an address from which nobody is signed in.
        rate_limit_sign_in_failures: how many a name or an address has in `rate_limit_sign_in_minutes`.
        webhook_delivery_days: how long it is known what became of telling a webhook.
        database_pool_size: connections of each worker process.
        database_pooler: what `database_url` leads to, instead of PostgreSQL itself.
        database_listen_url: where news of the same database is told, if not at `database_url`.
        database_read_url: a replica of it, to read lists from.
        max_body_bytes: the longest request body.
        max_connections: how many clients each worker process has at a time.
        shutdown_delay_seconds: how long requests are still taken once the end was asked for.
        metrics_port: where metrics are told, and nothing else; None for where all else is.
        traces_endpoint: where a collector takes traces, by OTLP over HTTP; None for no traces.
        metrics_token: what whoever asks for metrics shows.
        sources: for each variable, where its value comes from.
    """

    environment: Environment
    database_url: str | None = field(repr=False)
    data_dir: Path
    secret_key: str = field(repr=False)
    previous_secret_keys: tuple[str, ...] = field(repr=False)
    signing_key_file: Path | None
    previous_signing_key_files: tuple[Path, ...]
    host: str
    port: int
    workers: int
    cors_origins: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    webhook_allowed_networks: tuple[str, ...]
    signup_approval: SignupApproval
    password_policy: PasswordStrength
    access_token_minutes: int
    refresh_token_days: int
    rate_limit_requests: int
    rate_limit_anonymous_requests: int
    rate_limit_sign_in_failures: int
    rate_limit_sign_in_minutes: int
    webhook_delivery_days: int
    database_pool_size: int
    database_pooler: DatabasePooler
    database_listen_url: str | None = field(repr=False)
    database_read_url: str | None = field(repr=False)
    max_body_bytes: int
    max_connections: int
    shutdown_delay_seconds: int
    metrics_port: int | None
    metrics_token: str | None = field(repr=False)
    traces_endpoint: str | None
    log_level: LogLevel
    log_format: LogFormat
    sources: Mapping[str, str] = field(default_factory=dict[str, str], repr=False, compare=False)

    @property
    def is_production(self) -> bool:
        """Whether nothing may be taken for granted."""
        return self.environment is Environment.PRODUCTION

    @property
    def is_development(self) -> bool:
        """Whether everything is at hand for whoever works on something."""
        return self.environment is Environment.DEVELOPMENT

    @property
    def store_kind(self) -> Literal["memory", "postgresql", "foreign"]:
        """Which store keeps the data: one in memory is each process's own, a foreign one of another package."""
        if self.database_url == MEMORY_URL:
            return "memory"
        is_ours = self.database_url is None or self.database_url.startswith(POSTGRESQL)
        return "postgresql" if is_ours else "foreign"

    @property
    def is_database_pooled(self) -> bool:
        """Whether a pooler gives each transaction to any session of the server."""
        return self.database_pooler is DatabasePooler.TRANSACTION

    @property
    def hears_directly(self) -> bool:
        """Whether news has a way of its own, around what stands between Satchel and the database."""
        return self.database_listen_url is not None

    @property
    def connections_most(self) -> int:
        """How many connections all worker processes hold at most: each four at least, and one to listen."""
        return self.workers * (max(4, self.database_pool_size) + 1)

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
            "DATABASE_POOLER": self.database_pooler,
            "DATABASE_LISTEN_URL": masked_url(self.database_listen_url or ""),
            "DATABASE_READ_URL": masked_url(self.database_read_url or ""),
            "DATA_DIR": str(self.data_dir),
            "SECRET_KEY": MASK if self.secret_key else "(made at the first start)",
            "SECRET_KEY_PREVIOUS": ",".join(MASK for _ in self.previous_secret_keys),
            "SIGNING_KEY_FILE": str(self.signing_key_file or ""),
            "SIGNING_KEY_FILE_PREVIOUS": ",".join(map(str, self.previous_signing_key_files)),
            "HOST": self.host,
            "PORT": str(self.port),
            "WORKERS": str(self.workers),
            "CORS_ORIGINS": ",".join(self.cors_origins),
            "TRUSTED_PROXIES": ",".join(self.trusted_proxies),
            "WEBHOOK_ALLOWED_NETWORKS": ",".join(self.webhook_allowed_networks),
            "WEBHOOK_DELIVERY_DAYS": str(self.webhook_delivery_days),
            "MAX_BODY_BYTES": str(self.max_body_bytes),
            "MAX_CONNECTIONS": str(self.max_connections),
            "SHUTDOWN_DELAY_SECONDS": str(self.shutdown_delay_seconds),
            "SIGNUP_APPROVAL": self.signup_approval,
            "PASSWORD_POLICY": self.password_policy,
            "ACCESS_TOKEN_MINUTES": str(self.access_token_minutes),
            "REFRESH_TOKEN_DAYS": str(self.refresh_token_days),
            "RATE_LIMIT_REQUESTS": str(self.rate_limit_requests),
            "RATE_LIMIT_ANONYMOUS_REQUESTS": str(self.rate_limit_anonymous_requests),
            "RATE_LIMIT_SIGN_IN_FAILURES": str(self.rate_limit_sign_in_failures),
            "RATE_LIMIT_SIGN_IN_MINUTES": str(self.rate_limit_sign_in_minutes),
            "METRICS_PORT": str(self.metrics_port or ""),
            "METRICS_TOKEN": MASK if self.metrics_token else "",
            "TRACES_ENDPOINT": masked_url(self.traces_endpoint or ""),
            "LOG_LEVEL": self.log_level,
            "LOG_FORMAT": self.log_format,
        }
