"""Reading settings in a folder of a test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from entrypoints.settings import Settings, SettingsError
from entrypoints.settings_reading import load_settings

KEY = "Zk3v9QpX7dL2sW8eRt5yUu1iOo4pAa6sDd0f"
PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://satchel:s3cret@db.internal:5432/satchel",
    "SECRET_KEY": KEY,
}

Load = Callable[..., Settings]
FaultsOf = Callable[..., dict[str, str]]


def loading_in(directory: Path) -> Load:
    """Return what loads settings from these variables and the folder's `.env` alone."""

    def load(**variables: str) -> Settings:
        return load_settings(variables, directory=directory)

    return load


def faults_in(directory: Path) -> FaultsOf:
    """Return what tells what is wrong with these variables, by name."""

    def faults_of(**variables: str) -> dict[str, str]:
        with pytest.raises(SettingsError) as refused:
            load_settings(variables, directory=directory)
        return {fault.field: fault.message for fault in refused.value.faults}

    return faults_of
