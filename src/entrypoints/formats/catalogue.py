"""Every format that cheats are exported and imported in."""

from typing import Final

from entrypoints.formats.csv import CSV
from entrypoints.formats.json import JSON
from entrypoints.formats.markdown import MARKDOWN

FORMATS: Final = {known.name: known for known in (JSON, CSV, MARKDOWN)}
"""By name."""
