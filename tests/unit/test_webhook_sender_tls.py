"""Posting over TLS, with certificates that are checked."""

import asyncio
import os
import socket
import ssl
from pathlib import Path

import pytest

from adapters.httpcore.webhooks import HttpcoreWebhookSender
from tests.contracts.certificates import certificate_for
from tests.contracts.webhook_receiver import answer, receiving
from tests.unit.webhook_sending import BODY, finding, post, sending, why_unreachable

pytestmark = pytest.mark.anyio


class TestEncryption:
    """TLS, with certificates that are checked."""

    async def test_a_certificate_for_the_name_is_accepted(self, tmp_path: Path) -> None:
        server, client = _tls(tmp_path, "hooks.example")
        sender = _sender(client)
        async with receiving(tls=server) as receiver:
            assert await post(f"https://hooks.example:{receiver.port}/", sender=sender) == 204
        assert receiver.received[0].body == BODY

    async def test_one_for_another_name_is_not(self, tmp_path: Path) -> None:
        server, client = _tls(tmp_path, "other.example")
        async with receiving(tls=server) as receiver:
            told = await why_unreachable(f"https://hooks.example:{receiver.port}/", sender=_sender(client))
        assert told.startswith("The certificate was not accepted: Hostname mismatch")
        assert receiver.received == []

    async def test_one_that_nobody_vouches_for_is_not(self, tmp_path: Path) -> None:
        server, _ = _tls(tmp_path, "hooks.example")
        async with receiving(tls=server) as receiver:
            told = await why_unreachable(f"https://hooks.example:{receiver.port}/", sender=_sender(None))
        assert told == "The certificate was not accepted: self-signed certificate."

    async def test_a_receiver_that_knows_no_tls(self) -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(answer(400))
            await reader.read()
            writer.close()

        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            assert await why_unreachable(url) == "No encrypted connection came about (TLS)."

    async def test_a_connection_that_is_no_longer_encrypted_counts_as_broken_off(self, tmp_path: Path) -> None:
        server, client = _tls(tmp_path, "hooks.example")

        async def break_out(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(BODY)
            raw: socket.socket = writer.get_extra_info("socket")
            os.write(raw.fileno(), b"something other than a record of TLS")
            await reader.read()
            writer.close()

        async with await asyncio.start_server(break_out, "127.0.0.1", 0, ssl=server) as listening:
            url = f"https://hooks.example:{listening.sockets[0].getsockname()[1]}/"
            told = await why_unreachable(url, sender=_sender(client))
        assert told == "The connection broke off before there was an answer."


def _sender(ssl_context: ssl.SSLContext | None) -> HttpcoreWebhookSender:
    return sending(allowed_networks=["127.0.0.1"], resolve=finding(["127.0.0.1"]), ssl_context=ssl_context)


def _tls(directory: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server with a certificate of its own making needs, and a client that trusts it."""
    files = certificate_for(name, directory)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*files)
    return server, ssl.create_default_context(cafile=files.certificate)
