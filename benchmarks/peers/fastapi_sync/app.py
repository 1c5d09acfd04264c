"""The routes. As in the template, every request loads the user whom its token names."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session, selectinload

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

engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:"))
app = FastAPI()


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
TokenDep = Annotated[str, Depends(OAuth2PasswordBearer(tokenUrl="/api/v1/auth/login"))]


def get_current_user(session: SessionDep, token: TokenDep) -> User:
    try:
        user_id = read_token(token, "access")
    except jwt.InvalidTokenError:
        raise HTTPException(401) from None
    user = session.get(User, user_id)
    if user is None or not user.is_active:
        raise HTTPException(401)
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


def signed_in(user: User) -> dict[str, Any]:
    return {
        "user": user,
        "access_token": create_token(user.id, "access"),
        "refresh_token": create_token(user.id, "refresh"),
        "expires_in": int(LIFETIMES["access"].total_seconds()),
    }


@app.get("/health", response_model=HealthOut)
def health(session: SessionDep) -> Any:
    session.execute(text("SELECT 1"))
    return HealthOut()


@app.post("/api/v1/auth/login", response_model=SignedInOut)
def sign_in(data: SignInIn, session: SessionDep) -> Any:
    user = session.scalar(select(User).where(User.username_key == data.username.lower()))
    if user is None or not verify_password(data.password, user.password_hash):
        raise HTTPException(401)
    return signed_in(user)


@app.post("/api/v1/auth/refresh", response_model=SignedInOut)
def refresh(data: RefreshIn, session: SessionDep) -> Any:
    try:
        user = session.get(User, read_token(data.refresh_token, "refresh"))
    except jwt.InvalidTokenError:
        raise HTTPException(401) from None
    if user is None:
        raise HTTPException(401)
    return signed_in(user)


@app.get("/api/v1/tasks/{task_id}", response_model=TaskOut)
def get_task(task_id: int, session: SessionDep, current_user: CurrentUser) -> Any:
    task = session.get(Task, task_id)
    if task is None:
        raise HTTPException(404)
    return task


@app.get("/api/v1/tasks", response_model=list[TaskOut])
def list_tasks(
    session: SessionDep,
    current_user: CurrentUser,
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
    return session.scalars(query.limit(limit).offset((page - 1) * limit)).all()


@app.post("/api/v1/tasks", response_model=TaskOut, status_code=201)
def create_task(data: TaskIn, session: SessionDep, current_user: CurrentUser) -> Any:
    now = datetime.now(UTC)
    task = Task(**data.model_dump(), creator_id=current_user.id, created_at=now, updated_at=now)
    task.keep_searchable()
    session.add(task)
    session.commit()
    session.refresh(task)
    return task


@app.patch("/api/v1/tasks/{task_id}", response_model=TaskOut)
def change_task(task_id: int, data: TaskChangesIn, session: SessionDep, current_user: CurrentUser) -> Any:
    task = session.get(Task, task_id)
    if task is None:
        raise HTTPException(404)
    if current_user.id not in {task.creator_id, task.assignee_id}:
        raise HTTPException(403)
    for name, value in data.model_dump(exclude_unset=True).items():
        setattr(task, name, value)
    task.keep_searchable()
    task.updated_at = datetime.now(UTC)
    session.commit()
    session.refresh(task)
    return task


@app.get("/api/v1/cheats", response_model=list[CheatOut])
def list_cheats(
    session: SessionDep, current_user: CurrentUser, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> Any:
    query = (
        select(Cheat)
        .options(selectinload(Cheat.platforms), selectinload(Cheat.topics))
        .order_by(Cheat.created_at.desc(), Cheat.id.desc())
        .limit(limit)
    )
    cheats = session.scalars(query).all()
    in_bag = select(user_cheat.c.cheat_id).where(
        user_cheat.c.user_id == current_user.id, user_cheat.c.cheat_id.in_([cheat.id for cheat in cheats])
    )
    bag = set(session.scalars(in_bag))
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
