"""Print what CHANGELOG.md says of a release: `python .github/changes.py v1.2.3`."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def changes(changelog: str, version: str) -> str:
    """Return the section of a version.

    Raises:
        LookupError: there is none, or it is empty.
    """
    found = re.search(
        rf"^## \[?{re.escape(version)}(?![.\w])[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.DOTALL | re.MULTILINE
    )
    if found is None or not found[1].strip():
        raise LookupError(f"CHANGELOG.md does not tell what is new in {version}.")
    return found[1].strip() + "\n"


def main() -> None:
    """Check that the tag is of the version that is built, and print its changes."""
    version = sys.argv[1].removeprefix("v")
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    if version != built:
        sys.exit(f"The tag is of {version}, and pyproject.toml of {built}.")
    try:
        sys.stdout.write(changes((ROOT / "CHANGELOG.md").read_text(), version))
    except LookupError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
