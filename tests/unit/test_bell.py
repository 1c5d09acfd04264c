"""The bell that stores wake their listeners with."""

import asyncio
import gc
import weakref

import pytest

from application.bell import Bell

pytestmark = pytest.mark.anyio


async def test_a_ring_is_heard_once() -> None:
    bell = Bell()
    ear = bell.listen()
    bell.ring()
    bell.ring()
    await ear.wait(seconds=60)
    waiting = asyncio.create_task(ear.wait(seconds=60))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting.done()
    bell.ring()
    await waiting


async def test_what_rang_before_someone_listened_is_not_for_them() -> None:
    bell = Bell()
    bell.ring()
    waiting = asyncio.create_task(bell.listen().wait(seconds=60))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting.done()
    bell.ring()
    await waiting


async def test_a_ring_that_comes_together_with_the_end_of_the_time_is_heard_then_or_next() -> None:
    bell = Bell()
    ear = bell.listen()
    await ear.wait(seconds=0)
    bell.ring()
    await ear.wait(seconds=60)


async def test_a_cancelled_wait_leaves_the_ring_for_the_next() -> None:
    bell = Bell()
    ear = bell.listen()
    waiting = asyncio.create_task(ear.wait(seconds=60))
    await asyncio.sleep(0)
    bell.ring()
    waiting.cancel()
    await asyncio.wait([waiting])
    await ear.wait(seconds=60)


async def test_an_ear_that_was_dropped_is_gone() -> None:
    bell = Bell()
    ear = bell.listen()
    remains = weakref.ref(ear)
    del ear
    gc.collect()
    assert remains() is None
    bell.ring()
