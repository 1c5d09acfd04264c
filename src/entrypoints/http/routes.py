"""What is served where, and what the handlers ask for by name."""

from collections.abc import Callable, Mapping

from litestar.types import ControllerRouterHandler

from entrypoints.http.auth import AuthController
from entrypoints.http.authentication import identity_of, reader_of
from entrypoints.http.cheats import CheatController
from entrypoints.http.events import EventController
from entrypoints.http.feed import FeedController
from entrypoints.http.greeting import hello
from entrypoints.http.health import HealthController
from entrypoints.http.keys import jwks
from entrypoints.http.portability import PortabilityController
from entrypoints.http.posts import PostController
from entrypoints.http.search import SearchController
from entrypoints.http.sessions import SessionController
from entrypoints.http.tasks import TaskController
from entrypoints.http.taxonomy import PlatformController, TopicController
from entrypoints.http.users import UserController
from entrypoints.http.webhooks import WebhookController

API: list[ControllerRouterHandler] = [
    AuthController,
    SessionController,
    UserController,
    TaskController,
    CheatController,
    PortabilityController,
    PlatformController,
    TopicController,
    PostController,
    SearchController,
    EventController,
    WebhookController,
    FeedController,
]
"""What stands under `/api/v1`."""

AROUND: list[ControllerRouterHandler] = [HealthController, hello]
"""What monitors and a client's first steps ask for: it answers without the prefix, too."""

AT_ROOT: list[ControllerRouterHandler] = [jwks]
"""What has its one place by a standard."""

OF_REQUEST: Mapping[str, Callable[..., object]] = {"identity": identity_of, "reader": reader_of}
"""What handlers ask for by name that the request itself tells."""

DEPENDENCIES = (
    "approve_user",
    "authenticate",
    "change_cheat",
    "change_password",
    "change_post",
    "change_task",
    "change_user",
    "change_webhook",
    "check_health",
    "check_readiness",
    "confirm_password",
    "clock",
    "cookie_jar",
    "create_cheat",
    "create_post",
    "create_tag",
    "create_task",
    "create_user",
    "create_webhook",
    "cursors",
    "delete_cheat",
    "delete_post",
    "delete_tag",
    "delete_task",
    "delete_user",
    "delete_webhook",
    "end_other_sessions",
    "end_session",
    "event_feed",
    "export_cheats",
    "get_account",
    "find_place",
    "get_cheat",
    "get_delivery",
    "get_post",
    "get_tag",
    "get_task",
    "get_user",
    "get_webhook",
    "import_cheats",
    "keep_in_bag",
    "list_cheats",
    "list_deliveries",
    "list_events",
    "list_posts",
    "list_sessions",
    "list_tags",
    "list_tasks",
    "list_users",
    "list_webhooks",
    "name_users",
    "redeliver",
    "refresh_session",
    "reject_user",
    "rename_tag",
    "restore_user",
    "rotate_secret",
    "search_everything",
    "sign_in",
    "sign_in_browser",
    "sign_in_remembered",
    "sign_out",
    "sign_up",
    "sign_up_browser",
    "summarise_tasks",
    "take_out_of_bag",
    "tokens",
    "webhooks_need_https",
)
"""What handlers ask for by name that the container provides."""
