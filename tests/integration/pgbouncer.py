"""A PgBouncer of a test's own, in transaction mode: Debian's program, never the machine's service."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.contracts.certificates import certificate_for

_PATIENCE_SECONDS = 60
# What docs/operating.md recommends, but for names and places. With few sessions of the server, callers do change
# from one to the other.
_CONFIGURATION = """
[databases]
{name} = host={host} port={port} user={user} {password} timezone=UTC datestyle=ISO connect_query='{connect_query}'

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
query_wait_timeout = 5
"""
_TLS = """
client_tls_sslmode = require
client_tls_key_file = {key}
client_tls_cert_file = {certificate}
"""
CONNECT_QUERY = (
    "SELECT set_config(''statement_timeout'', ''10s'', false), set_config(''lock_timeout'', ''5s'', false), "
    "set_config(''idle_in_transaction_session_timeout'', ''15s'', false)"
)


def executable() -> str:
    """Return the path of PgBouncer; without it the test is skipped, or fails where REQUIRE_PGBOUNCER is set."""
    path = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if path is None:
        reason = "There is no pgbouncer, so nothing is tried behind it: apt-get install pgbouncer."
        if os.environ.get("REQUIRE_PGBOUNCER"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@contextmanager
def bouncing(url: str, *, with_tls: bool = False) -> Generator[str]:
    """Yield the URL that leads to the database through a PgBouncer in transaction mode; it ends with the block."""
    program = executable()
    to = conninfo_to_dict(url)
    name, port = str(to["dbname"]), _free_port()
    with tempfile.TemporaryDirectory(prefix="satchel-pgbouncer-") as folder:
        directory = Path(folder)
        configuration, log = directory / "pgbouncer.ini", directory / "log"
        password = f"password={to['password']}" if to.get("password") else ""
        configuration.write_text(
            _CONFIGURATION.format(
                name=name,
                host=to["host"],
                port=to.get("port", 5432),
                user=to["user"],
                password=password,
                connect_query=CONNECT_QUERY,
                listen_port=port,
            )
        )
        if with_tls:
            files = certificate_for("localhost", directory)
            with configuration.open("a") as file:
                file.write(_TLS.format(key=files.key, certificate=files.certificate))
        # It refuses to run as root.
        user = "nobody" if os.geteuid() == 0 else None
        directory.chmod(0o755)
        with (
            log.open("w") as output,
            subprocess.Popen(
                [program, configuration], stdout=output, stderr=output, user=user, group=user and "nogroup",
                extra_groups=[] if user else None,
            ) as process,
        ):  # fmt: skip
            try:
                netloc, query = f"{to['user']}@127.0.0.1:{port}", "sslmode=require" if with_tls else ""
                pooled = urlsplit(url)._replace(netloc=netloc, query=query).geturl()
                _await_answer(pooled, process, log)
                yield pooled
            finally:
                process.kill()


def _await_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PgBouncer does not answer: {error}\n{log.read_text()}")
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
