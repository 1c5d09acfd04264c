"""One's own account, in a browser: what it is called, its password, its sessions, and its end."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation
from msgspec import Meta

from application.auth import Identity
from application.passwords import ConfirmPassword
from application.sessions import ChangePassword, EndOtherSessions, EndSession, ListSessions
from application.users import ChangeUser, DeleteUser
from domain.errors import Fault, refuse
from domain.users import (
    EMAIL_MOST,
    PASSWORD_MOST,
    USERNAME_MOST,
    User,
    UserChanges,
    email_faults,
    password_faults,
    username_faults,
    username_key,
)
from entrypoints.http.input import path_id
from entrypoints.web.answers import page, see_other
from entrypoints.web.browser import Browser
from entrypoints.web.cookies import CookieJar, Flash
from entrypoints.web.devices import device_of
from entrypoints.web.forms import FilledForm, Form, Version, empty_form, read_form

_ACCOUNT, _DELETE = "account/account.html", "account/delete.html"


class ProfileForm(Form):
    """What the account is called, and the state of it that this was made from."""

    labels = {"username": "Username", "email": "Email"}  # noqa: RUF012  # never written
    rules = {"username": username_faults, "email": email_faults}  # noqa: RUF012  # never written

    username: Annotated[str, Meta(max_length=USERNAME_MOST)]
    version: Version
    email: Annotated[str, Meta(max_length=EMAIL_MOST)] | None = None


class PasswordForm(Form):
    """A new password, and the proof that it is one's own account."""

    labels = {"currentPassword": "Current password", "newPassword": "New password"}  # noqa: RUF012  # never written
    secret = frozenset({"currentPassword", "newPassword"})
    rules = {"newPassword": partial(password_faults, field="newPassword")}  # noqa: RUF012  # never written

    current_password: Annotated[str, Meta(max_length=PASSWORD_MOST)]
    new_password: str


class FarewellForm(Form):
    """The account's name, typed by someone who means it, and the proof that it is one's own."""

    labels = {"username": "Your username", "currentPassword": "Your password"}  # noqa: RUF012  # never written
    secret = frozenset({"currentPassword"})

    username: Annotated[str, Meta(max_length=USERNAME_MOST)]
    current_password: Annotated[str, Meta(max_length=PASSWORD_MOST)]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A place where one is signed in, as the page lists it."""

    id: int
    device: str
    created_at: datetime
    last_used_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class AccountView:
    """What the page of one's own account shows, whichever of its forms is refused.

    Attributes:
        user: whose account it is.
        profile: the form of its names.
        password: the form of a new password.
        sessions: where they are signed in: here first, then as they are listed.
    """

    user: User
    profile: FilledForm
    password: FilledForm
    sessions: tuple[SessionRow, ...]


class AccountController(Controller):
    """`/account`."""

    path = "/account"

    @get()
    async def show(
        self,
        browser: NamedDependency[SkipValidation[Browser]],
        list_sessions: NamedDependency[SkipValidation[ListSessions]],
    ) -> Response[str]:
        """Show one's account."""
        return page(browser, _ACCOUNT, part="", view=await _view(browser.signed_in(), list_sessions))

    @post(status_code=303)
    async def change_profile(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        list_sessions: NamedDependency[SkipValidation[ListSessions]],
        change_user: NamedDependency[SkipValidation[ChangeUser]],
    ) -> Response[Any]:
        """Change one's name and address, unless they changed since the form was shown."""
        identity = browser.signed_in()
        view = await _view(identity, list_sessions)
        form = read_form(request, ProfileForm, _ACCOUNT, part="profile", view=view)
        await change_user(
            identity.user,
            user_id=identity.user.id,
            changes=UserChanges(username=form.username, email=form.email),
            if_version=(form.version,),
        )
        return see_other("/account", cookies=[cookie_jar.flash(Flash("Your profile is saved."))])

    @post("/password", status_code=303)
    async def change_password(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        list_sessions: NamedDependency[SkipValidation[ListSessions]],
        change_password: NamedDependency[SkipValidation[ChangePassword]],
    ) -> Response[Any]:
        """Change one's password and end every other session."""
        identity = browser.signed_in()
        view = await _view(identity, list_sessions)
        form = read_form(request, PasswordForm, _ACCOUNT, part="password", view=view)
        await change_password(identity, current_password=form.current_password, new_password=form.new_password)
        told = Flash("Your password is changed. Every other session has ended; you are still signed in here.")
        return see_other("/account", cookies=[cookie_jar.flash(told)])

    @post("/sessions/{session_id:str}/end", status_code=303)
    async def end_session(
        self,
        session_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        end_session: NamedDependency[SkipValidation[EndSession]],
    ) -> Response[Any]:
        """Sign one device out."""
        await end_session(browser.signed_in(), session_id=path_id(session_id, "session"))
        return see_other("/account", cookies=[cookie_jar.flash(Flash("That device is signed out."))])

    @post("/sessions/end-others", status_code=303)
    async def end_other_sessions(
        self,
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        end_other_sessions: NamedDependency[SkipValidation[EndOtherSessions]],
    ) -> Response[Any]:
        """Sign every device out but this one."""
        await end_other_sessions(browser.signed_in())
        return see_other("/account", cookies=[cookie_jar.flash(Flash("You are signed out everywhere else."))])

    @get("/delete")
    async def ask_to_delete(self, browser: NamedDependency[SkipValidation[Browser]]) -> Response[str]:
        """Say what leaving means, and ask."""
        browser.signed_in()
        return page(browser, _DELETE, form=empty_form(FarewellForm))

    @post("/delete", status_code=303)
    async def delete(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        confirm_password: NamedDependency[SkipValidation[ConfirmPassword]],
        delete_user: NamedDependency[SkipValidation[DeleteUser]],
    ) -> Response[Any]:
        """Delete one's account, and have the browser forget the session."""
        user = browser.signed_in().user
        form = read_form(request, FarewellForm, _DELETE)
        if username_key(form.username) != username_key(user.username):
            refuse(Fault("username", f"is not that: you are {user.username}"))
        await confirm_password(user, current_password=form.current_password)
        await delete_user(user, user_id=user.id)
        told = Flash("Your account is deleted. Should you want it back, ask an admin.")
        return see_other("/", cookies=(cookie_jar.no_session(), cookie_jar.flash(told)))


async def _view(identity: Identity, list_sessions: ListSessions) -> AccountView:
    user = identity.user
    sessions = (
        SessionRow(
            id=session.id,
            device=device_of(session.user_agent),
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            is_current=session.id == identity.session.id,
        )
        for session in await list_sessions(identity)
    )
    return AccountView(
        user=user,
        profile=empty_form(ProfileForm, username=user.username, email=user.email or ""),
        password=empty_form(PasswordForm),
        sessions=tuple(sorted(sessions, key=lambda each: not each.is_current)),
    )
