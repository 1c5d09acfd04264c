"""A `satchel` that starts in no time: a process that has imported everything forks for each call.

Walking through all pages calls the program some fifty times, and most of each call would be Python's imports. What
runs is the same `main`, with the caller's arguments, environment, folder and files. The service itself is started
afresh, since it is a process of its own to signals.
"""

import array
import json
import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

SATCHEL = str(Path(sys.executable).with_name("satchel"))
_MOST = 1 << 20
# Without site-packages, which takes most of the time of starting Python.
_CALLER = f"""#!{sys.executable} -SEI
import array, json, os, socket, sys
if "serve" in sys.argv[1:]:
    os.execv({SATCHEL!r}, sys.argv)
server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
server.connect(PLACE)
call = json.dumps([sys.argv, dict(os.environ), os.getcwd()]).encode()
server.sendmsg([call], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
sys.exit(int(server.recv(16) or b"70"))
"""


@contextmanager
def warm_satchel(folder: Path) -> Generator[Path]:
    """Yield the path of the program; it works as long as this context lasts."""
    program, place = folder / "satchel", folder / "socket"
    program.write_text(_CALLER.replace("PLACE", repr(str(place))))
    program.chmod(0o755)
    code = "import sys; from tests.integration.warm_satchel import serve; serve(sys.argv[1])"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(place)], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield program
        process.terminate()


def serve(place: str) -> None:
    """Import everything, then carry out calls, each in a process of its own, until this one is ended."""
    for name in ("audit", "config", "main", "migrate", "openapi", "portability", "seed", "users"):
        import_module(f"entrypoints.cli.{name}")
    import_module("entrypoints.container")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(place)
    listener.listen()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            _attend(connection)
        connection.close()
        while _has_ended():
            pass


def _has_ended() -> bool:
    """Whether there was a child that has ended, of which nothing is left now."""
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


def _attend(connection: socket.socket) -> None:
    """Carry out one call in a child, and tell its caller how it ended."""
    message, files, _, _ = connection.recvmsg(_MOST, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    arguments, environment, folder = json.loads(message)
    descriptors = array.array("i", files[0][2])
    child = os.fork()
    if child == 0:
        for place, descriptor in enumerate(descriptors):
            os.dup2(descriptor, place)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.argv[:] = arguments
        connection.close()
        # Tearing the interpreter down would take longer than most calls.
        try:
            import_module("entrypoints.cli.main").main()
        except SystemExit as end:
            sys.stdout.flush()
            os._exit(end.code if isinstance(end.code, int) else 0)
    _, status = os.waitpid(child, 0)
    connection.send(str(os.waitstatus_to_exitcode(status) & 0xFF).encode())
    os._exit(0)
