"""Metrics as Prometheus knows them: families of samples, added up over processes."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

MEDIA_TYPE: Final = "text/plain; version=0.0.4"
"""In UTF-8."""

Labels = tuple[str, ...]
Label = TypeVar("Label", bound=str)


class Kind(StrEnum):
    """What a family's values mean."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Sum(StrEnum):
    """What the values of several processes make together."""

    TOTAL = "total"
    LEAST = "least"
    MOST = "most"


class Family(msgspec.Struct, frozen=True):
    """A metric with all its samples.

    Attributes:
        name: as Prometheus wants it: with its unit, and `_total` where it counts.
        kind: what the values mean.
        help: what is measured, in a sentence.
        samples: for each combination of labels one value; of a histogram how many fell into each bucket, beyond
            the last bound too, and the sum of what was observed.
        labels: their names.
        bounds: of a histogram's buckets, the upper ones.
        sum: how processes add up.
    """

    name: str
    kind: Kind
    help: str
    samples: Sequence[tuple[Labels, Sequence[float]]]
    labels: Labels = ()
    bounds: Sequence[float] = ()
    sum: Sum = Sum.TOTAL

    @property
    def outlives_process(self) -> bool:
        """Whether it still counts when the process is gone that measured it: else Prometheus saw it fall."""
        return self.kind is not Kind.GAUGE


def counter(name: str, help: str, label: str, values: Mapping[Label, float]) -> Family:
    """Return a counter with one label."""
    return Family(name, Kind.COUNTER, help, [((key,), (value,)) for key, value in values.items()], (label,))


def gauge(name: str, help: str, value: float, *, sum: Sum = Sum.TOTAL) -> Family:
    """Return a gauge without labels."""
    return Family(name, Kind.GAUGE, help, [((), (value,))], sum=sum)


def gauges(name: str, help: str, label: str, values: Mapping[Label, float]) -> Family:
    """Return a gauge with one label."""
    return Family(name, Kind.GAUGE, help, [((key,), (value,)) for key, value in values.items()], (label,))


def added_up(families: Iterable[Family]) -> list[Family]:
    """Return each family once, with the values of the same labels made one."""
    together: dict[str, Family] = {}
    values: dict[str, dict[Labels, Sequence[float]]] = {}
    for family in families:
        kept = together.setdefault(family.name, family)
        # Two versions of Satchel may have other buckets; they never share a folder.
        samples = values.setdefault(family.name, {})
        for labels, sample in family.samples:
            before = samples.get(labels)
            samples[labels] = sample if before is None else _together(kept.sum, before, sample)
    return [
        msgspec.structs.replace(family, samples=list(values[name].items())) for name, family in together.items()
    ]


def _together(sum_: Sum, one: Sequence[float], other: Sequence[float]) -> Sequence[float]:
    if sum_ is Sum.TOTAL:
        return [a + b for a, b in zip(one, other, strict=True)]
    choose = min if sum_ is Sum.LEAST else max
    return [choose(a, b) for a, b in zip(one, other, strict=True)]
