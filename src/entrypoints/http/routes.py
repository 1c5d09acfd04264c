"""What is served where."""

from litestar.types import ControllerRouterHandler

from entrypoints.http.auth import AuthController
from entrypoints.http.cheats import CheatController
from entrypoints.http.events import EventController
from entrypoints.http.feed import FeedController
from entrypoints.http.greeting import hello
from entrypoints.http.health import HealthController
from entrypoints.http.keys import jwks
from entrypoints.http.metrics import metrics
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

AT_ROOT: list[ControllerRouterHandler] = [jwks, metrics]
"""What has its one place by a standard or a custom."""
