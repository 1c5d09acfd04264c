"""How the command line speaks: what went wrong, and what to run next."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from domain.errors import DomainError, Invalid, Unavailable
from entrypoints.settings import SettingsError


def in_words(error: DomainError) -> str:
    """Return what went wrong as text for a terminal."""
    match error:
        case SettingsError():
            return "\n".join([error.detail, *(f"  {fault.field}: {fault.message}" for fault in error.faults)])
        case Invalid():
            return "; ".join(f"{fault.field} {fault.message}" for fault in error.faults)
        case Unavailable(reason=str(reason)) if reason:
            return f"{error.detail}\n{reason}"
        case _:
            return error.detail


def program() -> str:
    """Return what to type in a shell to run this program: `satchel`, or its path where that is not found."""
    if shutil.which("satchel"):
        return "satchel"
    relative = os.path.relpath(sys.argv[0])
    # A shell looks for a name without a slash on the PATH alone.
    from_here = relative if os.sep in relative else f".{os.sep}{relative}"
    return shlex.quote(min(from_here, str(Path(sys.argv[0]).absolute()), key=len))
