"""What is served where, and which of the container's providers the handlers ask for by name."""

from litestar.types import ControllerRouterHandler

from entrypoints.http.auth import AuthController
from entrypoints.http.events import EventController
from entrypoints.http.greeting import hello
from entrypoints.http.health import HealthController
from entrypoints.http.keys import jwks
from entrypoints.http.sessions import SessionController
from entrypoints.http.tasks import TaskController
from entrypoints.http.users import UserController

API: list[ControllerRouterHandler] = [
    AuthController,
    SessionController,
    UserController,
    TaskController,
    EventController,
]
"""What stands under `/api/v1`."""

AROUND: list[ControllerRouterHandler] = [HealthController, hello]
"""What monitors and a client's first steps ask for: it answers without the prefix, too."""

AT_ROOT: list[ControllerRouterHandler] = [jwks]
"""What has its one place by a standard."""

DEPENDENCIES = (
    "approve_user",
    "authenticate",
    "change_password",
    "change_task",
    "change_user",
    "check_health",
    "check_readiness",
    "clock",
    "create_task",
    "create_user",
    "cursors",
    "delete_task",
    "delete_user",
    "end_session",
    "get_task",
    "get_user",
    "identity",
    "list_events",
    "list_sessions",
    "list_tasks",
    "list_users",
    "refresh_session",
    "reject_user",
    "restore_user",
    "sign_in",
    "sign_out",
    "sign_up",
    "summarise_tasks",
    "tokens",
)
"""Each is a provider of the container, but for `identity`, which comes with the request."""
