"""What the benchmark can be told on its command line."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import pgbench
from benchmarks.contenders import CONTENDERS, WHEN_ASKED
from benchmarks.workloads import WORKLOADS

TASKS: Final = 10_000
"""How many tasks there are, but for the growth of lists."""

_ROOT: Final = Path(__file__).resolve().parents[1]
_EVERYONE: Final = (*CONTENDERS, pgbench.NAME)
_USUAL: Final = tuple(name for name in _EVERYONE if name not in WHEN_ASKED)
_GROWTH_SIZES: Final = "10000,1000000,10000000"
_GROWTH_CONTENDERS: Final = ("satchel-2", "fastapi-async")
_SMOKE_CONTENDERS: Final = ("satchel-1",)
_SMOKE_SECONDS: Final = 0.3


@dataclass(frozen=True, slots=True)
class Options:
    """One run.

    Attributes:
        contenders: names of those who take part.
        workloads: names of what they do.
        seconds: of each measurement.
        rounds: how often each is taken.
        cores: for everything together.
        profile: whether it is drawn where the time goes, in place of measuring.
        growth: whether growing lists are measured in place of the workloads.
        sizes: numbers of tasks for that, ascending.
        compare: results of an earlier run.
        out: folder for results and logs.
    """

    contenders: tuple[str, ...]
    workloads: tuple[str, ...]
    seconds: float
    rounds: int
    cores: int
    profile: bool
    growth: bool
    sizes: tuple[int, ...]
    compare: Path | None
    out: Path


def read_options(arguments: Sequence[str]) -> Options:
    """Return what the arguments say.

    Raises:
        SystemExit: they are wrong, or ask for help.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare Satchel's speed with that of its peers, all on the same cores of this machine.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--contenders", type=_names(_EVERYONE), help=f"some of {','.join(_EVERYONE)}")
    parser.add_argument(
        "--workloads", type=_names(WORKLOADS), default=tuple(WORKLOADS), help=f"some of {','.join(WORKLOADS)}"
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is taken")
    parser.add_argument("--cores", type=int, default=2, help="for everything together")
    parser.add_argument("--profile", action="store_true", help="draw where Satchel's time goes instead")
    parser.add_argument("--growth", action="store_true", help="measure lists among more and more tasks instead")
    parser.add_argument("--sizes", type=_sizes, default=_GROWTH_SIZES, help=f"of them, {TASKS} at least")
    parser.add_argument("--smoke", action="store_true", help="one short round of Satchel alone: does it work?")
    parser.add_argument("--compare", type=Path, metavar="OLD.json", help="tell what changed since that run")
    parser.add_argument("--out", type=Path, default=_ROOT / ".bench", help="folder for results and logs")
    given = parser.parse_args(arguments)
    if min(given.seconds, given.rounds, given.cores) <= 0:
        parser.error("--seconds, --rounds and --cores are above 0")
    is_alone = given.smoke or given.profile
    usual = _SMOKE_CONTENDERS if is_alone else _GROWTH_CONTENDERS if given.growth else _USUAL
    return Options(
        contenders=given.contenders or usual,
        workloads=given.workloads,
        seconds=_SMOKE_SECONDS if given.smoke else given.seconds,
        rounds=1 if given.smoke else given.rounds,
        cores=given.cores,
        profile=given.profile,
        growth=given.growth,
        sizes=given.sizes,
        compare=given.compare,
        out=given.out.absolute(),
    )


def _names(known: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    order = tuple(known)

    def names(text: str) -> tuple[str, ...]:
        wanted = set(text.split(","))
        if unknown := wanted - set(order):
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(order)}")
        return tuple(name for name in order if name in wanted)

    return names


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(sorted({int(part) for part in text.split(",")}))
    if sizes[0] < TASKS:
        raise argparse.ArgumentTypeError(f"the smallest is {TASKS}")
    return sizes
