"""Named sample data, and how tests put it into a store."""

import asyncio
from collections.abc import Awaitable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from application.ports.unit_of_work import UnitsOfWork
from application.taxonomy import tags_of
from domain.cheats import Cheat
from domain.errors import Fault
from domain.events import Event
from domain.posts import Post
from domain.sessions import Session, SessionKind
from domain.tasks import Task, TaskPriority, TaskStatus
from domain.taxonomy import Tag, TagKind
from domain.users import Role, User

T = TypeVar("T")

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
FIRST_MOMENT = datetime.min.replace(tzinfo=UTC)
LAST_MOMENT = datetime.max.replace(tzinfo=UTC)
GREATEST_ID = 2**63 - 1


def a_user(id: int, username: str = "", *, email: str | None = None, at: datetime = NOON) -> User:
    """Return an approved employee; unnamed ones are called after their id."""
    return User.create(
        id=id,
        username=username or f"user-{id}",
        email=email,
        password_hash="$argon2id$none",
        role=Role.EMPLOYEE,
        is_approved=True,
        at=at,
    )


def a_session(id: int, user: User, *, at: datetime = NOON) -> Session:
    """Return a session of thirty days."""
    return Session.start(
        id=id,
        user_id=user.id,
        kind=SessionKind.TOKEN,
        secret=f"refresh-{id}",
        user_agent="Firefox",
        lifetime=30 * DAY,
        at=at,
    )


def a_task(
    id: int,
    creator: User,
    title: str = "Water the plants",
    *,
    description: str | None = None,
    priority: TaskPriority = TaskPriority.MEDIUM,
    status: TaskStatus = TaskStatus.TODO,
    deadline: datetime | None = None,
    assignee: User | None = None,
    at: datetime = NOON,
) -> Task:
    """Return a task of the creator's."""
    return Task.create(
        id=id,
        creator_id=creator.id,
        title=title,
        description=description,
        priority=priority,
        status=status,
        deadline=deadline,
        assignee_id=assignee.id if assignee else None,
        at=at,
    )


def a_cheat(
    id: int,
    owner: User,
    title: str = "List open ports",
    *,
    key: str = "",
    notes: str = "",
    code: str = "",
    language: str | None = None,
    tags: Collection[Tag] = (),
    at: datetime = NOON,
) -> Cheat:
    """Return a cheat of the owner's; without a key of its own it has one made of its id."""
    return Cheat.create(
        id=id,
        key=key or f"k{id}",
        owner_id=owner.id,
        title=title,
        notes=notes,
        code=code,
        language=language,
        platform_ids=(tag.id for tag in tags if tag.kind is TagKind.PLATFORM),
        topic_ids=(tag.id for tag in tags if tag.kind is TagKind.TOPIC),
        at=at,
    )


async def keep(units_of_work: UnitsOfWork, *entities: User | Session | Task | Tag | Cheat | Post | Event) -> None:
    """Commit new entities and events in one unit of work."""
    async with units_of_work() as uow:
        for entity in entities:
            match entity:
                case User():
                    uow.users.add(entity)
                case Session():
                    uow.sessions.add(entity)
                case Task():
                    uow.tasks.add(entity)
                case Tag():
                    tags_of(uow, entity.kind).add(entity)
                case Cheat():
                    uow.cheats.add(entity)
                case Post():
                    uow.posts.add(entity)
                case Event():
                    uow.events.add(entity)
        await uow.commit()


async def a_kept_user(units_of_work: UnitsOfWork, username: str = "", *, email: str | None = None) -> User:
    """Return a user who is in the store."""
    async with units_of_work() as uow:
        user = a_user(await uow.users.next_id(), username, email=email)
    await keep(units_of_work, user)
    return user


async def a_kept_session(units_of_work: UnitsOfWork, user: User) -> Session:
    """Return a session that is in the store."""
    async with units_of_work() as uow:
        session = a_session(await uow.sessions.next_id(), user)
    await keep(units_of_work, session)
    return session


async def a_kept_task(
    units_of_work: UnitsOfWork,
    creator: User,
    title: str = "Water the plants",
    *,
    description: str | None = None,
    priority: TaskPriority = TaskPriority.MEDIUM,
    status: TaskStatus = TaskStatus.TODO,
    deadline: datetime | None = None,
    assignee: User | None = None,
    at: datetime = NOON,
) -> Task:
    """Return a task that is in the store."""
    async with units_of_work() as uow:
        task = a_task(
            await uow.tasks.next_id(),
            creator,
            title,
            description=description,
            priority=priority,
            status=status,
            deadline=deadline,
            assignee=assignee,
            at=at,
        )
    await keep(units_of_work, task)
    return task


async def a_kept_tag(units_of_work: UnitsOfWork, kind: TagKind, name: str = "") -> Tag:
    """Return a platform or topic that is in the store; unnamed ones are called after their id."""
    async with units_of_work() as uow:
        tag_id = await tags_of(uow, kind).next_id()
    tag = Tag.create(id=tag_id, kind=kind, name=name or f"{kind} {tag_id}")
    await keep(units_of_work, tag)
    return tag


async def a_kept_cheat(
    units_of_work: UnitsOfWork,
    owner: User,
    title: str = "List open ports",
    *,
    key: str = "",
    notes: str = "",
    code: str = "",
    language: str | None = None,
    tags: Collection[Tag] = (),
    at: datetime = NOON,
) -> Cheat:
    """Return a cheat that is in the store, and in nobody's bag."""
    async with units_of_work() as uow:
        cheat = a_cheat(
            await uow.cheats.next_id(),
            owner,
            title,
            key=key,
            notes=notes,
            code=code,
            language=language,
            tags=tags,
            at=at,
        )
    await keep(units_of_work, cheat)
    return cheat


async def stored_tag(units_of_work: UnitsOfWork, kind: TagKind, id: int) -> Tag | None:
    """Return the platform or topic as a new unit of work reads it."""
    async with units_of_work() as uow:
        return await tags_of(uow, kind).get(id)


async def stored_cheat(units_of_work: UnitsOfWork, id: int) -> Cheat | None:
    """Return the cheat as a new unit of work reads it."""
    async with units_of_work() as uow:
        seen = await uow.cheats.get(id, viewer_id=0)
    return None if seen is None else seen.cheat


async def stored_task(units_of_work: UnitsOfWork, id: int) -> Task | None:
    """Return the task as a new unit of work reads it."""
    async with units_of_work() as uow:
        return await uow.tasks.get(id)


async def stored_user(units_of_work: UnitsOfWork, id: int) -> User | None:
    """Return the user as a new unit of work reads them."""
    async with units_of_work() as uow:
        return await uow.users.get(id)


async def stored_session(units_of_work: UnitsOfWork, id: int) -> Session | None:
    """Return the session as a new unit of work reads it."""
    async with units_of_work() as uow:
        found = await uow.sessions.get_with_user(id)
    return None if found is None else found[0]


async def race(attempts: Iterable[Awaitable[T]]) -> tuple[list[T], list[BaseException]]:
    """Run all at once; return what the winners returned and what the losers raised."""
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    winners = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    losers = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    return winners, losers


def fields(faults: tuple[Fault, ...]) -> list[str]:
    """Return which fields an error names."""
    return [fault.field for fault in faults]
