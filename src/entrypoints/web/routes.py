"""Which pages there are, and what is the same for all of them."""

from collections.abc import Callable

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from application.approvals import CountWaiting
from application.browsers import AuthenticateBrowser
from entrypoints.http.authentication import PUBLIC
from entrypoints.http.parts import Parts, with_parts
from entrypoints.http.rate_limits import Count
from entrypoints.web.account import AccountController
from entrypoints.web.admin import admin_home
from entrypoints.web.admin_audit import AuditController
from entrypoints.web.admin_users import AdminUserController
from entrypoints.web.admin_webhooks import AdminWebhookController
from entrypoints.web.appearance import choose_theme
from entrypoints.web.auth import BrowserAuthController
from entrypoints.web.board_pages import BoardController
from entrypoints.web.browser import browser_of, meeting
from entrypoints.web.cheats import CheatPageController
from entrypoints.web.cookies import CookieJar
from entrypoints.web.dashboard import DashboardController
from entrypoints.web.forms import PageRequest
from entrypoints.web.library import LibraryController
from entrypoints.web.live import follow_live
from entrypoints.web.pages import PageController
from entrypoints.web.people import show_person
from entrypoints.web.portability import ImportPageController
from entrypoints.web.posts import PostPageController
from entrypoints.web.tags import TagPageController
from entrypoints.web.tasks import TaskPageController

PAGES: list[ControllerRouterHandler] = [
    PageController,
    BrowserAuthController,
    choose_theme,
    follow_live,
    PostPageController,
    show_person,
    DashboardController,
    BoardController,
    TaskPageController,
    LibraryController,
    CheatPageController,
    ImportPageController,
    TagPageController,
    AccountController,
    admin_home,
    AdminUserController,
    AuditController,
    AdminWebhookController,
]
"""Each page's handlers."""


def pages(
    parts: Parts,
    authenticate: Callable[[], AuthenticateBrowser],
    cookie_jar: Callable[[], CookieJar],
    count_waiting: Callable[[], CountWaiting],
    count: Count,
) -> Router:
    """Return the router of all pages: each meets its browser, and no form passes that is not its browser's own.

    Args:
        parts: what handlers can ask for by name; they can ask for their `browser`, too.
        authenticate: the use case's provider.
        cookie_jar: its provider.
        count_waiting: the use case's provider.
        count: counts requests.
    """
    return Router(
        "/",
        route_handlers=with_parts(PAGES, parts),
        before_request=meeting(authenticate, cookie_jar, count_waiting, count),
        dependencies={"browser": Provide(browser_of, sync_to_thread=False)},
        include_in_schema=False,
        # The API's authentication, by tokens, is not asked here; who is signed in is `browser`.
        opt=PUBLIC,
        request_class=PageRequest,
    )
