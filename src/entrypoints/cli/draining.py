"""How the HTTP server ends: first nobody is sent here any more, then nothing is taken, then it stops."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from multiprocessing.connection import wait
from types import FrameType
from typing import Final, cast

import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess, multiprocess

from entrypoints.cli.protocol import BoundedHttpProtocol
from entrypoints.http.app import App

# Tells a worker that it is to wait no longer, not even for requests in flight.
_HURRY: Final = signal.SIGQUIT
_SECONDS_BETWEEN_LOOKS: Final = 0.1
# Whoever connects does so to ask, and at once.
_SECONDS_TO_ASK: Final = 0.2
_log: structlog.stdlib.BoundLogger = structlog.get_logger("satchel.server")


class DrainingServer(uvicorn.Server):
    """A server in this process: the first signal begins its end, a second one waits no longer.

    Args:
        config: of an `App`.
        delay: for how many seconds requests are still taken once the end has begun, while readiness says 503.
        announce: called once, as soon as requests are accepted.
    """

    def __init__(self, config: uvicorn.Config, delay: float, announce: Callable[[], None] = lambda: None) -> None:
        super().__init__(config)
        self._delay = delay
        self._announce = announce
        self._closes_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take requests."""
        await super().startup(sockets)
        if self.started:
            self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        if self._closes_at is None:
            self._captured_signals.append(sig)
            self.drain()
        else:
            self.hurry()

    def drain(self) -> None:
        """Begin the end: nobody should be sent here any more, and who comes nevertheless is served for a while."""
        self._closes_at = time.monotonic() + self._delay
        if self.config.loaded:
            self._app.drain()

    def hurry(self) -> None:
        """Wait no longer."""
        self.should_exit = self.force_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Look whether it is time to stop."""
        if self._closes_at is not None and time.monotonic() >= self._closes_at:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing more, and finish what was begun."""
        # First, so that whoever is told to come back comes to another instance.
        await self._give_up_address(sockets or [])
        self._app.end_streams()
        await super().shutdown(sockets)
        if self.force_exit:
            # uvicorn leaves it out then, but what the service holds is to be put away.
            await self.lifespan.shutdown()

    async def _give_up_address(self, listeners: list[socket.socket]) -> None:
        """Let nobody in any more; those who are in get the answer to what they are about to ask.

        A proxy that was let in by the system sends its request, and may not send it elsewhere if it creates
        something.
        """
        # uvicorn's servers close theirs, and with the last of them go the connections that wait to be taken.
        doors = [listener.dup() for listener in listeners]
        for server in self.servers:
            server.close()
        arrived = [connection for door in doors for connection in _waiting_at(door)]
        for door in doors:
            door.close()
        for connection in arrived:
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)
        if not self.force_exit:
            await asyncio.sleep(_SECONDS_TO_ASK)
            # Timers come before what has arrived, which is read in the next turn: much, where the machine is busy.
            await asyncio.sleep(0)

    def _protocol(self) -> BoundedHttpProtocol:
        return BoundedHttpProtocol(self.config, self.server_state, self.lifespan.state)

    @property
    def _app(self) -> App:
        # uvicorn leaves the attribute untyped.
        return cast("App", self.config.loaded_app)  # pyright: ignore[reportUnknownMemberType]


def _waiting_at(door: socket.socket) -> Iterator[socket.socket]:
    """Yield the connections that are made and not taken yet."""
    door.setblocking(False)
    with suppress(OSError):
        while True:
            yield door.accept()[0]


class _WorkerServer(DrainingServer):
    """A server in a process of its own. It may get one signal twice: from a terminal, and from its parent."""

    def __init__(self, config: uvicorn.Config, delay: float, parent_pid: int) -> None:
        super().__init__(config, delay)
        self._parent_pid = parent_pid

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._closes_at is not None:
            return
        if os.getppid() != self._parent_pid:
            # Whoever starts the service anew finds the address taken for as long as this one listens there.
            self._delay = 0.0
        super().handle_exit(sig, frame)


class _Worker(multiprocess.Process):
    """Runs a server in a process of its own."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], *, delay: float) -> None:
        super().__init__(config, sockets)
        self._delay = delay
        self._parent_pid = os.getpid()

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            self._server = _WorkerServer(self.config, self._delay, self._parent_pid)
        return self._server

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        signal.signal(_HURRY, lambda _number, _frame: self._hurry())
        super().target(sockets)

    def start(self) -> None:
        super().start()
        # Held here too, the other end of the line would not be seen to close: of a worker that dies while it is
        # asked whether it is well, an answer would be waited for as long as of one that hangs.
        self.child_conn.close()

    def _hurry(self) -> None:
        self.server.should_exit = self.server.force_exit = True


class Supervisor(Multiprocess):
    """Servers in processes of their own; one that ends is replaced.

    Args:
        config: of an `App`.
        listeners: where requests come in.
        delay: as for `DrainingServer`.
        announce: called once, as soon as all of them accept requests.
    """

    def __init__(
        self, config: uvicorn.Config, listeners: list[socket.socket], delay: float, announce: Callable[[], None]
    ) -> None:
        super().__init__(config, sockets=listeners)
        self._delay = delay
        self._announce = announce
        self._announced = False
        self._hurries = False

    def run(self) -> None:
        """Serve until a signal ends it."""
        # uvicorn has no other place to say so.
        multiprocess.Process = partial(_Worker, delay=self._delay)  # type: ignore[assignment, misc]
        super().run()

    def keep_subprocess_alive(self) -> None:
        """Replace those that ended."""
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {process.pid for process in self.processes}:
            _log.warning("A worker ended and was replaced.", pid=pid)
        if not self._announced and all(process.is_ready() for process in self.processes):
            self._announced = True
            self._announce()

    def handle_term(self) -> None:
        """Take a signal: the first begins the end, a second one waits no longer."""
        self._hurries = self.should_exit.is_set()
        super().handle_term()

    handle_int = handle_term

    def join_all(self) -> None:
        """Wait for the workers to end."""
        # Held here as well, it would let in those whom no worker takes any more.
        for listener in self.sockets:
            listener.close()
        while running := [process for process in self.processes if process.exitcode is None]:
            self.handle_signals()
            if self._hurries:
                self._hurries = False
                for process in running:
                    # Started, it has an id.
                    os.kill(cast("int", process.pid), _HURRY)
            wait([process.process.sentinel for process in running], _SECONDS_BETWEEN_LOOKS)
        super().join_all()
