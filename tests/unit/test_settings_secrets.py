"""Settings: which keys are good enough, where one is kept, and what is never shown."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from entrypoints.database_url import masked_url
from entrypoints.secret_key import kept_secret_key
from entrypoints.settings import Environment
from entrypoints.settings_reading import read_settings
from tests.unit.settings_reading import KEY, PRODUCTION, FaultsOf, Load, faults_in, loading_in


@pytest.fixture
def load(tmp_path: Path) -> Load:
    return loading_in(tmp_path)


@pytest.fixture
def faults_of(tmp_path: Path) -> FaultsOf:
    return faults_in(tmp_path)


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

    def test_to_look_at_the_settings_makes_none(self, tmp_path: Path) -> None:
        seen = read_settings({}, directory=tmp_path)
        assert seen.masked()["SECRET_KEY"] == "(made at the first start)"
        assert seen.sources["SECRET_KEY"] == "default"
        assert list(tmp_path.iterdir()) == []

    def test_to_look_at_the_settings_finds_the_one_that_was_made(self, load: Load, tmp_path: Path) -> None:
        made = load()
        seen = read_settings({}, directory=tmp_path)
        assert seen == made
        assert seen.sources == made.sources
        assert seen.masked()["SECRET_KEY"] == "********"

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
