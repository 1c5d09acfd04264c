"""`docs/security.md` keeps its word: it leaves nothing out, and every test it names is there and is run."""

import re
from collections import Counter

import pytest

from tests.unit.tests_on_pages import TEST, check_that_it_is_run, named_on, page

PAGE = page("security.md")

# How many requirements each section of OWASP ASVS 5.0.0 has, in the chapters 6 to 10.
REQUIREMENTS_IN = {
    "6.1": 3, "6.2": 12, "6.3": 8, "6.4": 6, "6.5": 8, "6.6": 4, "6.7": 2, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 3, "7.6": 2,
    "8.1": 4, "8.2": 4, "8.3": 3, "8.4": 2,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 3, "10.3": 5, "10.4": 16, "10.5": 5, "10.6": 2, "10.7": 3,
}  # fmt: skip
REQUIREMENTS = [f"{section}.{n}" for section, count in REQUIREMENTS_IN.items() for n in range(1, count + 1)]

NUMBER = r"\d+\.\d+\.\d+"
ROW = re.compile(rf"\| ({NUMBER}) \|([^|]*)\|([^|]*)\|([^|]*)\|")
ROWS = [tuple(map(str.strip, row)) for row in ROW.findall(PAGE)]


def test_every_requirement_is_on_the_page_once() -> None:
    named = [number for number, *_ in ROWS] + re.findall(rf"\*\*({NUMBER})\*\*", PAGE)
    assert Counter(named) == Counter(REQUIREMENTS)


@pytest.mark.parametrize(("number", "how", "tests"), [(row[0], row[2], row[3]) for row in ROWS])
def test_a_requirement_is_held_by_tests_or_said_not_to_be(number: str, how: str, tests: str) -> None:
    assert how, number
    assert TEST.search(tests) or how.startswith(("**Not applicable**: ", "**Open"))
    assert not TEST.sub("", tests).strip()


def test_the_open_ones_are_listed_together() -> None:
    (listed,) = re.findall(r"^Open, wholly or in part: ([^A-Za-z]*)\.$", PAGE, re.MULTILINE)
    assert re.findall(NUMBER, listed) == [number for number, _, how, _ in ROWS if how.startswith("**Open")]


@pytest.mark.parametrize("test", named_on(PAGE))
def test_a_named_test_is_there_and_is_run(test: str) -> None:
    check_that_it_is_run(test)
