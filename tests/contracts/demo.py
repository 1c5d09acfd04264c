"""What the demo brings, and that it comes whole and once. Needs the fixture `units_of_work`."""

from dataclasses import dataclass, replace

import pytest

from adapters.argon2.passwords import Argon2PasswordHasher
from adapters.clock.fixed import FixedClock
from application.demo.people import DEMO_PEOPLE
from application.paging import LIMIT_MOST, PageRequest
from application.ports.cheats import CheatFilter, CheatSort, SeenCheat
from application.ports.events import EventFilter, EventSort
from application.ports.load import Load
from application.ports.passwords import PasswordHasher
from application.ports.posts import AuthoredPost, PostFilter, PostSort
from application.ports.tasks import TaskFilter, TaskSort
from application.ports.taxonomy import CountedTag, TagSort
from application.ports.unit_of_work import UnitsOfWork
from application.seed import SeedDemo
from domain.errors import Taken
from domain.tasks import Task, TaskPriority, TaskStatus
from domain.taxonomy import name_key
from domain.users import Role, User
from tests.contracts.sample import GREATEST_ID, NOON, a_kept_user, a_user

_ADMIN = replace(a_user(GREATEST_ID), role=Role.ADMIN)
_PASSWORDS = Argon2PasswordHasher(memory_kib=8, time_cost=1)


def seed_demo(units_of_work: UnitsOfWork) -> SeedDemo:
    """Return the use case, at noon."""
    return SeedDemo(units_of_work, _PASSWORDS, FixedClock(NOON))


async def kept_cheats(units_of_work: UnitsOfWork, *, viewer_id: int | None = None) -> list[SeenCheat]:
    """Return every cheat there is, as this user sees it."""
    found: list[SeenCheat] = []
    after = None
    while True:
        request = PageRequest(CheatSort.KEY, descending=False, limit=LIMIT_MOST, after=after)
        async with units_of_work() as uow:
            page = await uow.cheats.page(CheatFilter(), request, viewer_id=viewer_id)
        found.extend(page.items)
        if (after := page.next) is None:
            return found


@dataclass(frozen=True, slots=True)
class _Everything:
    users: tuple[User, ...]
    tasks: tuple[Task, ...]
    platforms: tuple[CountedTag, ...]
    topics: tuple[CountedTag, ...]
    cheats: tuple[SeenCheat, ...]
    posts: tuple[AuthoredPost, ...]
    event_count: int | None


async def _everything(units_of_work: UnitsOfWork) -> _Everything:
    names = PageRequest(TagSort.NAME, descending=False, limit=LIMIT_MOST)
    async with units_of_work() as uow:
        users = [await uow.users.with_username(person.username) for person in DEMO_PEOPLE]
        tasks = await uow.tasks.page(TaskFilter(), PageRequest(TaskSort.CREATED_AT, limit=LIMIT_MOST))
        platforms = await uow.platforms.page(names)
        topics = await uow.topics.page(names)
        posts = await uow.posts.page(PostFilter(), PageRequest(PostSort.CREATED_AT), viewer=_ADMIN)
        events = await uow.events.page(EventFilter(), PageRequest(EventSort.ID, number=1))
    return _Everything(
        users=tuple(user for user in users if user is not None),
        tasks=tasks.items,
        platforms=platforms.items,
        topics=topics.items,
        cheats=tuple(await kept_cheats(units_of_work)),
        posts=posts.items,
        event_count=events.total,
    )


@dataclass(frozen=True)
class _SlowPasswords(PasswordHasher):
    """So slow that someone signs up under one of the names meanwhile."""

    units_of_work: UnitsOfWork

    async def hash(self, password: str) -> str:
        async with self.units_of_work() as uow:
            known = await uow.users.any()
        if not known:
            await a_kept_user(self.units_of_work, DEMO_PEOPLE[-1].username.upper())
        return await _PASSWORDS.hash(password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        return await _PASSWORDS.verify(password_hash, password)

    def knows(self, foreign_hash: str) -> bool:
        return _PASSWORDS.knows(foreign_hash)

    async def adopt(self, foreign_hash: str) -> str:
        return await _PASSWORDS.adopt(foreign_hash)

    def load(self) -> Load:
        return _PASSWORDS.load()

    def is_outdated(self, password_hash: str) -> bool:
        return _PASSWORDS.is_outdated(password_hash)


@pytest.mark.anyio
class DemoContract:
    """An empty service gets a small team with a past."""

    async def test_its_people_may_enter_with_the_passwords_that_everyone_knows(
        self, units_of_work: UnitsOfWork
    ) -> None:
        assert await seed_demo(units_of_work)()
        for user, person in zip((await _everything(units_of_work)).users, DEMO_PEOPLE, strict=True):
            assert (user.username, user.email, user.role) == (person.username, person.email, person.role)
            assert user.is_approved
            assert await _PASSWORDS.verify(user.password_hash, person.password)

    async def test_its_tasks_are_as_varied_as_those_of_a_team_at_work(self, units_of_work: UnitsOfWork) -> None:
        await seed_demo(units_of_work)()
        kept = await _everything(units_of_work)
        assert len(kept.tasks) >= 30
        assert {task.status for task in kept.tasks} == set(TaskStatus)
        assert {task.priority for task in kept.tasks} == set(TaskPriority)
        people = {user.id for user in kept.users}
        assert {task.assignee_id for task in kept.tasks} == {*people, None}
        assert {task.creator_id for task in kept.tasks} == people
        assert any(task.deadline is None for task in kept.tasks)
        assert {task.is_overdue(NOON) for task in kept.tasks} == {True, False}
        assert len({task.title for task in kept.tasks}) == len(kept.tasks)

    async def test_its_cheats_stand_under_many_platforms_and_topics(self, units_of_work: UnitsOfWork) -> None:
        await seed_demo(units_of_work)()
        kept = await _everything(units_of_work)
        assert len(kept.cheats) >= 40
        assert len({seen.cheat.title for seen in kept.cheats}) == len(kept.cheats)
        assert all(seen.cheat.platform_ids and seen.cheat.topic_ids for seen in kept.cheats)
        for tags in (kept.platforms, kept.topics):
            assert len(tags) >= 12
            assert all(counted.cheat_count for counted in tags)
            assert len({name_key(counted.tag.name) for counted in tags}) == len(tags)

    async def test_a_cheat_is_in_the_bag_of_its_owner_and_some_are_in_others(
        self, units_of_work: UnitsOfWork
    ) -> None:
        await seed_demo(units_of_work)()
        kept = await _everything(units_of_work)
        assert {seen.cheat.owner_id for seen in kept.cheats} == {user.id for user in kept.users}
        for user in kept.users:
            seen_by_user = await kept_cheats(units_of_work, viewer_id=user.id)
            assert all(seen.in_bag for seen in seen_by_user if seen.cheat.owner_id == user.id)
            assert {seen.in_bag for seen in seen_by_user if seen.cheat.owner_id != user.id} == {True, False}

    async def test_some_of_its_posts_are_published_and_one_is_a_draft(self, units_of_work: UnitsOfWork) -> None:
        await seed_demo(units_of_work)()
        kept = await _everything(units_of_work)
        assert {found.author for found in kept.posts} == {person.username for person in DEMO_PEOPLE}
        assert [found.post.is_published for found in kept.posts].count(True) >= 2
        assert [found.post.is_published for found in kept.posts].count(False) == 1
        assert not any(found.post.content[0].isspace() for found in kept.posts)

    async def test_a_second_time_changes_nothing(self, units_of_work: UnitsOfWork) -> None:
        await seed_demo(units_of_work)()
        before = await _everything(units_of_work)
        assert not await seed_demo(units_of_work)()
        assert await _everything(units_of_work) == before

    async def test_where_anyone_is_known_nothing_comes(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_user(units_of_work)
        before = await _everything(units_of_work)
        assert not await seed_demo(units_of_work)()
        assert await _everything(units_of_work) == before

    async def test_it_comes_whole_or_not_at_all(self, units_of_work: UnitsOfWork) -> None:
        seed = SeedDemo(units_of_work, _SlowPasswords(units_of_work), FixedClock(NOON))
        with pytest.raises(Taken):
            await seed()
        kept = await _everything(units_of_work)
        assert len(kept.users) == 1
        assert (kept.tasks, kept.platforms, kept.topics, kept.cheats, kept.posts) == ((), (), (), (), ())
        assert kept.event_count == 0
