"""The reference of permissions, made of the matrix that the tests hold every operation to."""

from domain.users import Role
from handbook.operations import operations
from tests.contracts.http_permissions import MATRIX, Line

_INTRODUCTION = """# Who may call what

For those who give out roles, or write a client: every operation of the API, below `/api/v1`, by role and by whose
thing it is. The tests go through this very table, on both stores. The rules in words are told under
[accounts](../accounts.md).
"""


def permissions_page() -> str:
    """Return the page: a table for each part of the API."""
    known = {operation.id: operation for operation in operations()}
    tables: dict[str, list[str]] = {}
    for line in MATRIX:
        operation = known[line.operation]
        path = operation.path.removeprefix("/api/v1")
        row = f"| `{operation.method} {path}` | {line.situation} | {_marks(line)} |"
        tables.setdefault(operation.tag, []).append(row)
    head = f"| operation | whose, or what | not signed in | {' | '.join(Role)} |"
    rule = f"| --- | --- |{' :---: |' * (1 + len(Role))}"
    return _INTRODUCTION + "".join(
        "\n".join(["", f"## {tag}", "", head, rule, *rows, ""]) for tag, rows in tables.items()
    )


def _marks(line: Line) -> str:
    may = (line.unsigned < 400, *(role in line.allowed for role in Role))
    return " | ".join("yes" if each else "-" for each in may)
