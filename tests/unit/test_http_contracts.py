"""The HTTP surface on the in-memory store."""

from tests.contracts import (
    http_accounts,
    http_bodies,
    http_fuzzing,
    http_lists,
    http_paging,
    http_races,
    http_sessions,
    http_tasks,
)
from tests.contracts.http_lists import team
from tests.contracts.http_paging import reader

__all__ = ["reader", "team"]


class TestSigningUp(http_accounts.SigningUpContract): ...


class TestSigningIn(http_accounts.SigningInContract): ...


class TestStayingIn(http_accounts.StayingInContract): ...


class TestApproval(http_accounts.ApprovalContract): ...


class TestPeople(http_accounts.PeopleContract): ...


class TestBodies(http_bodies.BodiesContract): ...


class TestCreatingTasks(http_tasks.CreatingTasksContract): ...


class TestChangingTasks(http_tasks.ChangingTasksContract): ...


class TestConditionalRequests(http_tasks.ConditionalRequestsContract): ...


class TestFiltering(http_lists.FilteringContract): ...


class TestSorting(http_lists.SortingContract): ...


class TestKeyset(http_paging.KeysetContract): ...


class TestPageMode(http_paging.PageModeContract): ...


class TestOwnSessions(http_sessions.OwnSessionsContract): ...


class TestChangingPasswords(http_sessions.ChangingPasswordsContract): ...


class TestRaces(http_races.RacesContract): ...


class TestFuzzing(http_fuzzing.FuzzingContract): ...
