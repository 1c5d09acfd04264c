"""Which tests there are, for the pages that name some as their proof."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEST = re.compile(r"`(tests/[^`]*)`")


def page(name: str) -> str:
    """Return a page of the documentation."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def named_on(text: str) -> list[str]:
    """Return the tests that a page names, each once."""
    return sorted(set(TEST.findall(text)))


def check_that_it_is_run(test: str) -> None:
    """Fail unless there is such a test and it is run, be it as part of a contract."""
    path, _, name = test.partition("::")
    assert name in _names_in(ROOT / path)
    outermost = name.partition("::")[0]
    if path.startswith("tests/contracts/"):
        assert outermost in _contracts_that_are_run()
    else:
        assert re.fullmatch(r"tests/(unit|integration)/test_\w+\.py", path)
        assert outermost.startswith(("Test", "test_"))


@cache
def _names_in(path: Path) -> frozenset[str]:
    """Return the tests of a module and the classes that hold some, by their names as pytest writes them."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    within = [
        (node.name, name) for node in module.body if isinstance(node, ast.ClassDef) for name in _named_tests(node)
    ]
    classes = {name for name, _ in within}
    return frozenset(_named_tests(module)) | classes | {f"{name}::{test}" for name, test in within}


def _named_tests(scope: ast.Module | ast.ClassDef) -> list[str]:
    """Return the names of the test functions that stand directly in a module or class."""
    functions = (node for node in scope.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [node.name for node in functions if node.name.startswith("test_")]


@cache
def _contracts_that_are_run() -> frozenset[str]:
    """Return the names of the classes that a test class of the unit or the integration tests derives from."""
    return frozenset(
        ast.unparse(base).rpartition(".")[2]
        for folder in ("unit", "integration")
        for path in (ROOT / "tests" / folder).glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test")
        for base in node.bases
    )
