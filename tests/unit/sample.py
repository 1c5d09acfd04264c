"""A team to try the use cases on: the in-memory store, real tokens, cheap hashes, time at a standstill."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from adapters.argon2.passwords import Argon2PasswordHasher
from adapters.clock.fixed import FixedClock
from adapters.jwt.keys import KeyRing, SigningKey
from adapters.jwt.tokens import JwtTokens
from adapters.memory.storage import InMemoryStorage
from adapters.memory.throttle import InMemoryThrottle
from adapters.random.secrets import RandomSecrets
from application.approvals import ApproveUser, RejectUser, RestoreUser
from application.auth import Authenticate, RefreshSession, SignedIn, SignIn, SignUp, StartTokenSession
from application.browsers import (
    VISIT_LIFETIME,
    AuthenticateBrowser,
    BrowserKey,
    StartBrowserSession,
)
from application.events import SealEvents
from application.paging import PageRequest
from application.passwords import ConfirmPassword, SetPassword
from application.ports.events import EventFilter, EventSort
from application.ports.passwords import PasswordHasher
from application.ports.throttle import Allowance, Throttle
from application.ports.tokens import IssuedTokens
from application.ports.unit_of_work import UnitsOfWork
from application.sessions import ChangePassword, EndOtherSessions, EndSession, ListSessions, SignOut
from application.tasks import ChangeTask, CreateTask, DeleteTask, GetTask
from application.throttling import GuessLimit
from application.users import ChangeUser, CreateUser, DeleteUser
from domain.errors import Unauthenticated
from domain.events import Event
from domain.tasks import Task
from domain.users import PasswordPolicy, Role, User
from tests.contracts.sample import DAY, GREATEST_ID, NOON, stored_task, stored_user

PASSWORD = "correct horse battery staple"
CHEAP = Argon2PasswordHasher(memory_kib=8, time_cost=1)
OTHERWISE_CHEAP = Argon2PasswordHasher(memory_kib=16, time_cost=1)
ACCESS_LIFETIME = timedelta(minutes=15)
SESSION_LIFETIME = 30 * DAY
ALLOWANCE = Allowance(tries=10, period=timedelta(minutes=15))
UNKNOWN_IDS = (0, -1, 999, GREATEST_ID)


@dataclass
class Team:
    """An installation of Satchel that nobody uses yet."""

    store: InMemoryStorage = field(default_factory=InMemoryStorage)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    tokens: JwtTokens = field(
        default_factory=lambda: JwtTokens(
            keys=KeyRing(SigningKey.hs256("k" * 32)), access_lifetime=ACCESS_LIFETIME
        )
    )
    passwords: PasswordHasher = CHEAP
    password_policy: PasswordPolicy = field(default_factory=PasswordPolicy)
    approve_automatically: bool = True
    throttle: Throttle = field(default_factory=InMemoryThrottle)
    allowance: Allowance = ALLOWANCE

    @property
    def units_of_work(self) -> UnitsOfWork:
        return self.store.unit_of_work

    @property
    def start_session(self) -> StartTokenSession:
        return StartTokenSession(self.tokens, self.clock, SESSION_LIFETIME)

    @property
    def sign_in_browser(self) -> SignIn[BrowserKey]:
        start_session = StartBrowserSession(RandomSecrets(), self.clock, VISIT_LIFETIME)
        return SignIn(self.units_of_work, self.passwords, self.clock, start_session, self.guess_limit)

    @property
    def authenticate_browser(self) -> AuthenticateBrowser:
        return AuthenticateBrowser(self.store.session_directory, self.units_of_work, self.clock)

    @property
    def sign_up(self) -> SignUp[IssuedTokens]:
        return SignUp(
            self.units_of_work,
            self.passwords,
            self.clock,
            self.start_session,
            self.password_policy,
            self.approve_automatically,
        )

    @property
    def guess_limit(self) -> GuessLimit:
        return GuessLimit(self.throttle, self.allowance)

    @property
    def sign_in(self) -> SignIn[IssuedTokens]:
        return SignIn(self.units_of_work, self.passwords, self.clock, self.start_session, self.guess_limit)

    @property
    def refresh(self) -> RefreshSession:
        return RefreshSession(self.units_of_work, self.tokens, self.clock)

    @property
    def set_password(self) -> SetPassword:
        return SetPassword(self.units_of_work, self.passwords, self.clock, self.password_policy, self.guess_limit)

    @property
    def list_sessions(self) -> ListSessions:
        return ListSessions(self.units_of_work, self.clock)

    @property
    def end_session(self) -> EndSession:
        return EndSession(self.units_of_work, self.clock)

    @property
    def end_other_sessions(self) -> EndOtherSessions:
        return EndOtherSessions(self.units_of_work, self.clock)

    @property
    def change_password(self) -> ChangePassword:
        return ChangePassword(
            self.units_of_work,
            self.passwords,
            self.clock,
            self.password_policy,
            ConfirmPassword(self.passwords, self.clock, self.guess_limit),
        )

    @property
    def sign_out(self) -> SignOut:
        return SignOut(self.units_of_work, self.clock)

    @property
    def authenticate(self) -> Authenticate:
        return Authenticate(self.store.session_directory, self.tokens, self.clock)

    @property
    def create_user(self) -> CreateUser:
        return CreateUser(self.units_of_work, self.passwords, self.clock, self.password_policy)

    @property
    def change_user(self) -> ChangeUser:
        return ChangeUser(self.units_of_work, self.clock)

    @property
    def delete_user(self) -> DeleteUser:
        return DeleteUser(self.units_of_work, self.clock)

    @property
    def approve(self) -> ApproveUser:
        return ApproveUser(self.units_of_work, self.clock)

    @property
    def reject(self) -> RejectUser:
        return RejectUser(self.units_of_work, self.clock)

    @property
    def restore(self) -> RestoreUser:
        return RestoreUser(self.units_of_work, self.clock)

    async def has(self, username: str, role: Role = Role.EMPLOYEE, *, email: str | None = None) -> User:
        """Let someone join."""
        return await self.create_user(None, username=username, password=PASSWORD, email=email, role=role)

    async def becomes(
        self,
        user: User,
        *,
        is_approved: bool = True,
        is_active: bool = True,
        is_deleted: bool = False,
    ) -> User:
        """Put an account into another state."""
        current = await self.stored(user)
        changed = replace(
            current,
            is_approved=is_approved,
            is_active=is_active,
            deleted_at=self.clock.now() if is_deleted else None,
            version=current.version + 1,
        )
        async with self.units_of_work() as uow:
            uow.users.save(changed)
            await uow.commit()
        return changed

    async def lets_in(self, signed_in: SignedIn[IssuedTokens]) -> bool:
        """Tell whether the access token of these opens the door to its owner."""
        try:
            identity = await self.authenticate(access_token=tokens_of(signed_in).access_token)
        except Unauthenticated:
            return False
        return identity.user.id == signed_in.user.id

    async def can_refresh(self, signed_in: SignedIn[IssuedTokens]) -> bool:
        """Tell whether the refresh token of these gives new ones, and spend it."""
        try:
            await self.refresh(refresh_token=tokens_of(signed_in).refresh_token)
        except Unauthenticated:
            return False
        return True

    async def stored(self, user: User) -> User:
        """Return the account as the store has it now."""
        stored = await stored_user(self.units_of_work, user.id)
        assert stored is not None
        return stored

    async def events(self) -> list[Event]:
        """Return what happened so far, the first first."""
        await SealEvents(self.units_of_work, self.clock)()
        async with self.units_of_work() as uow:
            page = await uow.events.page(EventFilter(), PageRequest(EventSort.ID, descending=False, limit=100))
        return [recorded.event for recorded in page.items]

    async def stored_task(self, task: Task) -> Task | None:
        """Return the task as the store has it now, or None if it is gone."""
        return await stored_task(self.units_of_work, task.id)


class Office(Team):
    """A team with tasks to do."""

    @property
    def create(self) -> CreateTask:
        return CreateTask(self.units_of_work, self.clock)

    @property
    def change(self) -> ChangeTask:
        return ChangeTask(self.units_of_work, self.clock)

    @property
    def delete(self) -> DeleteTask:
        return DeleteTask(self.units_of_work, self.clock)

    @property
    def get(self) -> GetTask:
        return GetTask(self.units_of_work)

    async def creator_assignee_and_others(self) -> tuple[User, User, User, User, User]:
        """Let an employee who creates tasks, one who is given them, a third, a manager and an admin join."""
        return (
            await self.has("creator"),
            await self.has("assignee"),
            await self.has("other"),
            await self.has("manager", Role.MANAGER),
            await self.has("admin", Role.ADMIN),
        )

    async def total(self) -> int:
        """Count all tasks."""
        async with self.units_of_work() as uow:
            return (await uow.tasks.summary(NOON)).total


def tokens_of(signed_in: SignedIn[IssuedTokens]) -> IssuedTokens:
    """Return the tokens of someone who got some."""
    assert signed_in.credentials is not None
    return signed_in.credentials
