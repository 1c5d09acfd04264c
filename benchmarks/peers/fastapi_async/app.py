"""The routes. A token is verified and taken at its word: no query for the user."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import selectinload
from starlette.concurrency import run_in_threadpool

from benchmarks.peers.models import Cheat, Task, User, user_cheat
from benchmarks.peers.schemas import (
    CheatOut,
    HealthOut,
    RefreshIn,
    SignedInOut,
    SignInIn,
    TaskChangesIn,
    TaskIn,
    TaskOut,
)
from benchmarks.peers.tokens import LIFETIMES, create_token, read_token, verify_password

engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+asyncpg:"), pool_size=16, max_overflow=0
)
new_session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]
TokenDep = Annotated[str, Depends(OAuth2PasswordBearer(tokenUrl="/api/v1/auth/login"))]


async def get_user_id(token: TokenDep) -> int:
    try:
        return read_token(token, "access")
    except jwt.InvalidTokenError:
        raise HTTPException(401) from None


UserId = Annotated[int, Depends(get_user_id)]


def signed_in(user: User) -> dict[str, Any]:
    return {
        "user": user,
        "access_token": create_token(user.id, "access"),
        "refresh_token": create_token(user.id, "refresh"),
        "expires_in": int(LIFETIMES["access"].total_seconds()),
    }


@app.get("/health", response_model=HealthOut)
async def health(session: SessionDep) -> Any:
    await session.execute(text("SELECT 1"))
    return HealthOut()


@app.post("/api/v1/auth/login", response_model=SignedInOut)
async def sign_in(data: SignInIn, session: SessionDep) -> Any:
    user = await session.scalar(select(User).where(User.username_key == data.username.lower()))
    if user is None or not await run_in_threadpool(verify_password, data.password, user.password_hash):
        raise HTTPException(401)
    return signed_in(user)


@app.post("/api/v1/auth/refresh", response_model=SignedInOut)
async def refresh(data: RefreshIn, session: SessionDep) -> Any:
    try:
        user = await session.get(User, read_token(data.refresh_token, "refresh"))
    except jwt.InvalidTokenError:
        raise HTTPException(401) from None
    if user is None:
        raise HTTPException(401)
    return signed_in(user)


@app.get("/api/v1/tasks/{task_id}", response_model=TaskOut)
async def get_task(task_id: int, session: SessionDep, user_id: UserId) -> Any:
    task = await session.get(Task, task_id)
    if task is None:
        raise HTTPException(404)
    return task


@app.get("/api/v1/tasks", response_model=list[TaskOut])
async def list_tasks(
    session: SessionDep,
    user_id: UserId,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    page: Annotated[int, Query(ge=1)] = 1,
    status: str | None = None,
    priority: str | None = None,
    assignee_id: Annotated[int | None, Query(alias="assigneeId")] = None,
    q: str | None = None,
) -> Any:
    query = select(Task).order_by(Task.created_at.desc(), Task.id.desc())
    if status is not None:
        query = query.where(Task.status.in_(status.split(",")))
    if priority is not None:
        query = query.where(Task.priority.in_(priority.split(",")))
    if assignee_id is not None:
        query = query.where(Task.assignee_id == assignee_id)
    if q is not None:
        query = query.where(Task.search_text.like(f"%{q.lower()}%"))
    return (await session.scalars(query.limit(limit).offset((page - 1) * limit))).all()


@app.post("/api/v1/tasks", response_model=TaskOut, status_code=201)
async def create_task(data: TaskIn, session: SessionDep, user_id: UserId) -> Any:
    now = datetime.now(UTC)
    task = Task(**data.model_dump(), creator_id=user_id, created_at=now, updated_at=now)
    task.keep_searchable()
    session.add(task)
    await session.commit()
    return task


@app.patch("/api/v1/tasks/{task_id}", response_model=TaskOut)
async def change_task(task_id: int, data: TaskChangesIn, session: SessionDep, user_id: UserId) -> Any:
    task = await session.get(Task, task_id)
    if task is None:
        raise HTTPException(404)
    if user_id not in {task.creator_id, task.assignee_id}:
        raise HTTPException(403)
    for name, value in data.model_dump(exclude_unset=True).items():
        setattr(task, name, value)
    task.keep_searchable()
    task.updated_at = datetime.now(UTC)
    await session.commit()
    return task


@app.get("/api/v1/cheats", response_model=list[CheatOut])
async def list_cheats(
    session: SessionDep, user_id: UserId, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> Any:
    query = (
        select(Cheat)
        .options(selectinload(Cheat.platforms), selectinload(Cheat.topics))
        .order_by(Cheat.created_at.desc(), Cheat.id.desc())
        .limit(limit)
    )
    cheats = (await session.scalars(query)).all()
    in_bag = select(user_cheat.c.cheat_id).where(
        user_cheat.c.user_id == user_id, user_cheat.c.cheat_id.in_([cheat.id for cheat in cheats])
    )
    bag = set(await session.scalars(in_bag))
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
        for cheat in cheats
    ]
