"""Coming in and leaving, in a browser."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, SkipValidation
from msgspec import Meta

from application.auth import SignedIn, SignIn, SignUp
from application.browsers import BrowserKey
from application.sessions import SignOut
from domain.users import EMAIL_MOST, PASSWORD_MOST, email_faults, password_faults, username_faults
from entrypoints.web.answers import page, see_other
from entrypoints.web.browser import Browser
from entrypoints.web.cookies import CookieJar, Flash, FlashKind
from entrypoints.web.forms import Form, empty_form, read_form
from entrypoints.web.redirects import SIGN_IN, local_path

_LOGIN, _REGISTER = "auth/login.html", "auth/register.html"


class SignInForm(Form):
    """Who wants in, by username or by email, and where to."""

    labels = {"name": "Username or email", "password": "Password"}  # noqa: RUF012  # never written
    secret = frozenset({"password"})

    name: Annotated[str, Meta(max_length=EMAIL_MOST)]
    password: Annotated[str, Meta(max_length=PASSWORD_MOST)]
    remember: bool = False
    next: str | None = None


class RegisterForm(Form):
    """What a newcomer sends."""

    labels = {"username": "Username", "email": "Email", "password": "Password"}  # noqa: RUF012  # never written
    secret = frozenset({"password"})
    rules = {  # noqa: RUF012  # never written
        "username": username_faults,
        "email": email_faults,
        "password": password_faults,
    }

    username: str
    password: str
    email: str | None = None
    next: str | None = None


class BrowserAuthController(Controller):
    """`/auth/register`, `/auth/login` and `/auth/logout`."""

    @get("/auth/login")
    async def show_sign_in(
        self, browser: NamedDependency[SkipValidation[Browser]], next: FromQuery[str | None] = None
    ) -> Response[Any]:
        """Show the sign-in form; who is signed in already goes on."""
        if browser.identity is not None:
            return see_other(local_path(next))
        return page(browser, _LOGIN, form=empty_form(SignInForm, next=next or ""))

    @post("/auth/login", status_code=303)
    async def sign_in(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        sign_in_browser: NamedDependency[SkipValidation[SignIn[BrowserKey]]],
        sign_in_remembered: NamedDependency[SkipValidation[SignIn[BrowserKey]]],
        sign_out: NamedDependency[SkipValidation[SignOut]],
    ) -> Response[Any]:
        """Begin a session, end the one that the browser came with, and go on."""
        form = read_form(request, SignInForm, _LOGIN)
        sign_in = sign_in_remembered if form.remember else sign_in_browser
        is_email = "@" in form.name
        signed_in = await sign_in(
            username=None if is_email else form.name,
            email=form.name if is_email else None,
            password=form.password,
            address=request.client.host if request.client else None,
            user_agent=request.headers.get("user-agent"),
        )
        if browser.identity is not None:
            await sign_out(browser.identity)
        return _let_in(signed_in, cookie_jar, next=form.next, is_remembered=form.remember)

    @get("/auth/register")
    async def show_registration(
        self, browser: NamedDependency[SkipValidation[Browser]], next: FromQuery[str | None] = None
    ) -> Response[Any]:
        """Show the form for newcomers; who is signed in already goes on."""
        if browser.identity is not None:
            return see_other(local_path(next))
        return page(browser, _REGISTER, form=empty_form(RegisterForm, next=next or ""))

    @post("/auth/register", status_code=303)
    async def register(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        sign_up_browser: NamedDependency[SkipValidation[SignUp[BrowserKey]]],
        sign_out: NamedDependency[SkipValidation[SignOut]],
    ) -> Response[Any]:
        """Make an account and sign it in, or say that an admin has to approve it."""
        form = read_form(request, RegisterForm, _REGISTER)
        signed_in = await sign_up_browser(
            username=form.username,
            password=form.password,
            email=form.email,
            user_agent=request.headers.get("user-agent"),
        )
        if signed_in.credentials is None:
            return see_other("/auth/waiting")
        if browser.identity is not None:
            await sign_out(browser.identity)
        welcome = Flash(f"Welcome to Satchel, {signed_in.user.username}.")
        return _let_in(signed_in, cookie_jar, next=form.next, is_remembered=False, flash=welcome)

    @get("/auth/waiting")
    async def show_waiting(self, browser: NamedDependency[SkipValidation[Browser]]) -> Response[str]:
        """Tell a newcomer that an admin has to let them in."""
        return page(browser, "auth/waiting.html")

    @post("/auth/logout", status_code=303)
    async def sign_out(
        self,
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        sign_out: NamedDependency[SkipValidation[SignOut]],
    ) -> Response[Any]:
        """End this session, and have the browser forget it."""
        if browser.identity is not None:
            await sign_out(browser.identity)
        told = Flash("You are signed out.", FlashKind.NOTE)
        return see_other(SIGN_IN, cookies=(cookie_jar.no_session(), cookie_jar.flash(told)))


def _let_in(
    signed_in: SignedIn[BrowserKey],
    cookie_jar: CookieJar,
    *,
    next: str | None,
    is_remembered: bool,
    flash: Flash | None = None,
) -> Response[Any]:
    kept = [cookie_jar.no_visitor()]
    if signed_in.credentials is not None:
        kept.append(cookie_jar.session(signed_in.credentials, is_remembered=is_remembered))
    if flash is not None:
        kept.append(cookie_jar.flash(flash))
    return see_other(local_path(next), cookies=kept)
