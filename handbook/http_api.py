"""The reference of the HTTP API, made of its OpenAPI document."""

from collections.abc import Iterator

from entrypoints.http.problem_kinds import KINDS
from handbook.operations import Json, Operation, document, operations
from handbook.schemas import kind_of, members_of, name_of

_INTRODUCTION = """# The HTTP API

For those who write a client: every operation, its parameters, bodies and answers. A running Satchel shows the
same under `/docs`, where it can be tried out, and as OpenAPI 3.1 under `/openapi.json`; `satchel openapi` prints
it. How to go about it is told under [the API from scripts](../scripts.md), and [who may call
what](permissions.md) in a table.
"""


def http_api_page() -> str:
    """Return the page: what holds for all operations, each operation by part of the API, and the bodies."""
    lines = [_INTRODUCTION, "## What holds everywhere", "", document()["info"]["description"]]
    for tag in document()["tags"]:
        lines += [f"## {tag['name']}", "", tag["description"], ""]
        for operation in operations():
            if operation.tag == tag["name"]:
                lines += _told(operation)
    lines += ["## Bodies", "", "What requests and answers hold, by name.", ""]
    for name, schema in sorted(document()["components"]["schemas"].items()):
        lines += [f"### {name}", "", *members_of(schema), ""]
    return "\n".join(lines)


def _told(operation: Operation) -> Iterator[str]:
    says = operation.says
    yield f"### {operation.method} {operation.path}"
    yield ""
    end = "" if says["summary"].endswith("?") else "."
    yield f"**{says['summary']}{end}** {says.get('description', '')}"
    yield ""
    if says.get("security") == []:
        yield "*Needs no token.*"
        yield ""
    if parameters := says.get("parameters"):
        yield from ("| parameter | in | what | |", "| --- | --- | --- | --- |")
        for each in parameters:
            required = " (required)" if each.get("required") and each["in"] != "path" else ""
            cells = (each["in"], kind_of(each["schema"]), _in_a_cell(each.get("description", "")))
            yield f"| `{each['name']}`{required} | {' | '.join(cells)} |"
        yield ""
    if body := says.get("requestBody"):
        yield f"Body: {_content(body)}."
        yield ""
    for status, answer in says["responses"].items():
        if int(status) < 400:
            yield f"- **{status}**: {_content(answer) or 'no body'}"
    if refusals := [
        _refusal(status, answer) for status, answer in says["responses"].items() if int(status) >= 400
    ]:
        yield f"- Refused with {', '.join(refusals)}"
    yield ""


def _refusal(status: str, answer: Json) -> str:
    """Return a status with the problems that it may come with."""
    examples = answer.get("content", {}).get("application/problem+json", {}).get("examples", {})
    slugs = [slug for slug in examples if slug in KINDS]
    links = " or ".join(f"[{slug}](problems.md#{slug})" for slug in slugs)
    return f"{status} {links}".strip()


def _content(message: Json) -> str:
    """Return what a body is: its schema, and its media type where that is not JSON."""
    kinds = [
        name_of(content.get("schema", {})) + ("" if media == "application/json" else f" as `{media}`")
        for media, content in message.get("content", {}).items()
    ]
    return " or ".join(kinds)


def _in_a_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
