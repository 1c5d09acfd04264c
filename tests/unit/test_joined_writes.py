"""How answers are cut into writes: each is a call of the system's, which costs more than making the answer."""

import asyncio

import pytest

from entrypoints.cli.joined_writes import JoinedWrites

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Wire(asyncio.Transport):
    """A connection that keeps what it was given, write by write; None is its end."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes | None] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.writes.append(None)

    def is_closing(self) -> bool:
        return None in self.writes


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
async def joined(wire: Wire) -> JoinedWrites:
    return JoinedWrites(asyncio.get_running_loop(), wire, wire.close)


async def test_head_and_body_are_one_write(joined: JoinedWrites, wire: Wire) -> None:
    """So are those of the next answer on the connection."""
    for body in (b"one", b"two"):
        joined.write(HEAD)
        joined.write(body)
        joined.end()
    assert wire.writes == [HEAD + b"one", HEAD + b"two"]


async def test_what_follows_the_beginning_of_a_body_goes_out_as_it_comes(joined: JoinedWrites, wire: Wire) -> None:
    """A stream is not held up."""
    joined.write(HEAD)
    joined.write(b"one")
    joined.write(b"two")
    assert wire.writes == [HEAD + b"one", b"two"]


async def test_a_head_whose_body_takes_its_time_goes_out_by_itself(joined: JoinedWrites, wire: Wire) -> None:
    """Whoever opens a stream sees at once that it is open."""
    joined.write(HEAD)
    assert wire.writes == []
    await asyncio.sleep(0)
    joined.write(b"later")
    assert wire.writes == [HEAD, b"later"]


async def test_an_answer_without_a_body_goes_out_at_its_end(joined: JoinedWrites, wire: Wire) -> None:
    """As those to HEAD are."""
    joined.write(HEAD)
    joined.end()
    await asyncio.sleep(0)
    assert wire.writes == [HEAD]


async def test_the_go_ahead_for_a_body_is_not_held_up(joined: JoinedWrites, wire: Wire) -> None:
    """Its client waits for it, and the answer's own head is still to come."""
    joined.write(CONTINUE)
    joined.write(HEAD)
    joined.write(b"one")
    assert wire.writes == [CONTINUE, HEAD + b"one"]


async def test_what_waits_is_sent_before_the_connection_is_closed(joined: JoinedWrites, wire: Wire) -> None:
    """An answer that breaks off has at least its head."""
    joined.write(HEAD)
    joined.close()
    await asyncio.sleep(0)
    assert wire.writes == [HEAD, None]
    assert joined.is_closing()


async def test_nothing_is_sent_to_who_is_gone(joined: JoinedWrites, wire: Wire) -> None:
    """Writing to a connection that is closed would be a fault."""
    joined.write(HEAD)
    wire.close()
    await asyncio.sleep(0)
    assert wire.writes == [None]
