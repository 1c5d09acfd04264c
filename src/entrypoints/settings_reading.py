"""Reading the settings from the environment and `.env`. Every fault is named at once, and no secret is shown."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from domain.errors import Fault
from entrypoints.container import Container
from entrypoints.database_url import PORT_MOST, masked_url, url_fault
from entrypoints.foreign_storage import foreign_schemes, scheme_of
from entrypoints.http.authentication import B64TOKEN
from entrypoints.secret_key import SECRET_KEY_LEAST_BYTES, is_well_known, kept_secret_key
from entrypoints.settings import (
    POSTGRESQL,
    WORKERS_MOST,
    DatabasePooler,
    Environment,
    LogFormat,
    LogLevel,
    PasswordStrength,
    Settings,
    SettingsError,
    SignupApproval,
)
from entrypoints.variables import Variables

DEVELOPMENT_CORS_ORIGINS = ("http://localhost:5173", "http://localhost:3000")

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_COLLECTOR = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?/[A-Za-z0-9._/-]*")
_SEVERAL_HOSTS = re.compile(r"postgresql://(?:[^/]*@|(?![^/]*@))[^/@]*,")
_GENERATE_KEY = "generate one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"


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
        directory: where `.env` is, and what relative paths start from; the working directory by default.

    Raises:
        SettingsError: with every fault.
    """
    directory = directory or Path.cwd()
    read = Variables(os.environ if environ is None else environ, directory / ".env")
    environment = read.choice("ENVIRONMENT", Environment.DEVELOPMENT)
    production = environment is Environment.PRODUCTION
    development = environment is Environment.DEVELOPMENT
    data_dir = directory / read.text("DATA_DIR", ".satchel")
    secret_key = read.secret("SECRET_KEY")
    signing_key_file = read.text("SIGNING_KEY_FILE", "")
    origins = read.list("CORS_ORIGINS", DEVELOPMENT_CORS_ORIGINS if development else ())
    settings = Settings(
        environment=environment,
        database_url=read.secret("DATABASE_URL") or None,
        data_dir=data_dir,
        secret_key=secret_key,
        previous_secret_keys=read.secret_list("SECRET_KEY_PREVIOUS"),
        signing_key_file=directory / signing_key_file if signing_key_file else None,
        previous_signing_key_files=tuple(directory / name for name in read.list("SIGNING_KEY_FILE_PREVIOUS", ())),
        host=read.text("HOST", "127.0.0.1"),
        port=read.integer("PORT", 8080, least=0, most=PORT_MOST),
        workers=read.integer("WORKERS", 1, least=1, most=WORKERS_MOST),
        cors_origins=tuple(dict.fromkeys(map(_as_browsers_send_it, origins))),
        trusted_proxies=read.list("TRUSTED_PROXIES", ()),
        webhook_allowed_networks=read.list("WEBHOOK_ALLOWED_NETWORKS", ()),
        signup_approval=read.choice(
            "SIGNUP_APPROVAL", SignupApproval.ADMIN if production else SignupApproval.AUTOMATIC
        ),
        password_policy=read.choice(
            "PASSWORD_POLICY", PasswordStrength.BASIC if development else PasswordStrength.STRICT
        ),
        access_token_minutes=read.integer("ACCESS_TOKEN_MINUTES", 15, least=1, most=24 * 60),
        refresh_token_days=read.integer("REFRESH_TOKEN_DAYS", 30, least=1, most=365),
        rate_limit_requests=read.integer("RATE_LIMIT_REQUESTS", 60_000 if production else 0, least=0, most=10**6),
        rate_limit_anonymous_requests=read.integer(
            "RATE_LIMIT_ANONYMOUS_REQUESTS", 6_000 if production else 0, least=0, most=10**6
        ),
        rate_limit_sign_in_failures=read.integer("RATE_LIMIT_SIGN_IN_FAILURES", 10, least=1, most=10_000),
        rate_limit_sign_in_minutes=read.integer("RATE_LIMIT_SIGN_IN_MINUTES", 15, least=1, most=24 * 60),
        webhook_delivery_days=read.integer("WEBHOOK_DELIVERY_DAYS", 30, least=1, most=3_650),
        database_pool_size=read.integer("DATABASE_POOL_SIZE", 10, least=2, most=100),
        database_pooler=read.choice("DATABASE_POOLER", DatabasePooler.NONE),
        database_listen_url=read.secret("DATABASE_LISTEN_URL") or None,
        database_read_url=read.secret("DATABASE_READ_URL") or None,
        max_body_bytes=read.integer("MAX_BODY_BYTES", 1024**2, least=1024, most=1024**3),
        max_connections=read.integer("MAX_CONNECTIONS", 6_000, least=10, most=1_000_000),
        shutdown_delay_seconds=read.integer("SHUTDOWN_DELAY_SECONDS", 5 if production else 0, least=0, most=300),
        metrics_port=read.integer("METRICS_PORT", 0, least=0, most=PORT_MOST) or None,
        metrics_token=read.secret("METRICS_TOKEN") or None,
        traces_endpoint=read.text("TRACES_ENDPOINT", "") or None,
        log_level=read.choice("LOG_LEVEL", LogLevel.INFO),
        log_format=read.choice("LOG_FORMAT", LogFormat.CONSOLE if development else LogFormat.JSON),
        sources=read.sources,
    )
    # Unlike Path.exists, os.access takes what may not be looked at for absent.
    if os.access(data_dir, os.F_OK) and not data_dir.is_dir():
        read.fault("DATA_DIR", "is a file; must be a folder")
    _check_database(settings, read)
    _check_keys(settings, read)
    _check_key_files(settings, read)
    _check_network(settings, read)
    _check_metrics(settings, read)
    _check_traces(settings, read)
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
    elif url is not None and settings.store_kind == "foreign":
        if scheme_of(url) not in foreign_schemes():
            read.fault(
                "DATABASE_URL",
                "must be postgresql://USER:PASSWORD@HOST:5432/NAME, or memory:// for a demo that forgets; "
                "outside production, leave it out to use the embedded PostgreSQL",
            )
    elif url is not None and (message := url_fault(url)):
        read.fault("DATABASE_URL", message)
    _check_beside("DATABASE_LISTEN_URL", settings.database_listen_url, read)
    _check_beside("DATABASE_READ_URL", settings.database_read_url, read)
    if settings.database_read_url and (url is None or settings.store_kind != "postgresql"):
        read.fault("DATABASE_READ_URL", "a replica is one of the server that DATABASE_URL leads to; set that, too")
    elif _SEVERAL_HOSTS.match(settings.database_read_url or ""):
        read.fault("DATABASE_READ_URL", "must lead to one server; other instances may have other replicas")
    if settings.store_kind == "memory" and settings.workers > 1:
        read.fault("WORKERS", "must be 1 with DATABASE_URL=memory://, since each worker would keep its own data")


def _check_beside(name: str, url: str | None, read: Variables) -> None:
    if url is not None and not url.startswith(POSTGRESQL):
        read.fault(name, "must be postgresql://USER:PASSWORD@HOST:5432/NAME")
    elif url is not None and (message := url_fault(url)):
        read.fault(name, message)


def _check_keys(settings: Settings, read: Variables) -> None:
    if settings.is_production and not settings.secret_key:
        read.fault("SECRET_KEY", f"production needs one; {_GENERATE_KEY}")
    if "," in settings.secret_key:
        read.fault("SECRET_KEY", "must hold no comma, which separates the keys in SECRET_KEY_PREVIOUS")
    if settings.secret_key and (weakness := _weakness(settings.secret_key, settings)):
        read.fault("SECRET_KEY", f"{weakness}; {_GENERATE_KEY}")
    for place, key in enumerate(settings.previous_secret_keys, start=1):
        if weakness := _weakness(key, settings):
            read.fault("SECRET_KEY_PREVIOUS", f"key {place}: {weakness}")


def _check_metrics(settings: Settings, read: Variables) -> None:
    if settings.metrics_token and (weakness := _weakness(settings.metrics_token, settings)):
        read.fault("METRICS_TOKEN", f"{weakness}; {_GENERATE_KEY}")
    elif settings.metrics_token and not B64TOKEN.fullmatch(settings.metrics_token):
        read.fault("METRICS_TOKEN", "must be of letters, digits and ._~+/- only, as a Bearer token is")
    if settings.metrics_port is not None and settings.metrics_port == settings.port:
        read.fault("METRICS_PORT", "must be another than PORT")


def _check_traces(settings: Settings, read: Variables) -> None:
    if settings.traces_endpoint is None:
        return
    if not _COLLECTOR.fullmatch(settings.traces_endpoint):
        read.fault("TRACES_ENDPOINT", "must be an address such as http://127.0.0.1:4318/v1/traces")
    if not Container.can_trace():
        read.fault("TRACES_ENDPOINT", "needs what Satchel leaves out by default: pip install 'satchel[tracing]'")


def _weakness(key: str, settings: Settings) -> str | None:
    if len(key.encode()) < SECRET_KEY_LEAST_BYTES:
        return f"a key must have at least {SECRET_KEY_LEAST_BYTES} bytes"
    if settings.is_production and is_well_known(key):
        return "a key must not be a placeholder or a pattern"
    return None


def _check_key_files(settings: Settings, read: Variables) -> None:
    if settings.signing_key_file is not None:
        try:
            Container.read_signing_key(settings.signing_key_file)
        except ValueError as error:
            read.fault("SIGNING_KEY_FILE", str(error))
    for place, file in enumerate(settings.previous_signing_key_files, start=1):
        try:
            Container.read_verification_key(file)
        except ValueError as error:
            # Counted, not named: what stands there may be the key itself, pasted into the wrong place.
            read.fault("SIGNING_KEY_FILE_PREVIOUS", f"file {place}: {error}")


def _check_network(settings: Settings, read: Variables) -> None:
    if not re.fullmatch(r"[A-Za-z0-9._:%-]+", settings.host):
        read.fault("HOST", "must be an address or a host name, such as 127.0.0.1 or 0.0.0.0")
    _check_networks("TRUSTED_PROXIES", settings.trusted_proxies, read)
    _check_networks("WEBHOOK_ALLOWED_NETWORKS", settings.webhook_allowed_networks, read)
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


def _check_networks(name: str, networks: tuple[str, ...], read: Variables) -> None:
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            read.fault(
                name,
                f"{network[:100]!r} is neither an address such as 10.0.0.7 nor a network such as 10.0.0.0/24, "
                "whose bits after the prefix are 0; separate several by commas",
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
