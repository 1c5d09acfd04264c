"""What is served where, and which of the container's providers the handlers ask for by name."""

from litestar.types import ControllerRouterHandler

from entrypoints.http.auth import AuthController
from entrypoints.http.greeting import hello
from entrypoints.http.health import HealthController
from entrypoints.http.sessions import SessionController
from entrypoints.http.tasks import TaskController
from entrypoints.http.users import UserController

API: list[ControllerRouterHandler] = [AuthController, SessionController, UserController, TaskController]
"""What stands under `/api/v1`."""

AROUND: list[ControllerRouterHandler] = [HealthController, hello]
"""What monitors and a client's first steps ask for: it answers without the prefix, too."""

DEPENDENCIES = (
    "authenticate",
    "change_password",
    "change_task",
    "check_health",
    "check_readiness",
    "clock",
    "create_task",
    "cursors",
    "delete_task",
    "end_session",
    "get_task",
    "get_user",
    "identity",
    "list_sessions",
    "list_tasks",
    "refresh_session",
    "sign_in",
    "sign_out",
    "sign_up",
    "summarise_tasks",
)
"""Each is a provider of the container, but for `identity`, which comes with the request."""
