"""What stands between a store and its server, and can go wrong there."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


class Relay:
    """Stands between store and server, and can fall silent or drop everyone.

    Attributes:
        upstream: the URL of the server, for connections made from now on.
        lose_answer_to: what must be in a request for its connection to end as soon as the server has answered.
    """

    def __init__(self, url: str) -> None:
        self.upstream = url
        self.lose_answer_to: bytes | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._open = asyncio.Event()
        self._open.set()

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[str]:
        """Yield the URL by which the server is reached through the relay."""
        listener = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        parts = urlsplit(self.upstream)
        credentials = parts.netloc.rpartition("@")[0]
        async with listener:
            yield parts._replace(netloc=f"{credentials}@127.0.0.1:{port}").geturl()
            self.thaw()
            self.drop()

    def freeze(self) -> None:
        """Take everything and answer nothing, as a stopped process does."""
        self._open.clear()

    def thaw(self) -> None:
        """Go on."""
        self._open.set()

    def drop(self) -> None:
        """Close every connection."""
        for writer in self._writers:
            writer.close()

    def altered(self, answer: bytes) -> bytes:
        """Return what is passed on to the store in place of an answer of the server."""
        return answer

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parts = urlsplit(self.upstream)
        self._writers.add(writer)
        is_lost = asyncio.Event()
        try:
            onward_reader, onward = await asyncio.open_connection(parts.hostname, parts.port or 5432)
            self._writers.add(onward)
            await asyncio.gather(
                self._pass_requests(reader, onward, is_lost), self._pass_answers(onward_reader, writer, is_lost)
            )
        except OSError:
            writer.close()

    async def _pass_requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_lost: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._open.wait()
                if self.lose_answer_to and self.lose_answer_to in data:
                    is_lost.set()
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _pass_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_lost: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while (data := await reader.read(65536)) and not is_lost.is_set():
                await self._open.wait()
                writer.write(self.altered(data))
                await writer.drain()
        writer.close()


class Pooler(Relay):
    """A relay that says of each connection, as poolers do, that its process is another than it is."""

    def altered(self, answer: bytes) -> bytes:
        """Return the greeting with another process id: BackendKeyData is K, length, process id, secret."""
        start = answer.find(b"K\x00\x00\x00\x0c")
        if start < 0 or b"server_version" not in answer:
            return answer
        return answer[: start + 5] + b"\x00\x00\x00\x01" + answer[start + 9 :]
