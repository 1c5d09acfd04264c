"""One running server process, and the keeper that ends it when the service cannot any more."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from adapters.postgres.account import SHELL
from adapters.postgres.binaries import CLEAN_ENVIRONMENT
from adapters.postgres.cluster import Cluster

STOPPING = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))
"""How a server is asked to end, and for how many seconds: a fast shutdown, then one with recovery afterwards."""

_PAUSE = 0.02
_STATUS_LINE = 7

# Two hold the end of the pipe that the keeper reads from: the announcer, which writes the pid that the server is
# going to have, and the service, for as long as it lives. So there is no moment in which the service could die
# and leave behind a server that the keeper does not know.
_ANNOUNCE = 'echo $$ && exec "$@" >&2'
# Asks again because a server that is just being started may not listen to signals yet.
_KEEP = """
read -r server; read -r _; tries=0
while [ "$tries" -lt 60 ] && kill -INT "$server"; do sleep 1; tries=$((tries + 1)); done
"""


class Postmaster:
    """A server process on 127.0.0.1, in a session of its own, that ends with the process that made it.

    Attributes:
        port: the TCP port it was told to listen on.
    """

    def __init__(self, cluster: Cluster, *, port: int, log: Path, inherit: int) -> None:
        """Start the server and its keeper, without waiting for it to be ready.

        Args:
            cluster: the data directory to serve.
            port: the TCP port to listen on.
            log: the file that takes what the server says.
            inherit: descriptor of a lock that the server holds as long as any of its processes lives.

        Raises:
            OSError: a process or the log cannot be started.
        """
        self.port = port
        self._pid_file = cluster.directory / "postmaster.pid"
        self._log = log
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        listening, leash = os.pipe()
        self._leash: int | None = leash
        try:
            self._log_start = os.fstat(output).st_size
            self._keeper = _keeper(listening)
            self._server = cluster.account.spawn(
                [SHELL, "-c", _ANNOUNCE, "sh", *_command(cluster, port)],
                stdout=leash,
                stderr=output,
                inherit=[inherit],
            )
        except BaseException:
            # A keeper without a leash ends by itself, and takes a server along.
            self._let_leash_go()
            raise
        finally:
            os.close(listening)
            os.close(output)

    @property
    def ended(self) -> bool:
        """Whether the server has ended by itself."""
        return self._server.poll() is not None

    def await_ready(self, deadline: float) -> bool:
        """Wait until it takes connections; False when it ended or `time.monotonic()` passed the deadline."""
        while not self.ended and time.monotonic() < deadline:
            lines = _read_lines(self._pid_file)
            if len(lines) > _STATUS_LINE and lines[0] == str(self._server.pid) and lines[_STATUS_LINE] == "ready":
                return True
            time.sleep(_PAUSE)
        return False

    def said(self) -> str:
        """What this server has written to its log so far."""
        with self._log.open(encoding="utf-8", errors="replace") as file:
            file.seek(self._log_start)
            return file.read()

    def stop(self) -> None:
        """End the server, gently at first, and wait for that.

        Raises:
            subprocess.TimeoutExpired: not even SIGKILL ended it.
        """
        for request, patience in (*STOPPING, (signal.SIGKILL, 10.0)):
            self._server.send_signal(request)
            # Before the server is gone: after that, its pid may be somebody else's.
            self._end_keeper()
            try:
                self._server.wait(patience)
            except subprocess.TimeoutExpired:
                if request is signal.SIGKILL:
                    raise
            else:
                return

    def forget(self) -> None:
        """In a forked child: let go of what only the parent may hold, and leave the server alone."""
        self._let_leash_go()
        for process in (self._keeper, self._server):
            # They are not this process's children: as they were ended, for subprocess, it does not wait for them.
            process.returncode = 0

    def _end_keeper(self) -> None:
        self._keeper.kill()
        self._keeper.wait()
        self._let_leash_go()

    def _let_leash_go(self) -> None:
        if self._leash is not None:
            os.close(self._leash)
            self._leash = None


def _keeper(listening: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - the shell, with a script of ours
        [SHELL, "-c", _KEEP],
        stdin=listening,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=CLEAN_ENVIRONMENT,
        start_new_session=True,
    )


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def recorded_pid(directory: Path) -> int | None:
    """The process that a data directory names as its server, alive or not; None when it names none."""
    lines = _read_lines(directory / "postmaster.pid")
    return int(lines[0]) if lines and lines[0].isdecimal() else None


def _read_lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text(errors="replace").splitlines()]
    except FileNotFoundError:
        return []


def _command(cluster: Cluster, port: int) -> list[str]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        # A socket's path may have some 100 bytes, a DATA_DIR more.
        "unix_socket_directories": "",
        "logging_collector": "off",
        # The service hears itself what its statements do wrong; here it would only quote people's data.
        "log_min_messages": "log",
        "log_checkpoints": "off",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [cluster.binaries.program("postgres"), "-D", str(cluster.directory), *options]
