"""What a page may be asked for with."""

import pytest

from application.paging import LIMIT_MOST, PageRequest, Position
from domain.errors import Invalid
from tests.contracts.sample import fields


@pytest.mark.parametrize("limit", [0, -1, LIMIT_MOST + 1, 2**63])
def test_a_limit_out_of_range_is_refused(limit: int) -> None:
    with pytest.raises(Invalid) as refusal:
        PageRequest("any", limit=limit)
    assert fields(refusal.value.faults) == ["limit"]


@pytest.mark.parametrize("number", [0, -1, 2**63])
def test_a_page_number_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(Invalid) as refusal:
        PageRequest("any", number=number)
    assert fields(refusal.value.faults) == ["page"]


@pytest.mark.parametrize(("limit", "deepest"), [(1, 10_000), (20, 500), (100, 100), (30, 333)])
def test_page_mode_reaches_ten_thousand_rows_and_then_advises_to_follow_cursors(limit: int, deepest: int) -> None:
    assert PageRequest("any", limit=limit, number=deepest).skipped + limit <= 10_000
    with pytest.raises(Invalid) as refusal:
        PageRequest("any", limit=limit, number=deepest + 1)
    assert 'rel="next"' in refusal.value.faults[0].message


def test_a_page_number_and_a_cursor_do_not_go_together() -> None:
    with pytest.raises(Invalid) as refusal:
        PageRequest("any", number=1, after=Position(None, 1))
    assert fields(refusal.value.faults) == ["page"]


def test_the_first_page_skips_nothing_and_the_next_as_much_as_a_page_holds() -> None:
    assert PageRequest("any", limit=20).skipped == 0
    assert PageRequest("any", limit=20, number=1).skipped == 0
    assert PageRequest("any", limit=20, number=3).skipped == 40
