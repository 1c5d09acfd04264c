"""How a change is carried through when others change the same thing at the same moment."""

import pytest

from application.concurrency import again_while_stale
from domain.errors import NotFound, Stale

pytestmark = pytest.mark.anyio


class Attempts:
    """Something that fails so many times before it succeeds."""

    def __init__(self, *, stale: int) -> None:
        self.stale = stale
        self.made = 0

    async def __call__(self) -> int:
        self.made += 1
        if self.made <= self.stale:
            raise Stale
        return self.made


@pytest.mark.parametrize("stale", [0, 1, 40])
async def test_a_stale_attempt_is_made_again_until_it_gets_through(stale: int) -> None:
    assert await again_while_stale(Attempts(stale=stale)) == stale + 1


async def test_what_never_gets_through_is_stale_in_the_end() -> None:
    with pytest.raises(Stale):
        await again_while_stale(Attempts(stale=1_000_000))


async def test_any_other_refusal_is_final() -> None:
    made = 0

    async def attempt() -> None:
        nonlocal made
        made += 1
        raise NotFound("There is no such thing.")

    with pytest.raises(NotFound):
        await again_while_stale(attempt)
    assert made == 1
