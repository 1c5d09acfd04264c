"""What the soak takes for growth: the traffic itself takes minutes, `make soak` runs it."""

from tests.soak import LOOKS, Look, Options, faults_in

OPTIONS = Options(minutes=1, users=2, slow=0)
CALM = Look([100.0, 100.0], [50, 50], 20, {"users": 3, "tasks": 2, "waiting_events": 1, "events": 10})


def after(last: Look) -> list[str]:
    """Return what was found to have grown, where all was calm but for the end."""
    return list(faults_in([CALM] * (LOOKS - 1) + [last], OPTIONS))


def test_what_stays_and_what_may_grow_is_no_fault() -> None:
    assert after(CALM) == []
    assert after(CALM._replace(memory=[110.0, 90.0], backends=22, rows={**CALM.rows, "events": 10_000})) == []


def test_memory_files_connections_and_rows_that_grow_are_named() -> None:
    assert after(CALM._replace(memory=[100.0, 130.0])) == ["The memory of process 1 grew from 100 to 130 MiB."]
    assert after(CALM._replace(files=[500, 50])) == ["The open files of process 0 grew from 50 to 500."]
    assert after(CALM._replace(backends=40)) == ["There are 40 connections of the database, more than 22."]
    assert after(CALM._replace(rows={**CALM.rows, "tasks": 90})) == ["The table tasks grew from 2 to 90 rows."]
