"""All pages of the site, in one folder: those that people wrote, and those that are made of the code."""

import posixpath
import re
import shutil
from pathlib import Path

from handbook.commands import commands_page
from handbook.http_api import http_api_page
from handbook.permissions import permissions_page
from handbook.problems import problems_page

_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#:]+)(#[^)\s]*)?\)")
_FENCE = re.compile(r"^ {0,3}(`{3,})[^\n]*\n.*?^ {0,3}\1`*[ \t]*$", re.DOTALL | re.MULTILINE)
# What stands beside docs/ in the repository, and has a page on the site.
_BESIDE = {"README.md": "readme.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}


def gather(root: Path, pages: Path) -> None:
    """Write every page of the site.

    Args:
        root: the repository.
        pages: the folder for them; what was there before is gone afterwards.
    """
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(root / "docs", pages)
    for name, page in _BESIDE.items():
        shutil.copy(root / name, pages / page)
    shutil.copy(Path(__file__).with_name("site.css"), pages)
    for path in pages.rglob("*.md"):
        place = path.relative_to(pages).as_posix()
        origin = next((name for name, page in _BESIDE.items() if page == place), f"docs/{place}")
        path.write_text(with_links_within(path.read_text(encoding="utf-8"), origin, place), encoding="utf-8")
    (pages / "decisions" / "index.md").write_text(_decisions(pages / "decisions"), encoding="utf-8")
    reference = pages / "reference"
    reference.mkdir()
    for name, text in {
        "http-api.md": http_api_page(),
        "permissions.md": permissions_page(),
        "problems.md": problems_page(),
        "commands.md": commands_page(),
    }.items():
        (reference / name).write_text(text, encoding="utf-8")


def with_links_within(text: str, origin: str, place: str) -> str:
    """Return a page with its links leading to the pages of the site.

    What has no page there, such as a file of the code, is named in place of a link.

    Args:
        text: the page, in Markdown.
        origin: where it is in the repository.
        place: where it will be on the site.
    """

    def on_the_site(link: re.Match[str]) -> str:
        shown, target, anchor = link[1], link[2], link[3] or ""
        file = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
        if file == "docs/decisions":
            file = "docs/decisions/index.md"
        if file.startswith("docs/"):
            page = file.removeprefix("docs/")
        elif file in _BESIDE:
            page = _BESIDE[file]
        else:
            return shown if file in shown else f"{shown} (`{file}`)"
        return f"[{shown}]({posixpath.relpath(page, posixpath.dirname(place) or '.')}{anchor})"

    parts: list[str] = []
    end = 0
    for fence in _FENCE.finditer(text):
        parts += [_LINK.sub(on_the_site, text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, _LINK.sub(on_the_site, text[end:])])


def _decisions(folder: Path) -> str:
    """Return the list of all decisions, by number."""
    titles = {path.name: path.read_text(encoding="utf-8").partition("\n")[0] for path in folder.glob("[0-9]*.md")}
    listed = "\n".join(f"- [{title.removeprefix('# ')}]({name})" for name, title in sorted(titles.items()))
    return (
        f"# Decisions\n\nFor those who wonder why something is as it is: one page for each choice.\n\n{listed}\n"
    )
