"""Something to look at in an empty service: two people, what they are up to, what they know and what they tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import dedent

from application.administration import as_created
from application.demo.cheats import DEMO_CHEATS
from application.demo.people import DEMO_PEOPLE
from application.demo.posts import DEMO_POSTS
from application.demo.tasks import DEMO_TASKS
from application.ports.clock import Clock
from application.ports.passwords import PasswordHasher
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from application.taxonomy import tags_of
from domain.cheats import Cheat
from domain.events import Event, EventType
from domain.history import cheat_created, post_created, tag_created, task_created
from domain.posts import Post
from domain.tasks import Task
from domain.taxonomy import Tag, TagKind
from domain.users import User


@dataclass(frozen=True, slots=True)
class SeedDemo:
    """For the operator at the command line, outside production: the demo users, their tasks, cheats and posts."""

    units_of_work: UnitsOfWork
    passwords: PasswordHasher
    clock: Clock

    async def __call__(self) -> bool:
        """Keep them, all or nothing, and tell whether: they come only where there was never any user.

        Raises:
            Taken: someone signed up under one of the names at this very moment.
        """
        async with self.units_of_work() as uow:
            if await uow.users.any():
                return False
        hashes = {person.username: await self.passwords.hash(person.password) for person in DEMO_PEOPLE}
        now = self.clock.now()
        async with self.units_of_work() as uow:
            ids = await _add_people(uow, hashes, at=now)
            await _add_tasks(uow, ids, at=now)
            await _add_cheats(uow, ids, at=now)
            await _add_posts(uow, ids, at=now)
            await uow.commit()
        return True


async def _add_people(uow: UnitOfWork, hashes: Mapping[str, str], *, at: datetime) -> dict[str, int]:
    ids = {person.username: await uow.users.next_id() for person in DEMO_PEOPLE}
    for person in DEMO_PEOPLE:
        user = User.create(
            id=ids[person.username],
            username=person.username,
            email=person.email,
            password_hash=hashes[person.username],
            role=person.role,
            is_approved=True,
            at=at,
        )
        uow.users.add(user)
        uow.events.add(Event.of_user(EventType.USER_CREATED, user, actor=None, at=at, **as_created(user)))
    return ids


async def _add_tasks(uow: UnitOfWork, user_ids: Mapping[str, int], *, at: datetime) -> None:
    for demo in DEMO_TASKS:
        task = Task.create(
            id=await uow.tasks.next_id(),
            title=demo.title,
            description=demo.description,
            priority=demo.priority,
            status=demo.status,
            deadline=None if demo.due is None else at + timedelta(days=demo.due),
            creator_id=user_ids[demo.creator],
            assignee_id=None if demo.assignee is None else user_ids[demo.assignee],
            at=at,
        )
        uow.tasks.add(task)
        uow.events.add(task_created(task, actor=None))


async def _add_cheats(uow: UnitOfWork, user_ids: Mapping[str, int], *, at: datetime) -> None:
    platform_ids = await _add_tags(
        uow, TagKind.PLATFORM, {name for demo in DEMO_CHEATS for name in demo.platforms}, at=at
    )
    topic_ids = await _add_tags(uow, TagKind.TOPIC, {name for demo in DEMO_CHEATS for name in demo.topics}, at=at)
    for demo in DEMO_CHEATS:
        cheat = Cheat.create(
            id=await uow.cheats.next_id(),
            key=demo.key,
            title=demo.title,
            notes=" ".join(demo.notes.split()),
            code=dedent(demo.code).strip("\n"),
            language=demo.language,
            platform_ids=[platform_ids[name] for name in demo.platforms],
            topic_ids=[topic_ids[name] for name in demo.topics],
            owner_id=user_ids[demo.owner],
            at=at,
        )
        uow.cheats.add(cheat)
        uow.events.add(cheat_created(cheat, actor=None))
        for username in (demo.owner, *demo.also_in_bag_of):
            uow.cheats.put_in_bag(cheat.id, user_id=user_ids[username])


async def _add_posts(uow: UnitOfWork, user_ids: Mapping[str, int], *, at: datetime) -> None:
    for demo in DEMO_POSTS:
        post = Post.create(
            id=await uow.posts.next_id(),
            author_id=user_ids[demo.author],
            title=demo.title,
            content=dedent(demo.content).strip("\n"),
            is_published=demo.is_published,
            at=at,
        )
        uow.posts.add(post)
        uow.events.add(post_created(post, actor=None))


async def _add_tags(uow: UnitOfWork, kind: TagKind, names: Iterable[str], *, at: datetime) -> dict[str, int]:
    tags = tags_of(uow, kind)
    ids = {name: await tags.next_id() for name in sorted(names)}
    for name, tag_id in ids.items():
        tag = Tag.create(id=tag_id, kind=kind, name=name)
        tags.add(tag)
        uow.events.add(tag_created(tag, actor=None, at=at))
    return ids
