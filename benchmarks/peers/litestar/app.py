"""The routes."""

import os
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from advanced_alchemy.extensions.litestar import (
    AsyncSessionConfig,
    EngineConfig,
    SQLAlchemyAsyncConfig,
    SQLAlchemyPlugin,
)
from advanced_alchemy.filters import ComparisonFilter, LimitOffset, OrderBy
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from litestar import Litestar, Request, get, patch, post
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation
from litestar.security.jwt import JWTAuth, Token
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from benchmarks.peers.models import Base, Cheat, Task, User, user_cheat

SECRET_KEY = os.environ["SECRET_KEY"]
Priority = Literal["low", "medium", "high"]
Status = Literal["todo", "in_progress", "done"]
passwords = PasswordHasher()


class TaskRepository(SQLAlchemyAsyncRepository[Task]):
    model_type = Task


class CheatRepository(SQLAlchemyAsyncRepository[Cheat]):
    model_type = Cheat


class UserRepository(SQLAlchemyAsyncRepository[User]):
    model_type = User


class TaskOut(msgspec.Struct, rename="camel"):
    id: int
    title: str
    description: str | None
    priority: Priority
    status: Status
    deadline: datetime | None
    creator_id: int
    assignee_id: int | None
    created_at: datetime
    updated_at: datetime


class TaskIn(msgspec.Struct, rename="camel"):
    title: str
    description: str | None = None
    priority: Priority = "medium"
    status: Status = "todo"
    deadline: datetime | None = None


class TaskChangesIn(msgspec.Struct, rename="camel"):
    title: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType | None = msgspec.UNSET
    priority: Priority | msgspec.UnsetType = msgspec.UNSET
    status: Status | msgspec.UnsetType = msgspec.UNSET
    deadline: datetime | msgspec.UnsetType | None = msgspec.UNSET


class CheatOut(msgspec.Struct, rename="camel"):
    id: int
    title: str
    notes: str
    code: str
    language: str | None
    platform_ids: list[int]
    topic_ids: list[int]
    owner_id: int
    in_bag: bool
    created_at: datetime
    updated_at: datetime


class UserOut(msgspec.Struct, rename="camel"):
    id: int
    username: str
    email: str | None
    role: str
    is_approved: bool
    is_active: bool
    created_at: datetime
    updated_at: datetime


class SignedInOut(msgspec.Struct, rename="camel"):
    user: UserOut
    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


class SignInIn(msgspec.Struct, rename="camel"):
    username: str
    password: str


class RefreshIn(msgspec.Struct, rename="camel"):
    refresh_token: str


async def retrieve_user_id(token: Token, connection: Any) -> int:
    return int(token.sub)


jwt_auth = JWTAuth[int, Token](retrieve_user_handler=retrieve_user_id, token_secret=SECRET_KEY)


async def provide_tasks(db_session: NamedDependency[SkipValidation[AsyncSession]]) -> TaskRepository:
    return TaskRepository(session=db_session)


async def provide_cheats(db_session: NamedDependency[SkipValidation[AsyncSession]]) -> CheatRepository:
    return CheatRepository(session=db_session)


async def provide_users(db_session: NamedDependency[SkipValidation[AsyncSession]]) -> UserRepository:
    return UserRepository(session=db_session)


Tasks = NamedDependency[SkipValidation[TaskRepository]]
Cheats = NamedDependency[SkipValidation[CheatRepository]]
Users = NamedDependency[SkipValidation[UserRepository]]


def task_out(task: Task) -> TaskOut:
    return msgspec.convert(task, TaskOut, from_attributes=True)


def signed_in(user: User) -> SignedInOut:
    return SignedInOut(
        user=msgspec.convert(user, UserOut, from_attributes=True),
        access_token=jwt_auth.create_token(str(user.id)),
        refresh_token=jwt_auth.create_token(
            str(user.id), token_expiration=timedelta(days=30), token_extras={"type": "refresh"}
        ),
        token_type="Bearer",
        expires_in=int(jwt_auth.default_token_expiration.total_seconds()),
    )


def is_right(password_hash: str, password: str) -> bool:
    try:
        return passwords.verify(password_hash, password)
    except VerifyMismatchError:
        return False


@get("/health", opt={"exclude_from_auth": True})
async def health(db_session: NamedDependency[SkipValidation[AsyncSession]]) -> dict[str, Any]:
    await db_session.execute(text("SELECT 1"))
    return {"status": "ok", "database": {"status": "ok"}}


@post("/api/v1/auth/login", status_code=200, opt={"exclude_from_auth": True})
async def sign_in(data: JSONBody[SignInIn], users: Users) -> SignedInOut:
    user = await users.get_one_or_none(username_key=data.username.lower())
    if user is None or not await sync_to_thread(is_right, user.password_hash, data.password):
        raise NotAuthorizedException
    return signed_in(user)


@post("/api/v1/auth/refresh", status_code=200, opt={"exclude_from_auth": True})
async def refresh(data: JSONBody[RefreshIn], users: Users) -> SignedInOut:
    token = Token.decode(data.refresh_token, secret=SECRET_KEY, algorithm=jwt_auth.algorithm)
    if token.extras.get("type") != "refresh":
        raise NotAuthorizedException
    return signed_in(await users.get(int(token.sub)))


@get("/api/v1/tasks/{task_id:int}")
async def get_task(task_id: FromPath[int], tasks: Tasks) -> TaskOut:
    return task_out(await tasks.get(task_id))


@get("/api/v1/tasks")
async def list_tasks(
    tasks: Tasks,
    limit: FromQuery[int] = 20,
    page: FromQuery[int] = 1,
    status: FromQuery[str | None] = None,
    priority: FromQuery[str | None] = None,
    assignee_id: Annotated[int | None, QueryParameter(name="assigneeId")] = None,
    q: FromQuery[str | None] = None,
) -> list[TaskOut]:
    conditions: list[Any] = []
    if status is not None:
        conditions.append(Task.status.in_(status.split(",")))
    if priority is not None:
        conditions.append(Task.priority.in_(priority.split(",")))
    if assignee_id is not None:
        conditions.append(ComparisonFilter("assignee_id", "eq", assignee_id))
    if q is not None:
        conditions.append(Task.search_text.like(f"%{q.lower()}%"))
    found = await tasks.list(
        *conditions,
        OrderBy("created_at", "desc"),
        OrderBy("id", "desc"),
        LimitOffset(limit=min(limit, 100), offset=(page - 1) * limit),
    )
    return [task_out(task) for task in found]


@post("/api/v1/tasks")
async def create_task(data: JSONBody[TaskIn], request: Request[int, Token, Any], tasks: Tasks) -> TaskOut:
    now = datetime.now(UTC)
    task = Task(**msgspec.structs.asdict(data), creator_id=request.user, created_at=now, updated_at=now)
    task.keep_searchable()
    return task_out(await tasks.add(task))


@patch("/api/v1/tasks/{task_id:int}")
async def change_task(
    task_id: FromPath[int], data: JSONBody[TaskChangesIn], request: Request[int, Token, Any], tasks: Tasks
) -> TaskOut:
    task = await tasks.get(task_id)
    if request.user not in {task.creator_id, task.assignee_id}:
        raise PermissionDeniedException
    for name, value in msgspec.structs.asdict(data).items():
        if value is not msgspec.UNSET:
            setattr(task, name, value)
    task.keep_searchable()
    task.updated_at = datetime.now(UTC)
    return task_out(await tasks.update(task))


@get("/api/v1/cheats")
async def list_cheats(
    request: Request[int, Token, Any],
    cheats: Cheats,
    db_session: NamedDependency[SkipValidation[AsyncSession]],
    limit: FromQuery[int] = 20,
) -> list[CheatOut]:
    found = await cheats.list(
        OrderBy("created_at", "desc"),
        OrderBy("id", "desc"),
        LimitOffset(limit=min(limit, 100), offset=0),
        load=[selectinload(Cheat.platforms), selectinload(Cheat.topics)],
    )
    in_bag = select(user_cheat.c.cheat_id).where(
        user_cheat.c.user_id == request.user, user_cheat.c.cheat_id.in_([cheat.id for cheat in found])
    )
    bag = set(await db_session.scalars(in_bag))
    return [
        CheatOut(
            id=cheat.id,
            title=cheat.title,
            notes=cheat.notes,
            code=cheat.code,
            language=cheat.language,
            platform_ids=[platform.id for platform in cheat.platforms],
            topic_ids=[topic.id for topic in cheat.topics],
            owner_id=cheat.owner_id,
            in_bag=cheat.id in bag,
            created_at=cheat.created_at,
            updated_at=cheat.updated_at,
        )
        for cheat in found
    ]


alchemy = SQLAlchemyPlugin(
    SQLAlchemyAsyncConfig(
        connection_string=os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+asyncpg:"),
        metadata=Base.metadata,
        before_send_handler="autocommit",
        session_config=AsyncSessionConfig(expire_on_commit=False),
        engine_config=EngineConfig(pool_size=16, max_overflow=0),
    )
)

app = Litestar(
    [
        health,
        sign_in,
        refresh,
        get_task,
        list_tasks,
        create_task,
        change_task,
        list_cheats,
    ],
    dependencies={
        "tasks": Provide(provide_tasks),
        "cheats": Provide(provide_cheats),
        "users": Provide(provide_users),
    },
    plugins=[alchemy],
    on_app_init=[jwt_auth.on_app_init],
    openapi_config=None,
)
