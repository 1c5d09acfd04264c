"""Posting to addresses that admins chose: to the public internet and what the operator allows, and nowhere else.

Otherwise an admin could reach, through Satchel, what only its machine reaches: databases, consoles, a cloud's
metadata (server-side request forgery; OWASP ASVS 5.0, 1.3.6).
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from functools import cache
from ipaddress import ip_network
from typing import Final, cast
from urllib.parse import urlsplit

import httpcore

from adapters.httpcore.addresses import Address, Network, address_of, is_public
from application.ports.webhooks import Unreachable, WebhookSender

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Finds the addresses of a host for a port. Raises OSError or UnicodeError where there are none."""

SECONDS: Final = 15.0
"""For one attempt as a whole, from the look-up of the name to the answer."""

_ANSWER_MOST: Final = 64 * 1024
# httpcore goes through all that one read brings without letting others have a turn.
_READ_AT_ONCE: Final = 1024
_SECONDS_FOR_THE_REST: Final = 2.0
_ADDRESSES_MOST: Final = 3
_SECONDS_PER_ADDRESS: Final = 4.0

# Threads of their own: a look-up cannot be called off, and those of the loop hash passwords and find the database.
_LOOKUPS: Final = ThreadPoolExecutor(10, thread_name_prefix="webhook-lookup")

# One text for both, or it would tell which names there are in the operator's own network.
_REFUSED: Final = (
    "The host is not known, or its address is not public; the operator can allow it with WEBHOOK_ALLOWED_NETWORKS."
)


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host as the system finds them, which reads any spelling of an address, too."""
    found = await asyncio.get_running_loop().run_in_executor(
        _LOOKUPS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    )
    return [str(place[0]) for *_, place in found]


@cache
def _authorities() -> ssl.SSLContext:
    return ssl.create_default_context()


class HttpcoreWebhookSender(WebhookSender):
    """Posts by HTTP/1.1, on a connection that is closed afterwards.

    It takes no redirect, keeps no cookie and knows no proxy, whatever the environment says.

    Args:
        allowed_networks: what may be reached although it is not public, as networks (CIDR) or addresses.
        seconds: how long an attempt may take as a whole.
        resolve: finds the addresses of hosts.
        ssl_context: what certificates are checked against; by default the authorities that the system trusts.
    """

    def __init__(
        self,
        *,
        allowed_networks: Iterable[str] = (),
        seconds: float = SECONDS,
        resolve: Resolve = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = tuple(map(ip_network, allowed_networks))
        self._seconds = seconds
        self._resolve = resolve
        self._ssl_context = ssl_context or _authorities()

    async def post(self, url: str, *, headers: dict[str, str], body: bytes) -> int:
        """Post once and return the answer's status; no more than 64 KiB of what comes are read, and dropped.

        Raises:
            Unreachable: as the port says.
        """
        try:
            async with asyncio.timeout(self._seconds), AsyncExitStack() as opened:
                return await self._post(url, headers, body, opened)
        except (TimeoutError, httpcore.TimeoutException):
            raise Unreachable(f"There was no answer within {self._seconds:g} seconds.") from None
        except httpcore.ConnectError as error:
            raise Unreachable(_why_not_connected(error)) from None
        except httpcore.NetworkError:
            raise Unreachable("The connection broke off before there was an answer.") from None
        except httpcore.ProtocolError:
            raise Unreachable("The connection ended, or something other than HTTP came back.") from None

    async def _post(self, url: str, headers: dict[str, str], body: bytes, opened: AsyncExitStack) -> int:
        connection = httpcore.AsyncHTTPConnection(
            httpcore.URL(url).origin,
            ssl_context=self._ssl_context,
            network_backend=_CheckedNetwork(self._resolve, self._allowed, opened),
        )
        opened.push_async_callback(connection.aclose)
        # httpcore itself would leave out the brackets around an IPv6 address.
        sent = [*headers.items(), ("Host", urlsplit(url).netloc)]
        async with connection.stream("POST", url, headers=sent, content=body) as response:
            await _drop(response)
            return response.status


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Opens connections to hosts all of whose addresses may be reached, and to the very addresses it looked at.

    So a name that leads elsewhere a moment later (DNS rebinding) leads nowhere. TLS still checks the host's name.

    Args:
        resolve: finds the addresses of hosts.
        allowed: what may be reached although it is not public.
        opened: closes what was opened, also what httpcore forgets when it is called off.
    """

    def __init__(self, resolve: Resolve, allowed: Sequence[Network], opened: AsyncExitStack) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._opened = opened
        # Its type is left open, for where anyio is not installed.
        self._network = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # as httpcore calls it
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Return a connection to the first address that takes one.

        Raises:
            Unreachable: the host has no address, or one that must not be reached.
            httpcore.ConnectError, httpcore.ConnectTimeout: none takes one; as the last of them.
        """
        addresses = await self._addresses(host, port)
        *others, last = addresses[:_ADDRESSES_MOST]
        for address in others:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._connect(address, port)
        return await self._connect(last, port)

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        try:
            found = [address_of(text) for text in await self._resolve(host, port)]
        except (OSError, UnicodeError):
            raise Unreachable(_REFUSED) from None
        if not found or not all(map(self._may_reach, found)):
            raise Unreachable(_REFUSED)
        return found

    def _may_reach(self, address: Address) -> bool:
        return is_public(address) or any(address in network for network in self._allowed)

    async def _connect(self, address: Address, port: int) -> httpcore.AsyncNetworkStream:
        stream = await self._network.connect_tcp(str(address), port, timeout=_SECONDS_PER_ADDRESS)
        self._opened.push_async_callback(stream.aclose)
        return _BoundedStream(stream)


class _BoundedStream(httpcore.AsyncNetworkStream):
    """A connection from which no more than `_ANSWER_MOST` bytes are read, in small pieces.

    A server may announce an answer as often as it likes (RFC 9110, 15.2), and httpcore reads on for as long.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._left = _ANSWER_MOST

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # as httpcore calls it
        """Return what comes next, once all others had their turn, or nothing where the connection has ended.

        Raises:
            Unreachable: as much was read as may be.
            httpcore.NetworkError, httpcore.TimeoutException: as the connection itself.
        """
        if not self._left:
            raise Unreachable(f"In the first {_ANSWER_MOST // 1024} KiB of what came back there was no answer.")
        # What has come already is given without waiting.
        await asyncio.sleep(0)
        try:
            data = await self._stream.read(min(max_bytes, _READ_AT_ONCE, self._left), timeout)
        except ssl.SSLError as error:
            raise httpcore.ReadError(str(error)) from error
        self._left -= len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # as httpcore calls it
        """Send the bytes."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """End the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # as httpcore calls it
    ) -> httpcore.AsyncNetworkStream:
        """Return the encrypted connection over this one."""
        return _BoundedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> object:
        """Return what httpcore asks of a connection by this name, or None."""
        return self._stream.get_extra_info(info)


async def _drop(response: httpcore.Response) -> None:
    """Read what else comes, within reason: some servers take it for a failure if nobody listens."""
    with suppress(TimeoutError, httpcore.NetworkError, httpcore.ProtocolError, Unreachable):
        async with asyncio.timeout(_SECONDS_FOR_THE_REST):
            async for _ in response.aiter_stream():
                pass


def _why_not_connected(error: httpcore.ConnectError) -> str:
    match error.__cause__:
        case ssl.SSLCertVerificationError(verify_message=reason):
            return f"The certificate was not accepted: {reason}."
        case ssl.SSLError():
            return "No encrypted connection came about (TLS)."
        case _:
            return "The connection was refused."
