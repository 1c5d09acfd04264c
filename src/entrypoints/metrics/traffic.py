"""HTTP requests, counted as they are answered."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from entrypoints.metrics.families import Family, Kind, gauge

UNKNOWN: Final = "unknown"
"""The route of what matches none: however many paths strangers try, they are one."""
REFUSED: Final = "refused"
"""The route of what is no request that could be routed."""
_UNANSWERED: Final = "none"
_OTHER: Final = "other"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LABELS: Final = ("method", "route", "status")

_Key = tuple[str, str, int | None]


class Traffic:
    """Counts requests by route, method and status; whatever clients send, there are only so many of each.

    Attributes:
        in_flight: requests that are being answered.
    """

    def __init__(self) -> None:
        """Begin with no request."""
        self.in_flight = 0
        # Into each bucket fell so many; the last place holds the sum.
        self._timed: dict[_Key, list[float]] = {}
        self._untimed: dict[_Key, int] = {}

    def note(self, method: str, route: str, status: int | None, seconds: float) -> None:
        """Count a request and how long it took.

        Args:
            method: as the client wrote it.
            route: the template of its path.
            status: None where whoever asked was gone before there was any.
            seconds: from its head to the end of the answer.
        """
        key = (method if method in _METHODS else _OTHER, route, status)
        series = self._timed.get(key)
        if series is None:
            series = self._timed[key] = [0] * (len(_SECONDS) + 1) + [0.0]
        series[bisect_left(_SECONDS, seconds)] += 1
        series[-1] += seconds

    def note_untimed(self, method: str, route: str, status: int | None) -> None:
        """Count a request whose duration says nothing of the service, such as a stream that is listened to."""
        key = (method if method in _METHODS else _OTHER, route, status)
        self._untimed[key] = self._untimed.get(key, 0) + 1

    def families(self) -> Iterator[Family]:
        """Yield what was counted so far."""
        timed = [(_labels(key), list(series)) for key, series in self._timed.items()]
        counted = {labels: sum(series[:-1]) for labels, series in timed}
        for key, count in self._untimed.items():
            counted[_labels(key)] = counted.get(_labels(key), 0) + count
        yield Family(
            "satchel_http_requests_total",
            Kind.COUNTER,
            "Requests answered, streams and refused connections included.",
            [(labels, (count,)) for labels, count in counted.items()],
            _LABELS,
        )
        yield Family(
            "satchel_http_request_duration_seconds",
            Kind.HISTOGRAM,
            "Seconds from a request's head to the end of its answer, streams left out.",
            timed,
            _LABELS,
            _SECONDS,
        )
        yield gauge(
            "satchel_http_requests_in_flight", "Requests being answered, streams included.", self.in_flight
        )


def _labels(key: _Key) -> tuple[str, str, str]:
    method, route, status = key
    return method, route, _UNANSWERED if status is None else str(status)
