"""Where a service's time goes while it is asked: sampled from outside by py-spy, drawn as a flame graph."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final

from benchmarks.load import warmed_up
from benchmarks.processes import NotStarted, program
from benchmarks.rounds import Participant, Plan, ordered
from benchmarks.workloads import Workload

_SAMPLES_A_SECOND: Final = 200
_WIDTH: Final = 1200
_ROW: Final = 18
_HEAD: Final = 34
# What is narrower says nothing.
_LEAST: Final = 0.004
_LETTER: Final = 6.6
_OWNERS: Final = {
    "uvicorn, with our bounds on what comes in": ("uvicorn/", "cli/protocol.py", "cli/stalled_writes.py"),
    "Litestar: routing, its layers, dependencies, arguments": ("litestar/",),
    "the way to PostgreSQL and back: unit of work, pipeline, rows": ("adapters/sql/", "psycopg/"),
    "what every answer has: request id, headers, the line in the log": (
        "http/edge.py",
        "entrypoints/logs.py",
        "structlog/",
    ),
    "who is asking: token and session, both remembered": (
        "http/authentication.py",
        "application/auth.py",
        "adapters/jwt/",
    ),
    "handler, use case, entity, JSON": ("entrypoints/", "application/", "domain/"),
}
"""Whose time it is, by the places of their files; the first that fits."""
_LOOP: Final = "the event loop"
_STYLE: Final = """
    text { font: 11px ui-monospace, monospace; fill: #1f2328; }
    .title { font: 600 15px system-ui, sans-serif; }
    rect { stroke: #ffffff; }
    .ground { fill: #ffffff; }
    .satchel { fill: #8ed1b5; } .litestar { fill: #f3c98b; } .uvicorn { fill: #b9cdf2; } .other { fill: #d5d9de; }
    @media (prefers-color-scheme: dark) {
        .title { fill: #e6edf3; }
        rect { stroke: #0d1117; }
        .ground { fill: #0d1117; }
        .satchel { fill: #3fa67e; } .litestar { fill: #b98a45; }
        .uvicorn { fill: #6584bd; } .other { fill: #848d97; }
    }
"""


@dataclass
class Frame:
    """A function as it was called from those below it.

    Attributes:
        name: its own and its file's.
        samples: how often it was running, or what it had called.
        callees: what it had called, by name.
    """

    name: str
    samples: int = 0
    callees: "dict[str, Frame]" = field(default_factory=dict[str, "Frame"])


def profile(
    participant: Participant, workload: Workload, plan: Plan, folder: Path
) -> tuple[Path, dict[str, float]]:
    """Sample one contender while it does one thing; return the file with the picture, and whose time it is.

    Raises:
        NotStarted: py-spy may not look into the process, or cannot be had.
    """
    stacks = folder / f"profile-{participant.name}-{workload.name}.txt"
    with warmed_up(ordered(participant, workload, plan)) as go:
        sampler = subprocess.Popen(  # noqa: S603  # our own arguments
            # The service is not stopped for each sample, or it would be another's time that is seen.
            [
                *(program("py-spy"), "record", "--nonblocking", "--pid", str(participant.service.pid)),
                *("--rate", str(_SAMPLES_A_SECOND), "--duration", str(max(1, int(plan.seconds)))),
                *("--function", "--format", "raw", "--output", str(stacks)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        go()
        _, said = sampler.communicate(timeout=60)
    if sampler.returncode:
        raise NotStarted(f"py-spy cannot look into the service: {said.strip()}")
    picture = stacks.with_suffix(".svg")
    calls = read_stacks(stacks.read_text())
    picture.write_text(flame_graph(calls, f"{participant.name}: {workload.title}"))
    return picture, shares(calls)


def read_stacks(text: str) -> Frame:
    """Return the tree of calls that py-spy's lines tell of: functions from the outermost in, and a count."""
    root = Frame("all")
    for line in text.splitlines():
        stack, _, count = line.rpartition(" ")
        frame = root
        frame.samples += int(count)
        for name in _of_requests(stack.split(";")):
            frame = frame.callees.setdefault(name, Frame(name))
            frame.samples += int(count)
    return root


def shares(root: Frame) -> dict[str, float]:
    """Return the part of the time that each owner has, the largest first: what runs is its innermost owner's."""
    found: Counter[str] = Counter()
    waiting = [(root, _LOOP)]
    while waiting:
        frame, owner = waiting.pop()
        owner = next(
            (each for each, places in _OWNERS.items() if any(map(frame.name.__contains__, places))), owner
        )
        found[owner] += frame.samples - sum(callee.samples for callee in frame.callees.values())
        waiting.extend((callee, owner) for callee in frame.callees.values())
    return {owner: samples / (root.samples or 1) for owner, samples in found.most_common()}


def flame_graph(root: Frame, title: str) -> str:
    """Return the tree as a picture: the wider, the more time; callees stand on their callers."""
    rows = list(_rows(root, 0.0, 0, root.samples or 1))
    depth = max((row for row, *_ in rows), default=0) + 1
    height = _HEAD + depth * _ROW + 6
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<rect class="ground" width="{_WIDTH}" height="{height}"/>',
        f'<text class="title" x="6" y="21">{escape(title)}</text>',
    ]
    for row, left, share, name in rows:
        x, y, width = left * _WIDTH, height - 6 - (row + 1) * _ROW, share * _WIDTH
        letters = int((width - 6) / _LETTER)
        shown = name if len(name) <= letters else f"{name[: letters - 1]}…" if letters > 3 else ""
        parts.append(
            f'<g><title>{escape(name)}: {share:.1%}</title><rect class="{_kind(name)}" x="{x:.1f}" y="{y}" '
            f'width="{width:.1f}" height="{_ROW}" rx="2"/>'
            f'<text x="{x + 4:.1f}" y="{y + 13}">{escape(shown)}</text></g>'
        )
    return "\n".join([*parts, "</svg>\n"])


def _of_requests(stack: list[str]) -> list[str]:
    # What all have in common, from the command line to the event loop, tells nothing; nor do the numbers of lines.
    names = [re.sub(r":\d+\)$", ")", name) for name in stack]
    loop = max((place for place, name in enumerate(names) if "runners.py" in name), default=-1)
    return names[loop + 1 :] or ["event loop"]


def _rows(frame: Frame, left: float, row: int, all_samples: int) -> Iterator[tuple[int, float, float, str]]:
    share = frame.samples / all_samples
    yield row, left, share, frame.name
    for callee in sorted(frame.callees.values(), key=lambda each: -each.samples):
        if callee.samples / all_samples >= _LEAST:
            yield from _rows(callee, left, row + 1, all_samples)
            left += callee.samples / all_samples


def _kind(name: str) -> str:
    for kind, places in {
        "litestar": ("litestar/",),
        "uvicorn": ("uvicorn/", "cli/protocol.py"),
        "satchel": ("entrypoints/", "application/", "adapters/", "domain/"),
    }.items():
        if any(place in name for place in places):
            return kind
    return "other"
