"""Traces are an extra: whoever asks for them without it is told what to install."""

import sys
from pathlib import Path

import pytest

from entrypoints.settings import SettingsError
from entrypoints.settings_reading import read_settings

ENDPOINT = "http://127.0.0.1:4318/v1/traces"


def faults(tmp_path: Path, endpoint: str) -> list[str]:
    """Return what is wrong with the setting."""
    try:
        read_settings({"TRACES_ENDPOINT": endpoint}, directory=tmp_path)
    except SettingsError as error:
        return [fault.message for fault in error.faults if fault.field == "TRACES_ENDPOINT"]
    return []


def test_without_it_the_fault_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "opentelemetry"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    (fault,) = faults(tmp_path, ENDPOINT)
    assert "pip install 'satchel[tracing]'" in fault


def test_with_it_nothing_is_wrong(tmp_path: Path) -> None:
    assert faults(tmp_path, ENDPOINT) == []
    assert faults(tmp_path, "https://[::1]:4318/v1/traces") == []


@pytest.mark.parametrize(
    "endpoint", ["127.0.0.1:4318", "ftp://a/b", "http://u:secret@collector/v1/traces", "http://a b/"]
)
def test_an_address_must_be_one(tmp_path: Path, endpoint: str) -> None:
    (fault,) = faults(tmp_path, endpoint)
    assert "http://127.0.0.1:4318/v1/traces" in fault
    assert "secret" not in fault
