"""Settings: what is read, and what is refused."""

import os
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from dotenv import dotenv_values

from entrypoints.settings import (
    DatabasePooler,
    Environment,
    LogFormat,
    LogLevel,
    PasswordStrength,
    Settings,
    SettingsError,
    SignupApproval,
)
from entrypoints.settings_reading import load_settings
from tests.unit.settings_reading import KEY, PRODUCTION, FaultsOf, Load, faults_in, loading_in

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    return loading_in(tmp_path)


@pytest.fixture
def faults_of(tmp_path: Path) -> FaultsOf:
    return faults_in(tmp_path)


def test_development_needs_nothing(load: Load, tmp_path: Path) -> None:
    settings = load()
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.database_url is None
    assert settings.store_kind == "postgresql"
    assert settings.data_dir == tmp_path / ".satchel"
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8080, 1)
    assert settings.cors_origins == ("http://localhost:5173", "http://localhost:3000")
    assert settings.signup_approval is SignupApproval.AUTOMATIC
    assert (settings.access_token_minutes, settings.refresh_token_days) == (15, 30)
    assert (settings.rate_limit_requests, settings.rate_limit_anonymous_requests) == (0, 0)
    assert settings.webhook_delivery_days == 30
    assert (settings.rate_limit_sign_in_failures, settings.rate_limit_sign_in_minutes) == (10, 15)
    assert settings.trusted_proxies == ()
    assert (settings.signing_key_file, settings.previous_signing_key_files) == (None, ())
    assert settings.database_pool_size == 10
    assert settings.max_body_bytes == 1024 * 1024
    assert (settings.log_level, settings.log_format) == (LogLevel.INFO, LogFormat.CONSOLE)


def test_production_is_strict_by_default(load: Load) -> None:
    settings = load(**PRODUCTION)
    assert settings.is_production
    assert settings.cors_origins == ()
    assert settings.signup_approval is SignupApproval.ADMIN
    assert not settings.approves_automatically
    assert settings.log_format is LogFormat.JSON


def test_testing_lets_newcomers_in_and_logs_json(load: Load) -> None:
    settings = load(ENVIRONMENT="testing")
    assert settings.approves_automatically
    assert settings.cors_origins == ()
    assert settings.log_format is LogFormat.JSON


def test_every_variable_is_read(load: Load, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    for name in ("keys/new.pem", "keys/old.pem", "oldest.pem"):
        private = Ed25519PrivateKey.generate()
        (tmp_path / name).write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    settings = load(
        **PRODUCTION,
        DATA_DIR="elsewhere",
        SECRET_KEY_PREVIOUS=f"{KEY[::-1]}, {KEY.swapcase()},",
        SIGNING_KEY_FILE="keys/new.pem",
        SIGNING_KEY_FILE_PREVIOUS=f"keys/old.pem, {tmp_path}/oldest.pem",
        HOST="::1",
        PORT="0",
        WORKERS="4",
        CORS_ORIGINS="https://app.example.org, https://App.example.org:443,http://[::1]:3000",
        TRUSTED_PROXIES="10.0.0.7, 10.1.0.0/16,2001:db8::/32,",
        WEBHOOK_ALLOWED_NETWORKS="10.2.0.0/16, fd00::7",
        SIGNUP_APPROVAL="Automatic",
        PASSWORD_POLICY="basic",
        ACCESS_TOKEN_MINUTES="5",
        REFRESH_TOKEN_DAYS="7",
        RATE_LIMIT_REQUESTS="600",
        RATE_LIMIT_ANONYMOUS_REQUESTS="60",
        WEBHOOK_DELIVERY_DAYS="7",
        RATE_LIMIT_SIGN_IN_FAILURES="5",
        RATE_LIMIT_SIGN_IN_MINUTES="60",
        DATABASE_POOL_SIZE="2",
        DATABASE_POOLER="transaction",
        DATABASE_LISTEN_URL="postgresql://satchel@db.internal/satchel",
        DATABASE_READ_URL="postgresql://satchel@replica.internal/satchel",
        MAX_BODY_BYTES="2048",
        MAX_CONNECTIONS="500",
        SHUTDOWN_DELAY_SECONDS="20",
        METRICS_PORT="9100",
        METRICS_TOKEN=KEY.lower(),
        TRACES_ENDPOINT="http://collector.internal:4318/v1/traces",
        LOG_LEVEL="WARNING",
        LOG_FORMAT="console",
    )
    assert settings == Settings(
        environment=Environment.PRODUCTION,
        database_url=PRODUCTION["DATABASE_URL"],
        data_dir=tmp_path / "elsewhere",
        secret_key=KEY,
        previous_secret_keys=(KEY[::-1], KEY.swapcase()),
        signing_key_file=tmp_path / "keys" / "new.pem",
        previous_signing_key_files=(tmp_path / "keys" / "old.pem", tmp_path / "oldest.pem"),
        host="::1",
        port=0,
        workers=4,
        cors_origins=("https://app.example.org", "http://[::1]:3000"),
        trusted_proxies=("10.0.0.7", "10.1.0.0/16", "2001:db8::/32"),
        webhook_allowed_networks=("10.2.0.0/16", "fd00::7"),
        signup_approval=SignupApproval.AUTOMATIC,
        password_policy=PasswordStrength.BASIC,
        access_token_minutes=5,
        refresh_token_days=7,
        rate_limit_requests=600,
        rate_limit_anonymous_requests=60,
        webhook_delivery_days=7,
        rate_limit_sign_in_failures=5,
        rate_limit_sign_in_minutes=60,
        database_pool_size=2,
        database_pooler=DatabasePooler.TRANSACTION,
        database_listen_url="postgresql://satchel@db.internal/satchel",
        database_read_url="postgresql://satchel@replica.internal/satchel",
        max_body_bytes=2048,
        max_connections=500,
        shutdown_delay_seconds=20,
        metrics_port=9100,
        metrics_token=KEY.lower(),
        traces_endpoint="http://collector.internal:4318/v1/traces",
        log_level=LogLevel.WARNING,
        log_format=LogFormat.CONSOLE,
    )
    assert settings.all_secret_keys == (KEY, KEY[::-1], KEY.swapcase())


def test_the_environment_counts_before_the_file_and_an_empty_variable_not_at_all(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"PORT=1111\nWORKERS=3\nHOST=0.0.0.0\nSECRET_KEY='{KEY}$HOME'\n")
    settings = load_settings({"PORT": "2222", "HOST": "  "}, directory=tmp_path)
    assert (settings.port, settings.workers, settings.host) == (2222, 3, "0.0.0.0")  # noqa: S104  # not bound
    assert settings.secret_key == f"{KEY}$HOME"
    assert settings.sources["PORT"] == "environment"
    assert settings.sources["WORKERS"] == ".env"
    assert settings.sources["LOG_LEVEL"] == "default"


def test_the_process_environment_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "3333")
    monkeypatch.setenv("SECRET_KEY", KEY)
    assert load_settings().port == 3333


def test_an_env_file_that_is_no_text_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PORT=\xff\n")
    with pytest.raises(SettingsError, match="settings") as refused:
        load_settings({}, directory=tmp_path)
    assert [fault.field for fault in refused.value.faults] == [".env"]


def test_lines_of_an_env_file_that_say_nothing_are_faults_named_by_their_number(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT 80\n# note\nHOST=::1\n\n\nSECRET_KEY='hunter2\nWORKERS=0\n")
    with pytest.raises(SettingsError) as refused:
        load_settings({}, directory=tmp_path)
    assert [(fault.field, fault.message) for fault in refused.value.faults] == [
        (".env line 1", "write NAME=value"),
        (".env line 6", "write NAME=value"),
        ("WORKERS", "must be a whole number from 1 to 64"),
    ]


def test_a_folder_named_env_is_no_settings_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert load().port == 8080


def test_a_data_folder_that_is_a_file_is_refused(faults_of: FaultsOf, tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    assert faults_of(DATA_DIR="data") == {"DATA_DIR": "is a file; must be a folder"}
    assert faults_of(**PRODUCTION, DATA_DIR="data") == {"DATA_DIR": "is a file; must be a folder"}


def test_the_example_file_changes_nothing_and_names_every_variable(load: Load, tmp_path: Path) -> None:
    example = (CHECKOUT / ".env.example").read_text()
    (tmp_path / ".env").write_text(example)
    assert dotenv_values(tmp_path / ".env") == {}
    assert set(re.findall(r"^#([A-Z_]+)=", example, re.MULTILINE)) == set(load().masked())


def test_the_examples_values_are_those_that_development_has(load: Load, tmp_path: Path) -> None:
    example = (CHECKOUT / ".env.example").read_text()
    given = dict(re.findall(r"^#([A-Z_]+)=(.*)$", example, re.MULTILINE))
    told = {name: value for name, value in given.items() if "KEY" not in name and name != "DATABASE_URL"}
    defaults = load().masked() | {"DATA_DIR": ".satchel"}
    assert told == {name: defaults[name] for name in told}


def test_the_examples_key_is_refused_in_production(faults_of: FaultsOf) -> None:
    found = re.search(r"^#SECRET_KEY=(.+)$", (CHECKOUT / ".env.example").read_text(), re.MULTILINE)
    assert found is not None
    assert set(faults_of(**PRODUCTION | {"SECRET_KEY": found[1]})) == {"SECRET_KEY"}


@pytest.mark.parametrize("token", ["short", "changeme" * 5, "a b" * 20, "x" * 40])
def test_a_token_for_metrics_that_others_may_guess_or_nobody_can_send_is_refused(
    faults_of: FaultsOf, token: str
) -> None:
    assert set(faults_of(**PRODUCTION, METRICS_TOKEN=token)) == {"METRICS_TOKEN"}


def test_metrics_cannot_have_a_port_of_their_own_where_all_else_is(faults_of: FaultsOf) -> None:
    assert set(faults_of(**PRODUCTION, PORT="9100", METRICS_PORT="9100")) == {"METRICS_PORT"}


def test_every_fault_is_named_at_once(faults_of: FaultsOf) -> None:
    faults = faults_of(
        ENVIRONMENT="production",
        SECRET_KEY_PREVIOUS="short",
        PORT="70000",
        WORKERS="none",
        HOST="http://localhost",
        CORS_ORIGINS="*",
        TRUSTED_PROXIES="*",
        WEBHOOK_ALLOWED_NETWORKS="*",
        SIGNUP_APPROVAL="nobody",
        ACCESS_TOKEN_MINUTES="0",
        REFRESH_TOKEN_DAYS="1000",
        RATE_LIMIT_REQUESTS="-1",
        RATE_LIMIT_ANONYMOUS_REQUESTS="1000001",
        WEBHOOK_DELIVERY_DAYS="0",
        RATE_LIMIT_SIGN_IN_FAILURES="0",
        RATE_LIMIT_SIGN_IN_MINUTES="1441",
        DATABASE_POOL_SIZE="1",
        MAX_BODY_BYTES="1",
        MAX_CONNECTIONS="1",
        SHUTDOWN_DELAY_SECONDS="301",
        LOG_LEVEL="loud",
        LOG_FORMAT="xml",
    )
    assert set(faults) == {
        "DATABASE_URL", "SECRET_KEY", "SECRET_KEY_PREVIOUS", "PORT", "WORKERS", "HOST", "CORS_ORIGINS",
        "TRUSTED_PROXIES", "SIGNUP_APPROVAL", "ACCESS_TOKEN_MINUTES", "REFRESH_TOKEN_DAYS",
        "RATE_LIMIT_REQUESTS", "RATE_LIMIT_ANONYMOUS_REQUESTS", "WEBHOOK_DELIVERY_DAYS",
        "RATE_LIMIT_SIGN_IN_FAILURES", "RATE_LIMIT_SIGN_IN_MINUTES", "DATABASE_POOL_SIZE", "MAX_BODY_BYTES",
        "LOG_LEVEL", "LOG_FORMAT", "WEBHOOK_ALLOWED_NETWORKS", "MAX_CONNECTIONS", "SHUTDOWN_DELAY_SECONDS",
    }  # fmt: skip
    assert faults["LOG_FORMAT"] == "must be one of console, json"
    assert faults["PORT"] == "must be a whole number from 0 to 65535"


@pytest.mark.parametrize("value", ["-1", "65536", "8080.0", "eighty", "\u0668\u0660", "0x50", "1_000", "9" * 5000])
def test_a_port_is_a_plain_number_within_bounds(faults_of: FaultsOf, value: str) -> None:
    assert set(faults_of(PORT=value)) == {"PORT"}


def test_an_unknown_environment_is_refused_with_the_known_ones(faults_of: FaultsOf) -> None:
    assert faults_of(ENVIRONMENT="prod") == {"ENVIRONMENT": "must be one of development, production, testing"}


class TestCorsOrigins:
    """`CORS_ORIGINS` holds origins as browsers send them."""

    @pytest.mark.parametrize(
        "origin",
        [
            "https://app.example.org/", "https://app.example.org/path", "app.example.org", "http://", "null",
            "https://*.example.org", "*,https://a.example", "https://ada:hunter2@example.org", "https://a b",
            "https://example.org:port",
        ],
    )  # fmt: skip
    def test_what_no_browser_sends_is_refused(self, faults_of: FaultsOf, origin: str) -> None:
        message = faults_of(CORS_ORIGINS=origin)["CORS_ORIGINS"]
        assert "scheme://host:port" in message
        assert "hunter2" not in message

    def test_any_origin_is_taken_outside_production_only(self, load: Load, faults_of: FaultsOf) -> None:
        assert load(CORS_ORIGINS="*").cors_origins == ("*",)
        assert set(faults_of(**PRODUCTION | {"CORS_ORIGINS": "*"})) == {"CORS_ORIGINS"}


@pytest.mark.parametrize("name", ["TRUSTED_PROXIES", "WEBHOOK_ALLOWED_NETWORKS"])
@pytest.mark.parametrize("text", ["*", "proxy.internal", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.7:80", "[::1]", "1"])
def test_what_is_neither_address_nor_network_is_refused(faults_of: FaultsOf, name: str, text: str) -> None:
    message = faults_of(**{name: f"127.0.0.1,{text}"})[name]
    assert message.startswith(f"{text!r} is neither an address such as 10.0.0.7 nor a network")


def test_the_process_stays_untouched(load: Load) -> None:
    before = dict(os.environ)
    load(**PRODUCTION)
    assert dict(os.environ) == before
