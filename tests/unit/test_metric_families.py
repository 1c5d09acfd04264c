"""Metrics of several processes, made one, and written down."""

from pathlib import Path

from entrypoints.metrics.families import Family, Kind, Sum, counter, gauge
from entrypoints.metrics.text import as_text
from entrypoints.metrics.workers import Worker
from tests.contracts.metrics import read

HOSTILE = 'a "quoted"\\ back\nslash'


def told_by(requests: int, followers: int) -> list[Family]:
    """Return what a process tells that has answered so many, and has so many who follow."""
    return [
        counter("requests_total", "Requests.", "route", {"/": requests}),
        gauge("followers", "Followers.", followers),
        gauge("started", "Start.", requests, sum=Sum.LEAST),
        Family("seconds", Kind.HISTOGRAM, "Seconds.", [((), [requests, 1, 0.5])], bounds=[0.1]),
    ]


def figures(worker: Worker) -> dict[str, float]:
    """Return every sample of what the workers tell together, by its name."""
    told = read(as_text(worker.together()).decode())
    return {sample.name: sample.value for family in told.families.values() for sample in family.samples}


def test_a_label_may_hold_anything() -> None:
    text = as_text([counter("tries_total", "Tries.", "why", {HOSTILE: 1})]).decode()
    assert read(text).total("tries_total", why=HOSTILE) == 1
    assert len(text.splitlines()) == 3


class TestWorkers:
    """Processes at one port."""

    def test_counts_add_up(self, tmp_path: Path) -> None:
        first, second = Worker(tmp_path), Worker(tmp_path)
        first.tell(told_by(5, 1))
        second.tell(told_by(7, 2))
        expected = {
            "requests_total": 12, "followers": 3, "started": 5, "seconds_bucket": 14, "seconds_sum": 1,
            "seconds_count": 14,
        }  # fmt: skip
        assert figures(first) == figures(second) == expected

    def test_what_one_tells_again_counts_once(self, tmp_path: Path) -> None:
        worker = Worker(tmp_path)
        worker.tell(told_by(5, 1))
        worker.tell(told_by(6, 1))
        assert figures(worker)["requests_total"] == 6

    def test_a_counter_never_falls_when_a_process_ends_and_a_gauge_does(self, tmp_path: Path) -> None:
        staying = Worker(tmp_path)
        staying.tell(told_by(5, 1))
        for _ in range(3):
            ending = Worker(tmp_path)
            ending.tell(told_by(10, 10))
            ending.close()
        Worker(tmp_path).close()
        for _ in range(2):
            told = figures(staying)
            assert told["requests_total"] == 35
            assert told["followers"] == 1
            assert told["seconds_count"] == 39
        assert len(list(tmp_path.iterdir())) == 4
