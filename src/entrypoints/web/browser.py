"""Who looks at a page: found out, and forms checked, before any page's handler is asked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie

from application.approvals import CountWaiting
from application.auth import Identity
from application.browsers import AuthenticateBrowser
from domain.errors import Unauthenticated
from domain.users import User
from entrypoints.http.rate_limits import Count
from entrypoints.web.cookies import CookieJar, Flash, Theme, read_theme
from entrypoints.web.csrf import FIELD, HEADER, check_origin, check_token, csrf_token
from entrypoints.web.forms import receive_form, sent_fields
from entrypoints.web.redirects import address_of

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class Browser:
    """Whoever looks at a page; handlers get it by the name `browser`, templates too.

    Attributes:
        identity: who is signed in; None where nobody is.
        csrf_token: what every form of the page carries, in the field `csrf`.
        flash: what happened on the page before, if that is to be told.
        theme: the colours to show.
        path: of this request, for the navigation to mark.
        address: its path and query, to come back to.
        cookies: what the browser shall keep or forget with the next page.
        waiting: how many newcomers an admin may let in, for the navigation to tell; 0 to everyone else.
    """

    identity: Identity | None
    csrf_token: str
    flash: Flash | None
    theme: Theme
    path: str
    address: str
    cookies: tuple[Cookie, ...] = ()
    waiting: int = 0

    @property
    def user(self) -> User | None:
        """Who is signed in, if anyone is."""
        return None if self.identity is None else self.identity.user

    def signed_in(self) -> Identity:
        """Return who is signed in.

        Raises:
            Unauthenticated: nobody is; a page then becomes the way to the sign-in page and back.
        """
        if self.identity is None:
            raise Unauthenticated("Sign in to see this page.")
        return self.identity


def meeting(
    authenticate: Callable[[], AuthenticateBrowser],
    cookie_jar: Callable[[], CookieJar],
    count_waiting: Callable[[], CountWaiting],
    count: Count,
) -> Callable[[Request[Any, Any, Any]], Awaitable[None]]:
    """Return what meets each browser before the page it asks for, as Litestar's `before_request` of all pages.

    A plain function: Litestar copies what belongs to a router deeply, and with an object the stores behind it.

    Args:
        authenticate: the use case's provider.
        cookie_jar: its provider.
        count_waiting: the use case's provider.
        count: counts requests.
    """

    async def meet(request: Request[Any, Any, Any]) -> None:
        """Find out who is asking, and refuse a form that is not theirs.

        Who sends a form is looked at again when it is here as a whole: it takes as long as its sender likes, and
        who is signed out meanwhile has nothing more to say.

        Raises:
            ForgedForm: the request would change something, but does not come from a page shown to this browser.
            Refusal: it holds a form that cannot be read.
            TooManyRequests: whoever it is asked too often.
            Unavailable: the store had to be asked and is away.
        """
        is_safe = request.method in _SAFE
        browser, secret = await _look(request, authenticate(), cookie_jar(), is_safe=is_safe)
        request.scope["auth"] = browser.identity
        request.scope["state"]["browser"] = browser
        count(request)
        if not is_safe:
            await receive_form(request)
            browser, secret = await _look(request, authenticate(), cookie_jar(), is_safe=is_safe)
        if browser.user is not None:
            browser = replace(browser, waiting=await count_waiting()(browser.user))
        request.scope["auth"] = browser.identity
        request.scope["state"]["browser"] = browser
        if not is_safe:
            check_origin(request)
            tokens = request.headers.getall(HEADER, []) or sent_fields(request).get(FIELD, [])
            check_token(request, tokens[-1] if tokens else "", cookie_secret=secret)

    return meet


async def _look(
    request: Request[Any, Any, Any], authenticate: AuthenticateBrowser, cookie_jar: CookieJar, *, is_safe: bool
) -> tuple[Browser, str | None]:
    """Return who is asking, and the secret of the cookie that their forms are bound to, if they have one."""
    given = request.cookies
    key, identity, cookies = cookie_jar.read_session(given), None, list[Cookie]()
    if key is not None:
        try:
            identity = await authenticate(key)
        except Unauthenticated:
            cookies.append(cookie_jar.no_session())
    secret = key.secret if key is not None and identity is not None else cookie_jar.read_visitor(given)
    if is_safe and secret is None:
        visitor = cookie_jar.visitor()
        secret = visitor.value
        cookies.append(visitor)
    if (flash := cookie_jar.read_flash(given)) is not None:
        cookies.append(cookie_jar.no_flash())
    browser = Browser(
        identity=identity,
        csrf_token=csrf_token(secret or ""),
        flash=flash,
        theme=read_theme(given),
        path=request.scope["path"],
        address=address_of(request),
        cookies=tuple(cookies),
    )
    return browser, secret


def browser_of(request: Request[Any, Any, Any]) -> Browser:
    """Return who looks at the page; for handlers of pages."""
    browser: Browser = request.scope["state"]["browser"]
    return browser
