"""Settings: secrets that stand in files of their own, as Docker, Kubernetes and systemd hand them out."""

import os
from pathlib import Path

import pytest

from entrypoints.settings_reading import load_settings, read_settings
from tests.unit.settings_reading import KEY, PRODUCTION, FaultsOf, Load, faults_in, loading_in

URL = PRODUCTION["DATABASE_URL"]
SECRETS = ("SECRET_KEY", "SECRET_KEY_PREVIOUS", "DATABASE_URL", "DATABASE_LISTEN_URL")


@pytest.fixture
def load(tmp_path: Path) -> Load:
    return loading_in(tmp_path)


@pytest.fixture
def faults_of(tmp_path: Path) -> FaultsOf:
    return faults_in(tmp_path)


def test_every_secret_may_stand_in_a_file_with_or_without_a_line_break_at_its_end(
    load: Load, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    (tmp_path / "former").write_text(f"{KEY[::-1]},{KEY.swapcase()}\r\n")
    (tmp_path / "url").write_text(URL)
    settings = load(
        ENVIRONMENT="production",
        SECRET_KEY_FILE=str(tmp_path / "key"),
        SECRET_KEY_PREVIOUS_FILE="former",
        DATABASE_URL_FILE="url",
        DATABASE_LISTEN_URL_FILE="url",
    )
    assert settings.all_secret_keys == (KEY, KEY[::-1], KEY.swapcase())
    assert (settings.database_url, settings.database_listen_url) == (URL, URL)


def test_the_file_is_told_as_the_source_of_the_value(load: Load, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    settings = load(SECRET_KEY_FILE="key")
    assert settings.sources["SECRET_KEY"] == "SECRET_KEY_FILE"
    assert set(settings.sources) == set(settings.masked())


def test_the_variable_may_come_from_the_env_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    (tmp_path / ".env").write_text("SECRET_KEY_FILE=key\n")
    assert load_settings({}, directory=tmp_path).secret_key == KEY


def test_a_link_to_a_file_is_followed_since_mounted_secrets_are_links(load: Load, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "key").write_text(KEY)
    (tmp_path / "key").symlink_to("data/key")
    assert load(SECRET_KEY_FILE="key").secret_key == KEY


def test_outside_production_no_key_is_made_beside_one_in_a_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    load(SECRET_KEY_FILE="key")
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("missing", "there is no such file; give the path of one that holds the value and nothing else"),
        (".", "this is no regular file"),
        ("pipe", "this is no regular file"),
        ("key/below", "the file cannot be read: Not a directory"),
        ("empty", "the file is empty; write the value into it"),
        ("lines", "the file must hold one line of printable UTF-8 text, the value and nothing else"),
        ("bytes", "the file must hold one line of printable UTF-8 text, the value and nothing else"),
        ("long", "the file must hold one line of printable UTF-8 text, the value and nothing else"),
    ],
)
def test_a_file_that_holds_no_value_is_the_one_fault_that_is_told(
    faults_of: FaultsOf, tmp_path: Path, name: str, file: str, fault: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "lines").write_text(f"{KEY}\n{KEY}\n")
    (tmp_path / "bytes").write_bytes(b"\xff" * 48)
    (tmp_path / "long").write_text("k" * (64 * 1024 + 1))
    others = {other: value for other, value in PRODUCTION.items() if other != name}
    assert faults_of(**others, **{f"{name}_FILE": file}) == {f"{name}_FILE": fault}


@pytest.mark.parametrize("name", SECRETS)
def test_a_value_beside_its_file_is_refused_rather_than_chosen_from(
    faults_of: FaultsOf, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").write_text(KEY)
    given = PRODUCTION | {name: PRODUCTION.get(name, KEY if "KEY" in name else URL)}
    faults = faults_of(**given, **{f"{name}_FILE": "file"})
    assert faults == {f"{name}_FILE": f"is set beside {name}; leave one of them out"}


def test_what_is_wrong_with_the_value_is_told_of_the_variable_that_was_set(
    faults_of: FaultsOf, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("changeme-changeme-changeme-changeme")
    (tmp_path / "url").write_text("mysql://ada:hunter2@db/satchel")
    faults = faults_of(ENVIRONMENT="production", SECRET_KEY_FILE="key", DATABASE_URL_FILE="url")
    assert set(faults) == {"SECRET_KEY_FILE", "DATABASE_URL_FILE"}
    assert not any(secret in str(faults) for secret in ("changeme", "hunter2"))


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_pasted_in_place_of_a_path_is_not_repeated(faults_of: FaultsOf, name: str) -> None:
    for pasted in (KEY, URL, KEY * 100):
        faults = faults_of(**{f"{name}_FILE": pasted})
        assert set(faults) == {f"{name}_FILE"}
        assert pasted not in str(faults)


def test_what_is_shown_holds_no_secret_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "url").write_text(URL)
    seen = read_settings({"SECRET_KEY_FILE": "key", "DATABASE_URL_FILE": "url"}, directory=tmp_path)
    for shown in (repr(seen), str(seen.masked()), str(seen.sources)):
        assert not any(secret in shown for secret in (KEY, "s3cret"))
