"""Posting to addresses that admins chose, and to none that they must not reach."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from adapters.httpcore.addresses import address_of, is_public
from tests.contracts.webhook_receiver import answer, receiving
from tests.unit.webhook_sending import BODY, finding, post, sending, why_unreachable

pytestmark = pytest.mark.anyio

REFUSED = (
    "The host is not known, or its address is not public; the operator can allow it with WEBHOOK_ALLOWED_NETWORKS."
)

PRIVATE = (
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1",  # noqa: S104  # not bound
    "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
    "2002:7f00:1::", "2002:a00:1::1", "2001::7f00:1", "2001:db8::1", "3fff::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1", "100::1", "4000::1",
)  # fmt: skip
PUBLIC = ("8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8")


class TestPosting:
    """What is sent, and what is made of the answer."""

    async def test_the_message_arrives_as_it_was_given(self) -> None:
        async with receiving() as receiver:
            assert await post(f"http://127.0.0.1:{receiver.port}/hooks/a?key=b%20c") == 204
        (received,) = receiver.received
        assert received.line == "POST /hooks/a?key=b%20c HTTP/1.1"
        assert received.body == BODY
        assert received.headers == {
            "content-type": "application/json",
            "webhook-id": "evt_1",
            "host": f"127.0.0.1:{receiver.port}",
            "content-length": str(len(BODY)),
        }

    @pytest.mark.parametrize("status", [200, 201, 400, 404, 410, 429, 500, 503])
    async def test_the_status_of_the_answer_is_told_whatever_it_is(self, status: int) -> None:
        async with receiving(answer(status, body=b"so be it")) as receiver:
            assert await post(f"http://127.0.0.1:{receiver.port}/") == status

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_a_redirect_is_not_followed(self, status: int) -> None:
        async with receiving() as other:
            location = f"Location: http://127.0.0.1:{other.port}/latest/meta-data"
            async with receiving(answer(status, location)) as receiver:
                assert await post(f"http://127.0.0.1:{receiver.port}/") == status
        assert other.connections == 0

    async def test_a_cookie_is_not_kept(self) -> None:
        sender = sending(allowed_networks=["127.0.0.1"])
        async with receiving(answer(200, "Set-Cookie: a=b")) as receiver:
            for _ in range(2):
                await post(f"http://127.0.0.1:{receiver.port}/", sender=sender)
        assert "cookie" not in receiver.received[1].headers
        assert receiver.connections == 2

    async def test_a_proxy_of_the_environment_is_not_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with receiving() as proxy, receiving() as receiver:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            assert await post(f"http://127.0.0.1:{receiver.port}/") == 204
        assert proxy.connections == 0

    async def test_an_answer_without_end_is_cut_off(self) -> None:
        ended = asyncio.Event()

        async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(BODY)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                while True:
                    writer.write(b"x" * 100_000)
                    await writer.drain()
            except OSError:
                ended.set()
            writer.close()

        async with await asyncio.start_server(pour, "127.0.0.1", 0) as server:
            assert await post(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/") == 200
            await ended.wait()

    async def test_an_answer_that_breaks_off_after_its_status_counts(self) -> None:
        async with receiving(b"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf") as receiver:
            assert await post(f"http://127.0.0.1:{receiver.port}/") == 202

    async def test_so_does_one_that_comes_in_the_smallest_of_pieces(self) -> None:
        pieces = b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 50_000
        async with receiving(pieces) as receiver:
            assert await post(f"http://127.0.0.1:{receiver.port}/") == 202

    async def test_an_ipv6_address_is_named_in_brackets(self) -> None:
        sender = sending(allowed_networks=["127.0.0.0/8"], resolve=finding(["127.0.0.1"]))
        async with receiving() as receiver:
            await post(f"http://[2606:4700::1111]:{receiver.port}/", sender=sender)
        assert receiver.received[0].headers["host"] == f"[2606:4700::1111]:{receiver.port}"


class TestWhatMustNotBeReached:
    """Addresses of this machine, of its neighbours, and others that are not public."""

    @pytest.mark.parametrize("address", PRIVATE)
    async def test_an_address_that_is_not_public_is_refused(self, address: str) -> None:
        assert not is_public(address_of(address))
        sender = sending(resolve=finding([address]))
        assert await why_unreachable("http://hooks.example/", sender=sender) == REFUSED

    @pytest.mark.parametrize("address", PUBLIC)
    async def test_an_address_that_is_public_is_not(self, address: str) -> None:
        assert is_public(address_of(address))

    @pytest.mark.parametrize(
        "host",
        ["127.0.0.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1", "0", "0.0.0.0", "[::1]", "[::]",  # noqa: S104  # not bound
         "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[fe80::1%25lo]", "[fe80::1%lo]", "localhost", "LOCALHOST",
         "localhost.", "127.0.0.1.", "10.0.0.1", "169.254.169.254", "a..b", "x" * 64 + ".example", "."],
    )  # fmt: skip
    async def test_no_spelling_of_it_helps(self, host: str) -> None:
        async with receiving() as receiver:
            url = f"http://{host}:{receiver.port}/"
            assert await why_unreachable(url, sender=sending()) == REFUSED
        assert receiver.connections == 0

    @pytest.mark.parametrize("found", [["8.8.8.8", "127.0.0.1"], ["::1", "8.8.8.8"], ["8.8.8.8", "10.0.0.1"], []])
    async def test_one_such_address_among_others_is_enough(self, found: list[str]) -> None:
        sender = sending(resolve=finding(found))
        assert await why_unreachable("http://hooks.example/", sender=sender) == REFUSED

    async def test_a_name_that_leads_elsewhere_a_moment_later_leads_to_what_was_looked_at(self) -> None:
        resolve = finding(["127.0.0.2"], ["127.0.0.1"])
        sender = sending(allowed_networks=["127.0.0.2"], resolve=resolve)
        async with receiving(host="127.0.0.2") as allowed, receiving(port=allowed.port) as other:
            url = f"http://hooks.example:{allowed.port}/"
            assert await post(url, sender=sender) == 204
            assert await why_unreachable(url, sender=sender) == REFUSED
        assert (allowed.connections, other.connections) == (1, 0)
        assert allowed.received[0].headers["host"] == f"hooks.example:{allowed.port}"

    async def test_a_name_that_is_not_known_reads_like_one_that_leads_to_a_private_address(self) -> None:
        async def find_nothing(host: str, port: int) -> Sequence[str]:
            raise OSError(-2, "Name or service not known")

        assert await why_unreachable("http://x.example", sender=sending(resolve=find_nothing)) == REFUSED

    async def test_what_the_operator_allows_is_reached_and_nothing_beside_it(self) -> None:
        sender = sending(allowed_networks=["127.0.0.2/31", "fd00::/8"])
        async with receiving(host="127.0.0.2") as receiver:
            assert await post(f"http://127.0.0.2:{receiver.port}/", sender=sender) == 204
            assert await post(f"http://[::ffff:127.0.0.2]:{receiver.port}/", sender=sender) == 204
            for host in ("127.0.0.1", "127.0.0.4", "[::1]", "10.0.0.1"):
                assert await why_unreachable(f"http://{host}:{receiver.port}/", sender=sender) == REFUSED


class TestWhatFails:
    """Each failure has a text for an admin, which shows nothing of the inside."""

    async def test_a_receiver_that_never_answers_is_given_up(self) -> None:
        async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        sender = sending(allowed_networks=["127.0.0.1"], seconds=0.2)
        async with await asyncio.start_server(wait, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            assert await why_unreachable(url, sender=sender) == "There was no answer within 0.2 seconds."

    async def test_a_name_server_that_never_answers_is_given_up(self) -> None:
        async def never(host: str, port: int) -> Sequence[str]:
            await asyncio.Event().wait()
            return []

        sender = sending(seconds=0.2, resolve=never)
        assert (
            await why_unreachable("http://x.example/", sender=sender) == "There was no answer within 0.2 seconds."
        )

    async def test_a_port_where_nobody_listens(self) -> None:
        async with receiving() as receiver:
            port = receiver.port
        assert await why_unreachable(f"http://127.0.0.1:{port}/") == "The connection was refused."

    @pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n"])
    async def test_what_is_no_http(self, said: bytes) -> None:
        async with receiving(said) as receiver:
            assert await why_unreachable(f"http://127.0.0.1:{receiver.port}/") == (
                "The connection ended, or something other than HTTP came back."
            )

    @pytest.mark.parametrize(
        "said",
        [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 1_000],
        ids=["in small pieces", "in large ones"],
    )
    async def test_news_without_end_that_an_answer_is_to_come(self, said: bytes) -> None:
        async def announce(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(BODY)
            with suppress(OSError):
                while True:
                    writer.write(said)
                    await writer.drain()
            writer.close()

        async with await asyncio.start_server(announce, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            assert await why_unreachable(url) == "In the first 64 KiB of what came back there was no answer."

    async def test_of_several_addresses_the_next_is_tried(self) -> None:
        resolve = finding(["127.0.0.3", "127.0.0.2"])
        sender = sending(allowed_networks=["127.0.0.0/8"], resolve=resolve)
        async with receiving(host="127.0.0.2") as receiver:
            assert await post(f"http://hooks.example:{receiver.port}/", sender=sender) == 204

    async def test_being_called_off_leaves_no_connection_behind(self) -> None:
        came, ended = asyncio.Event(), asyncio.Event()

        async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            came.set()
            await reader.read()
            ended.set()
            writer.close()

        async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
            for scheme in ("http", "https"):
                url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
                posting = asyncio.create_task(post(url))
                await came.wait()
                posting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await posting
                await ended.wait()
                came.clear()
                ended.clear()
