"""Exports and imports on PostgreSQL."""

from tests.contracts import import_refusals, portability


class TestExport(portability.ExportContract):
    """On PostgreSQL."""


class TestImport(portability.ImportContract):
    """On PostgreSQL."""


class TestImportRefusal(import_refusals.ImportRefusalContract):
    """On PostgreSQL."""


class TestImportRaces(import_refusals.ImportRaceContract):
    """On PostgreSQL."""


class TestImportOwner(import_refusals.ImportOwnerContract):
    """On PostgreSQL."""
