"""The page on performance: its commands take half an hour and more, so they are read here, and not carried out."""

import os
import re
import shlex
import shutil
import subprocess

import pytest

from benchmarks.options import read_options
from tests.documented import ROOT
from tests.unit.tests_on_pages import page

COMMANDS = re.findall(r"^make bench.*$", page("performance.md"), re.MULTILINE)


@pytest.mark.skipif(shutil.which("make") is None, reason="There is no make.")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_understood(command: str) -> None:
    """By make, and by what make would start; a file of results it names may be missing."""
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    _, *words = shlex.split(command, comments=True)
    told = subprocess.run(
        ["make", "-n", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=True  # noqa: S607
    ).stdout.splitlines()[-1]  # fmt: skip
    _, _, arguments = told.partition(" -m benchmarks ")
    assert read_options(shlex.split(arguments)).contenders
