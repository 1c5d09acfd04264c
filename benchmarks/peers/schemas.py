"""What goes in and comes out, as Pydantic's users write it; shared by both peers on FastAPI."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Priority = Literal["low", "medium", "high"]
Status = Literal["todo", "in_progress", "done"]


class Schema(BaseModel):
    """camelCase outside, made from the attributes of an object."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class TaskOut(Schema):
    """A task."""

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


class TaskIn(Schema):
    """A new task."""

    title: str = Field(min_length=1, max_length=255)
    description: str | None = Field(default=None, max_length=20_000)
    priority: Priority = "medium"
    status: Status = "todo"
    deadline: datetime | None = None


class TaskChangesIn(Schema):
    """What is to change of a task."""

    title: str = Field(default="", min_length=1, max_length=255)
    description: str | None = Field(default=None, max_length=20_000)
    priority: Priority = "medium"
    status: Status = "todo"
    deadline: datetime | None = None


class CheatOut(Schema):
    """A cheat."""

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


class SignInIn(Schema):
    """Who wants in."""

    username: str
    password: str


class RefreshIn(Schema):
    """The refresh token."""

    refresh_token: str


class UserOut(Schema):
    """One's own account."""

    id: int
    username: str
    email: str | None
    role: str
    is_approved: bool
    is_active: bool
    created_at: datetime
    updated_at: datetime


class SignedInOut(Schema):
    """An account and its tokens."""

    user: UserOut
    access_token: str
    refresh_token: str
    token_type: str = "Bearer"
    expires_in: int


class DatabaseOut(Schema):
    """How the database answered."""

    status: str = "ok"


class HealthOut(Schema):
    """How the service is."""

    status: str = "ok"
    database: DatabaseOut = DatabaseOut()
