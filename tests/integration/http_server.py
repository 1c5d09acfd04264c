"""`satchel serve` as people run it: a process of its own, reached over the network."""

import re
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

_SATCHEL = Path(sys.executable).with_name("satchel")
_LISTENS = re.compile(r"listens on (http://\S+)")
# Ample for a machine that is busy with something else as well.
_SECONDS_TO_START = 60
_SECONDS_TO_STOP = 60


@contextmanager
def running_server(directory: Path, variables: Mapping[str, str]) -> Generator[str]:
    """Start the server on a free port, yield its address, and stop it as an operator would.

    Args:
        directory: its working directory, and where its own output goes.
        variables: its whole environment, but for PATH and PORT.
    """
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(directory), "PORT": "0", **variables}
    log = directory / "server.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [_SATCHEL, "serve"], cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        patience = threading.Timer(_SECONDS_TO_START, process.kill)
        patience.start()
        assert process.stdout is not None
        address = next((found[1] for line in process.stdout if (found := _LISTENS.search(line))), None)
        patience.cancel()
        try:
            assert address is not None, f"The server did not start: {log.read_text()}"
            yield address
        finally:
            process.terminate()
            process.communicate(timeout=_SECONDS_TO_STOP)
    assert process.returncode == 0, f"The server did not end well: {log.read_text()}"
    assert "Traceback" not in log.read_text()
