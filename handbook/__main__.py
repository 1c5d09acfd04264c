"""`python -m handbook`: gather the pages, and have MkDocs make a site of them."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from handbook.pages import gather

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Make the site, and return MkDocs' exit code: not 0 where a page has a fault."""
    parser = argparse.ArgumentParser(prog="handbook", description="Make a site of docs/ and the code's reference.")
    parser.add_argument("--into", type=Path, default=ROOT / ".docs", help="folder to work in (default: .docs)")
    parser.add_argument("--mkdocs", default="mkdocs", help="the program MkDocs (default: the one on the PATH)")
    options = parser.parse_args()
    into: Path = options.into.absolute()
    gather(ROOT, into / "pages")
    built = subprocess.run(  # noqa: S603  # our own arguments
        [options.mkdocs, "build", "--strict", "--site-dir", str(into / "site")],
        cwd=ROOT,
        # The theme warns of its future on every run; decision 0021 has weighed that.
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PAGES": str(into / "pages")},
        check=False,
    )
    if built.returncode == 0:
        sys.stdout.write(f"To read it: python3 -m http.server --directory {os.path.relpath(into / 'site')}\n")
    return built.returncode


if __name__ == "__main__":
    sys.exit(main())
