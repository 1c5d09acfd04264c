"""The reference of problems, made of what the service itself says of them."""

from http import HTTPStatus

from entrypoints.http.problem_kinds import KINDS


def problems_page() -> str:
    """Return the page: each kind of problem, by status."""
    lines = [
        "# Problems",
        "",
        "For those whose request was refused: every kind of problem document, and what to do about it. A running",
        "Satchel shows the same under `/problems/…`, which `type` leads to. What such a document holds, and how a",
        "program reads it, is told under [the API from scripts](../scripts.md#what-went-wrong).",
        "",
    ]
    for kind in sorted(KINDS.values(), key=lambda kind: (kind.status, kind.slug)):
        lines += [
            f"## {kind.slug}",
            "",
            f"**{kind.status} {HTTPStatus(kind.status).phrase}**: {kind.title}.",
            "",
            kind.meaning,
            "",
            f"*What to do:* {kind.remedy}",
            "",
        ]
    return "\n".join(lines)
