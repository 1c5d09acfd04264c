"""Settings: the files of signing keys, whose faults are told with all the others before anything starts."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from entrypoints.cli.main import main
from tests.unit.jwt_forging import OTHER_PRIVATE_KEY, PRIVATE_KEY, PUBLIC_PEM, private_pem
from tests.unit.settings_reading import PRODUCTION, FaultsOf, Load, faults_in, loading_in

ADVICE = "make one with: openssl genpkey -algorithm ed25519 -out signing-key.pem"


@pytest.fixture
def load(tmp_path: Path) -> Load:
    return loading_in(tmp_path)


@pytest.fixture
def faults_of(tmp_path: Path) -> FaultsOf:
    return faults_in(tmp_path)


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    (tmp_path / "private.pem").write_bytes(private_pem(PRIVATE_KEY))
    (tmp_path / "former.pem").write_bytes(private_pem(OTHER_PRIVATE_KEY))
    (tmp_path / "public.pem").write_bytes(PUBLIC_PEM)
    (tmp_path / "empty.pem").touch()
    (tmp_path / "other").write_text("hunter2")


def test_a_private_key_may_sign_and_either_half_of_a_former_one_verify(load: Load, tmp_path: Path) -> None:
    settings = load(
        **PRODUCTION, SIGNING_KEY_FILE="private.pem", SIGNING_KEY_FILE_PREVIOUS="public.pem,former.pem"
    )
    assert settings.signing_key_file == tmp_path / "private.pem"
    assert settings.previous_signing_key_files == (tmp_path / "public.pem", tmp_path / "former.pem")


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("missing.pem", "there is no such file"),
        ("empty.pem", "the file is empty"),
        ("other", "the file holds no private key in PEM form"),
        ("public.pem", "the file holds a public key, which cannot sign"),
        (".", "this is no regular file"),
    ],
)
def test_what_cannot_sign_is_refused_with_the_command_that_makes_a_key(
    faults_of: FaultsOf, file: str, fault: str
) -> None:
    assert faults_of(SIGNING_KEY_FILE=file) == {"SIGNING_KEY_FILE": f"{fault}; {ADVICE}"}


def test_a_former_key_that_cannot_verify_is_told_by_its_place(faults_of: FaultsOf) -> None:
    faults = faults_of(SIGNING_KEY_FILE_PREVIOUS="public.pem,empty.pem")
    assert faults == {"SIGNING_KEY_FILE_PREVIOUS": "file 2: the file is empty"}


@pytest.mark.parametrize("name", ["SIGNING_KEY_FILE", "SIGNING_KEY_FILE_PREVIOUS"])
def test_a_key_pasted_in_place_of_a_path_is_not_repeated(faults_of: FaultsOf, name: str) -> None:
    pasted = private_pem(PRIVATE_KEY).decode()
    for value in (pasted, pasted.replace("\n", ""), pasted.splitlines()[1]):
        faults = faults_of(**{name: value})
        assert set(faults) == {name}
        assert pasted.splitlines()[1] not in faults[name]


@pytest.mark.usefixtures("restored_logs")
@pytest.mark.parametrize("command", ["serve", "config", "users list"])
def test_commands_tell_it_with_every_other_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    variables = {"SIGNING_KEY_FILE": "other", "SIGNING_KEY_FILE_PREVIOUS": "missing.pem", "PORT": "x"}
    result = CliRunner(env=variables).invoke(main, command.split())
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "Error: Satchel cannot use these settings:",
        "  PORT: must be a whole number from 0 to 65535",
        f"  SIGNING_KEY_FILE: the file holds no private key in PEM form; {ADVICE}",
        "  SIGNING_KEY_FILE_PREVIOUS: file 1: there is no such file",
    ]
    assert "hunter2" not in result.output
