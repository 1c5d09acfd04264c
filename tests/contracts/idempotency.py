"""What every store owes the answers that it keeps. Needs the fixtures of two instances' units of work."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.ports.unit_of_work import UnitsOfWork
from domain.errors import InFlight
from domain.idempotency import KEPT_FOR, KEY_MOST, KeptAnswer
from tests.contracts.sample import DAY, FIRST_MOMENT, GREATEST_ID, LAST_MOMENT, NOON, a_task, a_user, race

INSTANT = timedelta(microseconds=1)
ANSWER = KeptAnswer(7, "a key", b"\x00\xff fingerprint", b"\x00\xff sealed", NOON)


async def kept(units_of_work: UnitsOfWork, answer: KeptAnswer = ANSWER) -> KeptAnswer | None:
    """Return what is kept for the caller and the key of this answer."""
    async with units_of_work() as uow:
        return await uow.kept_answers.find(answer.caller_id, answer.key)


async def keep_answers(units_of_work: UnitsOfWork, *answers: KeptAnswer) -> None:
    """Commit answers, each in a unit of work of its own."""
    for answer in answers:
        async with units_of_work() as uow:
            uow.kept_answers.add(answer)
            await uow.commit()


async def remove_expired(units_of_work: UnitsOfWork, *, most: int = 100) -> int:
    """Remove at noon what counts no longer."""
    async with units_of_work() as uow:
        return await uow.kept_answers.remove_expired(NOON, most=most)


@pytest.mark.anyio
class KeptAnswerContract:
    """An answer stands for its key for a day, and no other takes its place meanwhile."""

    async def test_a_key_that_never_came_has_no_answer(self, units_of_work: UnitsOfWork) -> None:
        assert await kept(units_of_work) is None

    @pytest.mark.parametrize(
        "answer",
        [
            ANSWER,
            replace(ANSWER, caller_id=None),
            KeptAnswer(GREATEST_ID, "~" * KEY_MOST, b"", b"\xff" * 1_000_000, LAST_MOMENT),
            KeptAnswer(1, "' OR 1=1; -- %s :key", b"\x00" * 32, b"", FIRST_MOMENT + KEPT_FOR),
        ],
        ids=["someone's", "nobody's", "greatest", "hostile"],
    )
    async def test_it_reads_back_as_it_was_kept(self, units_of_work: UnitsOfWork, answer: KeptAnswer) -> None:
        await keep_answers(units_of_work, answer)
        assert await kept(units_of_work, answer) == answer

    async def test_it_is_kept_with_all_else_of_its_unit_or_not_at_all(self, units_of_work: UnitsOfWork) -> None:
        ada = a_user(1)
        async with units_of_work() as uow:
            uow.users.add(ada)
            uow.kept_answers.add(ANSWER)
        assert await kept(units_of_work) is None
        async with units_of_work() as uow:
            uow.users.add(ada)
            uow.kept_answers.add(ANSWER)
            await uow.commit()
        # The same request once more: what it makes goes with its answer.
        async with units_of_work() as uow:
            uow.tasks.add(a_task(1, ada))
            uow.kept_answers.add(ANSWER)
            with pytest.raises(InFlight):
                await uow.commit()
        async with units_of_work() as uow:
            assert await uow.tasks.get(1) is None

    async def test_callers_share_no_keys(self, units_of_work: UnitsOfWork) -> None:
        answers = [
            replace(ANSWER, caller_id=caller, fingerprint=bytes([n])) for n, caller in enumerate((None, 7, 8))
        ]
        await keep_answers(units_of_work, *answers)
        assert [await kept(units_of_work, answer) for answer in answers] == answers

    async def test_keys_differ_by_case_and_by_blanks(self, units_of_work: UnitsOfWork) -> None:
        answers = [replace(ANSWER, key=key) for key in ("key", "KEY", "key ")]
        await keep_answers(units_of_work, *answers)
        assert [await kept(units_of_work, answer) for answer in answers] == answers

    async def test_of_many_at_the_same_moment_one_is_kept(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        answers = [replace(ANSWER, fingerprint=bytes([n])) for n in range(10)]

        async def attempt(number: int) -> bytes:
            await keep_answers((units_of_work, others_units_of_work)[number % 2], answers[number])
            return answers[number].fingerprint

        winners, losers = await race(attempt(number) for number in range(10))
        assert len(winners) == 1
        assert [type(loser) for loser in losers] == [InFlight] * 9
        found = await kept(others_units_of_work)
        assert found is not None
        assert [found.fingerprint] == winners

    async def test_one_that_counts_no_longer_gives_way_and_not_an_instant_before(
        self, units_of_work: UnitsOfWork
    ) -> None:
        await keep_answers(units_of_work, ANSWER)
        with pytest.raises(InFlight):
            await keep_answers(units_of_work, replace(ANSWER, kept_at=NOON + KEPT_FOR - INSTANT))
        later = replace(ANSWER, kept_at=NOON + KEPT_FOR, fingerprint=b"another")
        await keep_answers(units_of_work, later)
        assert await kept(units_of_work) == later

    async def test_those_that_count_no_longer_are_removed_and_no_others(self, units_of_work: UnitsOfWork) -> None:
        moments = (NOON - 9 * DAY, NOON - KEPT_FOR, NOON - KEPT_FOR + INSTANT, NOON)
        answers = [replace(ANSWER, key=f"key {n}", kept_at=at) for n, at in enumerate(moments)]
        await keep_answers(units_of_work, *answers)
        assert await remove_expired(units_of_work) == 2
        assert [await kept(units_of_work, answer) for answer in answers] == [None, None, *answers[2:]]
        assert await remove_expired(units_of_work) == 0

    async def test_so_many_are_removed_at_most(self, units_of_work: UnitsOfWork) -> None:
        old = [replace(ANSWER, key=f"key {n}", kept_at=NOON - 2 * DAY) for n in range(5)]
        await keep_answers(units_of_work, *old)
        assert [await remove_expired(units_of_work, most=2) for _ in range(4)] == [2, 2, 1, 0]
