"""Something to look at in an empty service: two people and what they are up to."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from application.administration import as_created
from application.ports.clock import Clock
from application.ports.passwords import PasswordHasher
from application.ports.unit_of_work import UnitsOfWork
from domain.events import Event, EventType
from domain.tasks import Task, TaskPriority, TaskStatus
from domain.users import Role, User


class DemoPerson(NamedTuple):
    """Someone to try the service as. The password is public."""

    username: str
    password: str
    email: str
    role: Role


class DemoTask(NamedTuple):
    """Something these people do. `due` is in days from now, before 0 for what is overdue."""

    title: str
    description: str | None
    priority: TaskPriority
    status: TaskStatus
    creator: str
    assignee: str | None
    due: int | None


DEMO_PEOPLE = (
    DemoPerson("admin", "admin123", "admin@example.org", Role.ADMIN),
    DemoPerson("user", "user123", "user@example.org", Role.EMPLOYEE),
)

_LOW, _MEDIUM, _HIGH = TaskPriority
_TODO, _IN_PROGRESS, _DONE = TaskStatus

DEMO_TASKS = (
    DemoTask(
        "Renew the TLS certificate of the shop",
        "It expires at the end of the week. Check that the renewal job runs by itself afterwards.",
        _HIGH, _IN_PROGRESS, "admin", "admin", 3,
    ),
    DemoTask(
        "Try last month's backup",
        "Restore it into an empty database and compare the row counts. A backup nobody restored is a hope.",
        _HIGH, _TODO, "admin", "user", 5,
    ),
    DemoTask(
        "Answer the accountant's questions about March",
        "Two invoices lack a number; the scans are in the shared folder.",
        _HIGH, _TODO, "admin", "admin", -2,
    ),
    DemoTask(
        "Write down how a release is made",
        "So that someone other than the two of us can do it: version, changelog, tag, announcement.",
        _MEDIUM, _IN_PROGRESS, "user", "user", 10,
    ),
    DemoTask(
        "Find out why the nightly import takes 40 minutes",
        "It took 6 in spring. The log has timings for each step since last Tuesday.",
        _HIGH, _IN_PROGRESS, "user", "user", 2,
    ),
    DemoTask(
        "Prepare the welcome day for Mira",
        "Laptop, accounts, a desk by the window, lunch with everyone.",
        _MEDIUM, _TODO, "admin", "user", 14,
    ),
    DemoTask(
        "Collect topics for the team's retrospective",
        None,
        _LOW, _TODO, "user", None, 7,
    ),
    DemoTask(
        "Replace the battery of the door sensor",
        "Type CR2450. There is a spare one in the second drawer.",
        _LOW, _TODO, "admin", None, None,
    ),
    DemoTask(
        "Make the search find words with accents",
        "“Café” and “cafe” should lead to the same page.",
        _MEDIUM, _DONE, "user", "user", -6,
    ),
    DemoTask(
        "Cancel the old telephone contract",
        "The notice has to arrive three months ahead; confirmation is filed under contracts.",
        _MEDIUM, _DONE, "admin", "admin", -20,
    ),
    DemoTask(
        "Compare prices for the new office chairs",
        "Three offers, six chairs, adjustable armrests.",
        _LOW, _IN_PROGRESS, "user", "user", 21,
    ),
    DemoTask(
        "Book the train to the conference in Lyon",
        "Outward on the evening before, back on Friday afternoon. Window seats if possible.",
        _MEDIUM, _TODO, "user", "user", 1,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeedDemo:
    """For the operator at the command line, outside production: the demo users and their tasks."""

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
            ids = {person.username: await uow.users.next_id() for person in DEMO_PEOPLE}
            for person in DEMO_PEOPLE:
                user = User.create(
                    id=ids[person.username],
                    username=person.username,
                    email=person.email,
                    password_hash=hashes[person.username],
                    role=person.role,
                    is_approved=True,
                    at=now,
                )
                uow.users.add(user)
                uow.events.add(Event.of_user(EventType.USER_CREATED, user, actor=None, at=now, **as_created(user)))
            for demo in DEMO_TASKS:
                task = Task.create(
                    id=await uow.tasks.next_id(),
                    title=demo.title,
                    description=demo.description,
                    priority=demo.priority,
                    status=demo.status,
                    deadline=None if demo.due is None else now + timedelta(days=demo.due),
                    creator_id=ids[demo.creator],
                    assignee_id=None if demo.assignee is None else ids[demo.assignee],
                    at=now,
                )
                uow.tasks.add(task)
            await uow.commit()
        return True
