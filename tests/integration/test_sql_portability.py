"""Exports and imports on PostgreSQL."""

from tests.contracts import portability


class TestExport(portability.ExportContract):
    """On PostgreSQL."""


class TestImport(portability.ImportContract):
    """On PostgreSQL."""


class TestImportRefusal(portability.ImportRefusalContract):
    """On PostgreSQL."""


class TestImportRaces(portability.ImportRaceContract):
    """On PostgreSQL."""


class TestImportOwner(portability.ImportOwnerContract):
    """On PostgreSQL."""
