"""What becomes of the data of older services. Needs the fixtures `units_of_work` and `tmp_path`."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.argon2.passwords import Argon2PasswordHasher
from adapters.clock.fixed import FixedClock
from adapters.reflection.service import ReflectedService
from application.adopting.adopt import Adoption, AdoptOlderService
from application.paging import LIMIT_MOST, PageRequest
from application.ports.older_services import Kind, OwnNames
from application.ports.posts import PostFilter, PostSort
from application.ports.tasks import TaskFilter, TaskSort
from application.ports.unit_of_work import UnitsOfWork
from domain.posts import Post
from domain.tasks import Task, TaskChanges, TaskPriority, TaskStatus
from domain.users import Role, User, UserStatus
from tests.contracts.demo import kept_cheats
from tests.contracts.older_hashes import PASSWORD
from tests.contracts.older_services import (
    ALL,
    SPRING,
    SUMMER,
    accounts,
    blog,
    cheat_sheets,
    front_end,
    sqlite_url,
    task_manager,
)
from tests.contracts.sample import NOON, a_kept_user, race
from tests.contracts.sealing import everything, seal

PASSWORDS = Argon2PasswordHasher(memory_kib=8, time_cost=1)


async def adopting(
    units_of_work: UnitsOfWork,
    source: Path,
    *,
    own_names: OwnNames | None = None,
    owner: str | None = None,
    dry_run: bool = False,
    skip_invalid: bool = False,
) -> Adoption:
    """Take in what is in the file, at noon."""
    adopt = AdoptOlderService(units_of_work, PASSWORDS, FixedClock(NOON))
    service = ReflectedService(str(source), own_names or OwnNames())
    return await adopt(service, owner=owner, dry_run=dry_run, skip_invalid=skip_invalid)


def made(tmp_path: Path, make: Callable[[str], None]) -> Path:
    """Return the file of one of the services."""
    path = tmp_path / f"{make.__name__}.db"
    if not path.exists():
        make(sqlite_url(path))
    return path


async def user(units_of_work: UnitsOfWork, username: str) -> User:
    """Return someone who is there."""
    async with units_of_work() as uow:
        found = await uow.users.with_username(username)
    assert found is not None
    return found


async def tasks(units_of_work: UnitsOfWork) -> list[Task]:
    """Return all tasks, by title."""
    async with units_of_work() as uow:
        page = await uow.tasks.page(TaskFilter(), PageRequest(TaskSort.TITLE, descending=False, limit=LIMIT_MOST))
    return list(page.items)


async def posts(units_of_work: UnitsOfWork) -> list[Post]:
    """Return all published posts."""
    async with units_of_work() as uow:
        page = await uow.posts.page(PostFilter(), PageRequest(PostSort.CREATED_AT, limit=LIMIT_MOST), viewer=None)
    return [found.post for found in page.items]


async def log(units_of_work: UnitsOfWork) -> list[tuple[str, datetime]]:
    """Return what happened, and when."""
    await seal(units_of_work)
    return [(found.event.type.value, found.event.occurred_at) for found in await everything(units_of_work)]


@pytest.mark.anyio
class AdoptingContract:
    """An older service's data comes in whole, and once."""

    async def test_people_come_with_their_names_roles_and_times(
        self, units_of_work: UnitsOfWork, tmp_path: Path
    ) -> None:
        adoption = await adopting(units_of_work, made(tmp_path, accounts))
        assert adoption.findings.added == Counter({Kind.USERS: 4})
        ada, bob, cleo, dora = [await user(units_of_work, name) for name in ("Ada", "bob", "cleo", "dora")]
        assert (ada.username, ada.email, ada.role, ada.status) == (
            "Ada", "ada@example.org", Role.ADMIN, UserStatus.APPROVED,
        )  # fmt: skip
        assert (bob.email, bob.role) == ("Bob@Example.org", Role.MANAGER)
        assert (cleo.email, cleo.role, cleo.status) == (None, Role.EMPLOYEE, UserStatus.PENDING)
        assert (dora.email, dora.role) == (None, Role.EMPLOYEE)
        assert {person.created_at for person in (ada, bob, cleo, dora)} == {SPRING}

    async def test_admins_unknown_roles_and_lost_passwords_are_told(
        self, units_of_work: UnitsOfWork, tmp_path: Path
    ) -> None:
        findings = (await adopting(units_of_work, made(tmp_path, accounts))).findings
        assert findings.admins == ["Ada"]
        assert findings.without_password == ["dora"]
        assert [note for note in findings.notes if "'user'" in note]

    async def test_people_keep_their_passwords(self, units_of_work: UnitsOfWork, tmp_path: Path) -> None:
        await adopting(units_of_work, made(tmp_path, accounts))
        for name in ("ada", "bob", "cleo"):
            kept = (await user(units_of_work, name)).password_hash
            assert await PASSWORDS.verify(kept, PASSWORD)
            assert not await PASSWORDS.verify(kept, PASSWORD + "x")
        lost = (await user(units_of_work, "dora")).password_hash
        assert not await PASSWORDS.verify(lost, lost)

    async def test_tasks_come_with_all_their_fields(self, units_of_work: UnitsOfWork, tmp_path: Path) -> None:
        await adopting(units_of_work, made(tmp_path, task_manager), skip_invalid=True)
        ada, erik = await user(units_of_work, "ada"), await user(units_of_work, "erik")
        cafe, plants, _ = await tasks(units_of_work)
        assert cafe == Task(
            id=cafe.id, title="Caf\u00e9", description="All of it", priority=TaskPriority.HIGH,
            status=TaskStatus.IN_PROGRESS, deadline=SUMMER, creator_id=ada.id, assignee_id=erik.id,
            created_at=SPRING, updated_at=SUMMER,
        )  # fmt: skip
        assert (plants.priority, plants.status, plants.assignee_id) == (
            TaskPriority.MEDIUM, TaskStatus.TODO, None,
        )  # fmt: skip

    async def test_what_is_nobodys_becomes_the_first_admins_or_anothers_who_is_named(
        self, units_of_work: UnitsOfWork, tmp_path: Path
    ) -> None:
        source = made(tmp_path, task_manager)
        refused = await adopting(units_of_work, source)
        assert refused.is_refused
        assert [fault.field for fault in refused.findings.faults] == ["tasks 4: creator"]
        assert await tasks(units_of_work) == []
        await adopting(units_of_work, source, owner="erik")
        erik = await user(units_of_work, "erik")
        assert [
            (task.title, task.status) for task in await tasks(units_of_work) if task.creator_id == erik.id
        ] == [("Nobody's", TaskStatus.DONE)]

    async def test_cheats_come_under_their_platforms_and_topics_into_the_bags_they_were_in(
        self, units_of_work: UnitsOfWork, tmp_path: Path
    ) -> None:
        adoption = await adopting(units_of_work, made(tmp_path, cheat_sheets))
        assert adoption.findings.added[Kind.PLATFORMS] == 2
        bobby, fay = await user(units_of_work, "bobby"), await user(units_of_work, "fay")
        ports, undo = await kept_cheats(units_of_work, viewer_id=fay.id)
        assert (ports.cheat.title, ports.cheat.code, ports.cheat.notes) == ("Open ports", "ss -tlnp", "")
        assert (len(ports.cheat.platform_ids), len(ports.cheat.topic_ids)) == (1, 1)
        assert (ports.cheat.owner_id, undo.cheat.owner_id) == (bobby.id, fay.id)
        assert (ports.in_bag, undo.in_bag) == (True, False)

    async def test_posts_are_published(self, units_of_work: UnitsOfWork, tmp_path: Path) -> None:
        await adopting(units_of_work, made(tmp_path, blog))
        (post,) = await posts(units_of_work)
        gus = await user(units_of_work, "gus")
        assert (post.title, post.content, post.author_id) == ("Hello, all", "The first of many.", gus.id)
        assert post.created_at == datetime(2024, 4, 1, tzinfo=UTC)

    async def test_five_services_become_one_and_a_person_with_the_same_name_or_email_is_one_person(
        self, units_of_work: UnitsOfWork, tmp_path: Path
    ) -> None:
        for make in ALL:
            assert not (await adopting(units_of_work, made(tmp_path, make))).is_refused
        ada, bob, gus = [await user(units_of_work, name) for name in ("ada", "bob", "gus")]
        assert {task.creator_id for task in await tasks(units_of_work)} == {ada.id}
        assert next(seen.cheat.owner_id for seen in await kept_cheats(units_of_work)) == bob.id
        assert [post.author_id for post in await posts(units_of_work)] == [gus.id]
        async with units_of_work() as uow:
            assert await uow.users.with_username("bobby") is None
        # Whoever was here first is who they were: password, role and all.
        assert bob.role is Role.MANAGER
        assert await PASSWORDS.verify(ada.password_hash, PASSWORD)
        assert not await PASSWORDS.verify(ada.password_hash, "another password")

    async def test_a_second_time_changes_nothing(self, units_of_work: UnitsOfWork, tmp_path: Path) -> None:
        for make in ALL:
            await adopting(units_of_work, made(tmp_path, make))
        before = await log(units_of_work)
        kept = await tasks(units_of_work), await kept_cheats(units_of_work), await posts(units_of_work)
        for make in ALL:
            again = await adopting(units_of_work, made(tmp_path, make))
            assert not again.findings.change_anything
            assert again.findings.known.total() > 0
        assert await log(units_of_work) == before
        assert kept == (
            await tasks(units_of_work), await kept_cheats(units_of_work), await posts(units_of_work),
        )  # fmt: skip

    async def test_what_came_twice_at_the_same_moment_is_here_once(
        self, units_of_work: UnitsOfWork, tmp_path: Path
    ) -> None:
        for name in ("ada", "erik"):
            await a_kept_user(units_of_work, name)
        source = made(tmp_path, task_manager)
        results, failures = await race(
            adopting(units_of_work, source, owner="erik", skip_invalid=True) for _ in range(4)
        )
        assert failures == []
        assert sorted(adoption.findings.added[Kind.TASKS] for adoption in results) == [0, 0, 0, 4]
        assert len(await tasks(units_of_work)) == 4

    async def test_what_was_changed_here_since_stays_changed(
        self, units_of_work: UnitsOfWork, tmp_path: Path
    ) -> None:
        source = made(tmp_path, accounts)
        await adopting(units_of_work, source)
        await adopting(units_of_work, made(tmp_path, task_manager))
        cafe, *_ = await tasks(units_of_work)
        async with units_of_work() as uow:
            uow.tasks.save(cafe.change(TaskChanges(status=TaskStatus.DONE), at=NOON))
            await uow.commit()
        await adopting(units_of_work, made(tmp_path, task_manager))
        assert [task.status for task in await tasks(units_of_work) if task.id == cafe.id] == [TaskStatus.DONE]

    async def test_a_dry_run_tells_the_same_and_changes_nothing(
        self, units_of_work: UnitsOfWork, tmp_path: Path
    ) -> None:
        source = made(tmp_path, cheat_sheets)
        dry = await adopting(units_of_work, source, dry_run=True)
        assert await kept_cheats(units_of_work) == []
        assert await log(units_of_work) == []
        assert dry == await adopting(units_of_work, source)

    async def test_each_thing_that_came_is_an_event_of_the_moment_it_came(
        self, units_of_work: UnitsOfWork, tmp_path: Path
    ) -> None:
        adoption = await adopting(units_of_work, made(tmp_path, blog))
        assert await log(units_of_work) == [("user.created", NOON), ("post.created", NOON)]
        assert adoption.findings.added.total() == 2

    async def test_one_who_is_here_under_another_name_than_email_is_refused(
        self, units_of_work: UnitsOfWork, tmp_path: Path
    ) -> None:
        bob, cleo = await a_kept_user(units_of_work, "bob"), await a_kept_user(units_of_work, "cleo")
        async with units_of_work() as uow:
            uow.users.save(replace(cleo, email="bob@example.org", version=2))
            await uow.commit()
        adoption = await adopting(units_of_work, made(tmp_path, accounts))
        assert adoption.is_refused
        assert [(fault.field, "cleo" in fault.message) for fault in adoption.findings.faults] == [
            ("user 2: email", True)
        ]
        assert (await user(units_of_work, "bob")) == bob

    async def test_names_of_ones_own_are_understood(self, units_of_work: UnitsOfWork, tmp_path: Path) -> None:
        own_names = OwnNames(
            tables={"tasks": None},
            columns={"users": {"password_hash": None}},
            values={"users": {"username": {"erik": "eric"}}},
        )
        adoption = await adopting(units_of_work, made(tmp_path, task_manager), own_names=own_names)
        assert await tasks(units_of_work) == []
        assert adoption.unread == ("tasks", "users.password")
        assert adoption.findings.without_password == ["ada", "eric"]

    async def test_a_service_with_nothing_but_users_comes_in_too(
        self, units_of_work: UnitsOfWork, tmp_path: Path
    ) -> None:
        await adopting(units_of_work, made(tmp_path, front_end))
        assert (await user(units_of_work, "gus")).may_enter
