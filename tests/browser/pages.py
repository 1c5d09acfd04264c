"""Every page there is, as the tests that look at all of them need it: by address, and for whom it is shown."""

from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page, expect

from tests.browser.site import Person, Site

_MISSING: Final = "/nothing/here"

ANYONE: Final = (
    "/",
    "/auth/login",
    "/auth/register",
    "/auth/waiting",
    "/problems",
    "/problems/invalid",
    "/posts",
    "/posts/{post}",
    _MISSING,
)
SIGNED_IN: Final = (
    "/",
    "/dashboard",
    "/tasks",
    "/tasks/list",
    "/tasks/new",
    "/tasks/{task}",
    "/tasks/{task}/edit",
    "/cheats",
    "/cheats/new",
    "/cheats/import",
    "/cheats/tags",
    "/cheats/tags/platform/{platform}",
    "/cheats/{cheat}",
    "/cheats/{cheat}/edit",
    "/posts",
    "/posts/new",
    "/posts/{draft}",
    "/posts/{draft}/edit",
    "/people/{person}",
    "/account",
    "/account/delete",
    "/admin/users",
    "/admin/users/new",
    "/admin/users/{person}",
    "/admin/audit",
    "/admin/webhooks",
    "/admin/webhooks/new",
    "/admin/webhooks/{webhook}",
)
ALSO_EMPTY: Final = (
    "/",
    "/dashboard",
    "/tasks",
    "/cheats",
    "/cheats/tags",
    "/posts",
    "/account",
    "/admin/webhooks",
)
"""Pages with lists, which say something else where there is nothing in them."""


@dataclass(frozen=True)
class Things:
    """One of each, for the pages that show one: with much in it, since that is what breaks pages."""

    person: int
    task: int
    platform: int
    cheat: int
    post: int
    draft: int
    webhook: int

    def address(self, path: str) -> str:
        """Return a page's address."""
        return path.format_map(vars(self))


def show(page: Page, address: str) -> None:
    """Open a page in a window: it has to be there, and to say what it is."""
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == (404 if address == _MISSING else 200), f"{answer.status} of {address}"
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def made_by(admin: Person, site: Site) -> Things:
    """Make one of each, by someone who sees every page."""
    person = site.joins("manager")
    task = admin.creates(
        "/tasks",
        title="Unteilbarkeitsnachweisverfahrensbeschleunigungsgesetzentwurf" * 3,
        description=f"One line.\n\nAnother after a gap, with {'averylongwordwithoutanybreak' * 8}.",
        priority="high",
        status="in_progress",
        deadline="2020-02-29T12:00:00Z",
        assigneeId=person.id,
    )
    tags = [
        admin.creates(f"/{kind}s", name=f"{kind} with a rather long name {'x' * 40}")
        for kind in ("platform", "topic")
    ]
    cheat = admin.creates(
        "/cheats",
        title="Everything in one line",
        notes="https://example.org/" + "path/" * 40,
        code="\n".join(
            ["def f(x: int) -> str:", f"    return '{'-' * 300}'  # and on", *["", "print(f(1))"] * 20]
        ),
        language="python",
        platformIds=[tags[0]["id"]],
        topicIds=[tags[1]["id"]],
    )
    content = "\n\n".join(
        [
            "# A heading",
            "A paragraph with [a link](https://example.org/), `code` and **strong** words.",
            "```python\n" + "x = 1  " * 40 + "\n```",
            "> Someone said so.",
            "| a | b |\n| --- | --- |\n" + "\n".join("| " + "wide " * 20 + "| 2 |" for _ in range(3)),
            "1. one\n2. two\n\n* three\n* four",
            "averylongwordwithoutanybreak" * 8,
        ]
    )
    post = admin.creates("/posts", title="Was wir gelernt haben", content=content, isPublished=True)
    draft = admin.creates("/posts", title="Unfinished" * 20, content=content, isPublished=False)
    webhook = admin.creates("/webhooks", url="https://example.org/" + "hook/" * 20, types=["task.created"])
    return Things(person.id, task["id"], tags[0]["id"], cheat["id"], post["id"], draft["id"], webhook["id"])
