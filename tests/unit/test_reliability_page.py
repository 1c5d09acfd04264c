"""`docs/reliability.md` keeps its word: no promise is without proof, and every proof it names is there."""

import re

import pytest

from tests.unit.tests_on_pages import ROOT, TEST, check_that_it_is_run, named_on, page

PAGE = page("reliability.md")
ROWS = [tuple(map(str.strip, row.strip("|").split("|"))) for row in PAGE.splitlines() if "`tests/" in row]
TARGET = re.compile(r"`make ([a-z-]+)[^`]*`")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_promise_is_held_by_tests_or_commands_alone(row: tuple[str, ...]) -> None:
    _, promise, _, proofs = row
    assert promise
    assert not TARGET.sub("", TEST.sub("", proofs)).strip()


def test_every_row_of_the_table_is_a_promise_with_its_proof() -> None:
    table = PAGE.partition("| --- | --- | --- | --- |\n")[2].partition("\n\n")[0]
    assert len(table.splitlines()) == len(ROWS)


@pytest.mark.parametrize("test", named_on(PAGE))
def test_a_named_test_is_there_and_is_run(test: str) -> None:
    check_that_it_is_run(test)


@pytest.mark.parametrize("target", sorted(set(TARGET.findall(PAGE))))
def test_a_named_command_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
