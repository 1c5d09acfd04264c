"""A service reduced to its PostgreSQL, as a process of its own that tests may kill.

Prints "starting", then one line of JSON: a "url" (and the pid of a "child", if one was asked for) or an "error".
Lives until its input ends.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from adapters.postgres.binaries import find_binaries
from adapters.postgres.server import EmbeddedPostgres, EmbeddedPostgresError


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def fork_idle_child() -> int:
    """A child as a pre-forking server makes it: it inherits everything and lives until it is killed."""
    child = os.fork()
    if child == 0:
        signal.pause()
    return child


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("data_dir", type=Path)
    options.add_argument("--binaries", type=Path)
    options.add_argument("--uid", type=int)
    options.add_argument("--fork", action="store_true")
    chosen = options.parse_args()
    if chosen.uid is not None:
        # Here and not by the caller: the interpreter itself may be where that user cannot go.
        os.setgroups([])
        os.setgid(chosen.uid)
        os.setuid(chosen.uid)
    places = (lambda: find_binaries(lambda: [chosen.binaries])) if chosen.binaries else find_binaries
    server = EmbeddedPostgres(chosen.data_dir, binaries=places)
    say("starting")
    try:
        url = server.start()
    except EmbeddedPostgresError as error:
        say(json.dumps({"error": str(error)}))
        return
    say(json.dumps({"url": url, "child": str(fork_idle_child()) if chosen.fork else ""}))
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
