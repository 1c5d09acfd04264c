"""Settings: what is read, what is refused, and what is never shown."""

import os
import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dotenv import dotenv_values

from entrypoints.secret_key import kept_secret_key
from entrypoints.settings import (
    Environment,
    LogFormat,
    LogLevel,
    Settings,
    SettingsError,
    SignupApproval,
    load_settings,
    masked_url,
)

CHECKOUT = Path(__file__).parents[2]
KEY = "Zk3v9QpX7dL2sW8eRt5yUu1iOo4pAa6sDd0f"
PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://satchel:s3cret@db.internal:5432/satchel",
    "SECRET_KEY": KEY,
}

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load settings from these variables alone, in an empty folder."""

    def load(**variables: str) -> Settings:
        return load_settings(variables, directory=tmp_path)

    return load


@pytest.fixture
def faults_of(load: Load) -> Callable[..., dict[str, str]]:
    """Return what is wrong with these variables, by name."""

    def faults_of(**variables: str) -> dict[str, str]:
        with pytest.raises(SettingsError) as refused:
            load(**variables)
        return {fault.field: fault.message for fault in refused.value.faults}

    return faults_of


FaultsOf = Callable[..., dict[str, str]]


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
    settings = load(
        **PRODUCTION,
        DATA_DIR="elsewhere",
        SECRET_KEY_PREVIOUS=f"{KEY[::-1]}, {KEY.swapcase()},",
        HOST="::1",
        PORT="0",
        WORKERS="4",
        CORS_ORIGINS="https://app.example.org, https://App.example.org:443,http://[::1]:3000",
        SIGNUP_APPROVAL="Automatic",
        ACCESS_TOKEN_MINUTES="5",
        REFRESH_TOKEN_DAYS="7",
        DATABASE_POOL_SIZE="2",
        MAX_BODY_BYTES="2048",
        LOG_LEVEL="WARNING",
        LOG_FORMAT="console",
    )
    assert settings == Settings(
        environment=Environment.PRODUCTION,
        database_url=PRODUCTION["DATABASE_URL"],
        data_dir=tmp_path / "elsewhere",
        secret_key=KEY,
        previous_secret_keys=(KEY[::-1], KEY.swapcase()),
        host="::1",
        port=0,
        workers=4,
        cors_origins=("https://app.example.org", "http://[::1]:3000"),
        signup_approval=SignupApproval.AUTOMATIC,
        access_token_minutes=5,
        refresh_token_days=7,
        database_pool_size=2,
        max_body_bytes=2048,
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


def test_every_fault_is_named_at_once(faults_of: FaultsOf) -> None:
    faults = faults_of(
        ENVIRONMENT="production",
        SECRET_KEY_PREVIOUS="short",
        PORT="70000",
        WORKERS="none",
        HOST="http://localhost",
        CORS_ORIGINS="*",
        SIGNUP_APPROVAL="nobody",
        ACCESS_TOKEN_MINUTES="0",
        REFRESH_TOKEN_DAYS="1000",
        DATABASE_POOL_SIZE="1",
        MAX_BODY_BYTES="1",
        LOG_LEVEL="loud",
        LOG_FORMAT="xml",
    )
    assert set(faults) == {
        "DATABASE_URL", "SECRET_KEY", "SECRET_KEY_PREVIOUS", "PORT", "WORKERS", "HOST", "CORS_ORIGINS",
        "SIGNUP_APPROVAL", "ACCESS_TOKEN_MINUTES", "REFRESH_TOKEN_DAYS", "DATABASE_POOL_SIZE", "MAX_BODY_BYTES",
        "LOG_LEVEL", "LOG_FORMAT",
    }  # fmt: skip
    assert faults["LOG_FORMAT"] == "must be one of console, json"
    assert faults["PORT"] == "must be a whole number from 0 to 65535"


@pytest.mark.parametrize("value", ["-1", "65536", "8080.0", "eighty", "\u0668\u0660", "0x50", "1_000", "9" * 5000])
def test_a_port_is_a_plain_number_within_bounds(faults_of: FaultsOf, value: str) -> None:
    assert set(faults_of(PORT=value)) == {"PORT"}


def test_an_unknown_environment_is_refused_with_the_known_ones(faults_of: FaultsOf) -> None:
    assert faults_of(ENVIRONMENT="prod") == {"ENVIRONMENT": "must be one of development, production, testing"}


class TestDatabaseUrl:
    """`DATABASE_URL` is libpq's form of a URL, or the in-memory store."""

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://localhost/satchel",
            "postgresql://ada:p%40ss@db:5433/satchel?sslmode=require",
            "postgresql:///satchel?host=/run/postgresql",
            "postgresql://ada@[::1]/satchel",
        ],
    )
    def test_a_postgresql_url_is_taken_as_it_is(self, load: Load, url: str) -> None:
        assert load(DATABASE_URL=url).database_url == url

    def test_memory_is_taken_outside_production(self, load: Load) -> None:
        assert load(DATABASE_URL="memory://").store_kind == "memory"

    @pytest.mark.parametrize(
        "url",
        ["sqlite:///x.db", "mysql://a:hunter2@b/c", "postgresql+psycopg://a:hunter2@b/c", "hunter2", "memory://x"],
    )
    def test_anything_else_is_refused_with_what_to_write(self, faults_of: FaultsOf, url: str) -> None:
        message = faults_of(DATABASE_URL=url)["DATABASE_URL"]
        assert "postgresql://USER:PASSWORD@HOST" in message
        assert "hunter2" not in message

    def test_the_short_scheme_is_refused_with_the_long_one(self, faults_of: FaultsOf) -> None:
        message = faults_of(DATABASE_URL="postgres://ada:hunter2@db/satchel")["DATABASE_URL"]
        assert message == "write postgresql://ada:********@db/satchel"

    @pytest.mark.parametrize("password", ["hunt/er2", "hunt#er2", "hunt?er2", "hunt[er2"])
    def test_a_password_that_breaks_the_url_is_refused_unseen(self, faults_of: FaultsOf, password: str) -> None:
        message = faults_of(DATABASE_URL=f"postgresql://ada:{password}@db/satchel")["DATABASE_URL"]
        assert "percent-encoded" in message
        assert "er2" not in message

    @pytest.mark.parametrize("port", ["x", "70000", "0"])
    def test_a_port_that_is_none_is_refused(self, faults_of: FaultsOf, port: str) -> None:
        assert set(faults_of(DATABASE_URL=f"postgresql://db:{port}/satchel")) == {"DATABASE_URL"}

    def test_memory_goes_with_one_worker_only(self, faults_of: FaultsOf) -> None:
        assert set(faults_of(DATABASE_URL="memory://", WORKERS="2")) == {"WORKERS"}

    @pytest.mark.parametrize("url", ["", "memory://"])
    def test_production_needs_a_real_one(self, faults_of: FaultsOf, url: str) -> None:
        assert set(faults_of(**PRODUCTION | {"DATABASE_URL": url})) == {"DATABASE_URL"}


class TestSecretKey:
    """`SECRET_KEY` is long, one's own, and made by Satchel itself outside production."""

    @pytest.mark.parametrize("environment", list(Environment))
    def test_a_short_key_is_refused_everywhere(self, faults_of: FaultsOf, environment: Environment) -> None:
        short = KEY[:31]
        faults = faults_of(**PRODUCTION | {"ENVIRONMENT": environment, "SECRET_KEY": short})
        assert set(faults) == {"SECRET_KEY"}
        assert short not in faults["SECRET_KEY"]
        assert "secrets.token_urlsafe" in faults["SECRET_KEY"]

    def test_length_is_counted_in_bytes(self, load: Load) -> None:
        assert load(SECRET_KEY="äöüßéèêñçåøæœšžł").secret_key.startswith("ä")

    @pytest.mark.parametrize(
        "key",
        [
            "x" * 40,
            "changeme-changeme-changeme-changeme",
            "dev-secret-key-not-for-production-use-0001",
            "your-super-secret-key-here-1234567890abc",
            "django-insecure-8zv!q2$k^l0w@n3m5x7c9b1v4",
            "0123456789abcdef0123456789abcdef",
            "abababcabababcabcabcabcaaabbbcccabc",
        ],
    )
    def test_production_refuses_what_others_know_or_guess(self, faults_of: FaultsOf, key: str) -> None:
        faults = faults_of(**PRODUCTION | {"SECRET_KEY": key, "SECRET_KEY_PREVIOUS": key})
        assert set(faults) == {"SECRET_KEY", "SECRET_KEY_PREVIOUS"}
        assert all(key not in message for message in faults.values())

    def test_production_takes_what_the_advice_generates(self, load: Load) -> None:
        for make in (secrets.token_urlsafe, secrets.token_hex):
            key = make(48)
            assert load(**PRODUCTION | {"SECRET_KEY": key}).secret_key == key

    def test_a_comma_is_refused_since_the_former_keys_are_a_list(self, faults_of: FaultsOf) -> None:
        assert set(faults_of(SECRET_KEY=f"{KEY},{KEY}")) == {"SECRET_KEY"}

    @pytest.mark.parametrize("key", [f"{KEY}\udcff", f"{KEY}\n{KEY}", f"{KEY}\x00"])
    def test_a_key_that_is_no_line_of_text_is_refused(self, faults_of: FaultsOf, key: str) -> None:
        assert set(faults_of(SECRET_KEY=key)) == {"SECRET_KEY"}

    def test_outside_production_it_is_made_once_for_the_owner_alone(self, load: Load, tmp_path: Path) -> None:
        first, second = load(), load(ENVIRONMENT="testing")
        assert first.secret_key == second.secret_key
        assert len(first.secret_key) >= 32
        kept = tmp_path / ".satchel" / "secret_key"
        assert kept.stat().st_mode & 0o777 == 0o600
        assert first.sources["SECRET_KEY"] == "DATA_DIR/secret_key"
        assert list(kept.parent.iterdir()) == [kept]

    def test_no_key_is_made_for_settings_that_are_refused(self, faults_of: FaultsOf, tmp_path: Path) -> None:
        faults_of(PORT="x")
        assert list(tmp_path.iterdir()) == []

    def test_all_who_come_at_once_get_the_same_key(self, tmp_path: Path) -> None:
        folder = tmp_path / "new"
        with ThreadPoolExecutor(8) as pool:
            keys = set(pool.map(kept_secret_key, [folder] * 32))
        assert len(keys) == 1
        assert [file.name for file in folder.iterdir()] == ["secret_key"]

    @pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 48])
    def test_a_kept_file_without_a_key_is_refused_with_advice(
        self, faults_of: FaultsOf, tmp_path: Path, content: bytes
    ) -> None:
        (tmp_path / ".satchel").mkdir()
        (tmp_path / ".satchel" / "secret_key").write_bytes(content)
        message = faults_of()["SECRET_KEY"]
        assert str(tmp_path / ".satchel" / "secret_key") in message
        assert "delete it" in message

    def test_a_kept_file_that_cannot_be_read_is_refused(self, faults_of: FaultsOf, tmp_path: Path) -> None:
        (tmp_path / ".satchel" / "secret_key").mkdir(parents=True)
        assert "secret_key" in faults_of()["DATA_DIR"]

    def test_a_folder_that_cannot_be_made_is_refused(self, faults_of: FaultsOf, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert set(faults_of(DATA_DIR="file/folder")) == {"DATA_DIR"}


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


class TestSecrets:
    """No secret leaves the settings but by its own field."""

    def test_no_representation_holds_one(self, load: Load) -> None:
        settings = load(**PRODUCTION | {"SECRET_KEY_PREVIOUS": KEY[::-1]})
        for shown in (repr(settings), str(settings), str(settings.masked())):
            assert not any(secret in shown for secret in (KEY, KEY[::-1], "s3cret"))

    def test_the_masked_form_tells_the_rest(self, load: Load) -> None:
        masked = load(**PRODUCTION | {"SECRET_KEY_PREVIOUS": KEY[::-1]}).masked()
        assert masked["DATABASE_URL"] == "postgresql://satchel:********@db.internal:5432/satchel"
        assert masked["SECRET_KEY"] == masked["SECRET_KEY_PREVIOUS"] == "********"
        assert masked["PORT"] == "8080"

    @pytest.mark.parametrize(
        ("url", "masked"),
        [
            ("postgresql://ada:p@ss@db/x", "postgresql://ada:********@db/x"),
            ("postgresql://:pw@db/x", "postgresql://:********@db/x"),
            ("postgresql://db/x?user=a&password=pw&a=b", "postgresql://db/x?user=a&password=********&a=b"),
            ("postgresql://ada@db/x", "postgresql://ada@db/x"),
            ("postgresql://db:5432/x", "postgresql://db:5432/x"),
        ],
    )
    def test_every_password_of_a_url_is_masked(self, url: str, masked: str) -> None:
        assert masked_url(url) == masked


def test_the_process_stays_untouched(load: Load) -> None:
    before = dict(os.environ)
    load(**PRODUCTION)
    assert dict(os.environ) == before
