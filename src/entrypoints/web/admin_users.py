"""Who may come in, and as what: the accounts as admins look after them."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation

from application.approvals import ApproveUser, GetAccount, RejectUser, RestoreUser
from application.events import ListEvents
from application.paging import PageRequest
from application.ports.events import EventFilter, EventSort
from application.ports.users import UserSort
from application.users import ChangeUser, CreateUser, DeleteUser, ListUsers, NameUsers
from domain.events import SubjectType
from domain.users import Role, User, UserChanges, UserStatus
from entrypoints.http.input import path_id, read_query
from entrypoints.http.paging import Cursors, page_request
from entrypoints.http.words import words_of
from entrypoints.web.admin import admin_of
from entrypoints.web.admin_user_forms import (
    AccountForm,
    AccountQuery,
    ApprovalForm,
    NewAccountForm,
    RejectionForm,
)
from entrypoints.web.answers import page, see_other
from entrypoints.web.browser import Browser
from entrypoints.web.cookies import CookieJar, Flash
from entrypoints.web.event_words import Entry, people_in, told
from entrypoints.web.forms import FilledForm, VersionForm, empty_form, read_form
from entrypoints.web.lists import pager
from entrypoints.web.redirects import local_path

_USERS, _USER, _NEW = "admin/users.html", "admin/user.html", "admin/new_user.html"
_PATH: Final = "/admin/users"
_QUEUE_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class AccountView:
    """What the page of an account shows, whichever of its forms is refused."""

    account: User
    profile: FilledForm
    approval: FilledForm
    rejection: FilledForm
    history: tuple[Entry, ...]
    has_more_history: bool


@dataclass(frozen=True, slots=True)
class LookAtAccount:
    """Gathers what the page of an account shows."""

    get_account: GetAccount
    list_events: ListEvents
    name_users: NameUsers

    async def __call__(self, admin: User, user_id: str) -> AccountView:
        """Return what there is to see of the account, deleted or not.

        Raises:
            Forbidden: who asks is no admin.
            NotFound: there never was such an account.
        """
        account = await self.get_account(admin, user=path_id(user_id, "user"))
        history = await self.list_events(
            admin,
            wanted=EventFilter(subject_type=SubjectType.USER, subject_id=account.id),
            request=PageRequest(EventSort.ID),
        )
        names = await self.name_users(user_ids=people_in(history.items))
        return AccountView(
            account=account,
            profile=empty_form(
                AccountForm,
                username=account.username,
                email=account.email or "",
                role=account.role,
                isActive="on" if account.is_active else "",
            ),
            approval=empty_form(ApprovalForm, role=account.role),
            rejection=empty_form(RejectionForm),
            history=told(history.items, names),
            has_more_history=history.next is not None,
        )


def _look_at_account(
    get_account: NamedDependency[SkipValidation[GetAccount]],
    list_events: NamedDependency[SkipValidation[ListEvents]],
    name_users: NamedDependency[SkipValidation[NameUsers]],
) -> LookAtAccount:
    return LookAtAccount(get_account, list_events, name_users)


class AdminUserController(Controller):
    """`/admin/users`."""

    path = _PATH
    dependencies = {  # noqa: RUF012  # never written
        "admin": Provide(admin_of, sync_to_thread=False),
        "look_at_account": Provide(_look_at_account, sync_to_thread=False),
    }

    @get(opt={"query": AccountQuery})
    async def list_accounts(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        admin: NamedDependency[SkipValidation[User]],
        list_users: NamedDependency[SkipValidation[ListUsers]],
        cursors: NamedDependency[SkipValidation[Cursors]],
    ) -> Response[str]:
        """Show who waits, and the accounts that are looked for."""
        query = read_query(request, AccountQuery)
        words = words_of(query.q)
        asked = page_request(
            request,
            query,
            cursors,
            sort=UserSort.RELEVANCE if words else UserSort.CREATED_AT,
            descending=True,
        )
        found = await list_users(admin, request=asked, status=query.status, role=query.role, words=words)
        queue = await list_users(
            admin,
            request=PageRequest(UserSort.CREATED_AT, descending=False, limit=_QUEUE_SHOWN),
            status=UserStatus.PENDING,
        )
        return page(
            browser,
            _USERS,
            query=query,
            accounts=found.items,
            pager=pager(request, found, cursors),
            queue=queue.items,
            has_longer_queue=queue.next is not None,
            statuses=list(UserStatus),
        )

    @get("/new")
    async def show_new(
        self,
        browser: NamedDependency[SkipValidation[Browser]],
        admin: NamedDependency[SkipValidation[User]],  # who is none, is refused
    ) -> Response[str]:
        """Show the form for an account that an admin makes."""
        return page(browser, _NEW, form=empty_form(NewAccountForm, role=Role.EMPLOYEE))

    @post("/new", status_code=303)
    async def create(
        self,
        request: Request[Any, Any, Any],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        admin: NamedDependency[SkipValidation[User]],
        create_user: NamedDependency[SkipValidation[CreateUser]],
    ) -> Response[Any]:
        """Make an account for someone."""
        form = read_form(request, NewAccountForm, _NEW)
        user = await create_user(
            admin, username=form.username, password=form.password, email=form.email, role=form.role
        )
        return _done(cookie_jar, user.id, f"{user.username} can sign in now, with the password you gave them.")

    @get("/{user_id:str}")
    async def show(
        self,
        user_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        admin: NamedDependency[SkipValidation[User]],
        look_at_account: NamedDependency[SkipValidation[LookAtAccount]],
    ) -> Response[str]:
        """Show everything about an account."""
        return page(browser, _USER, part="", view=await look_at_account(admin, user_id))

    @post("/{user_id:str}", status_code=303)
    async def change(
        self,
        request: Request[Any, Any, Any],
        user_id: FromPath[str],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        admin: NamedDependency[SkipValidation[User]],
        look_at_account: NamedDependency[SkipValidation[LookAtAccount]],
        change_user: NamedDependency[SkipValidation[ChangeUser]],
    ) -> Response[Any]:
        """Change what an account is called and may do, unless it changed since the form was shown."""
        view = await look_at_account(admin, user_id)
        form = read_form(request, AccountForm, _USER, part="profile", view=view)
        changes = UserChanges(username=form.username, email=form.email, role=form.role, is_active=form.is_active)
        user = await change_user(admin, user_id=view.account.id, changes=changes, if_version=(form.version,))
        return _done(cookie_jar, user.id, f"The account of {user.username} is saved.")

    @post("/{user_id:str}/approve", status_code=303)
    async def approve(
        self,
        request: Request[Any, Any, Any],
        user_id: FromPath[str],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        admin: NamedDependency[SkipValidation[User]],
        look_at_account: NamedDependency[SkipValidation[LookAtAccount]],
        approve_user: NamedDependency[SkipValidation[ApproveUser]],
    ) -> Response[Any]:
        """Approve an account, in the role that the form names, unless it changed since the form was shown."""
        view = await look_at_account(admin, user_id)
        form = read_form(request, ApprovalForm, _USER, part="approval", view=view)
        user = await approve_user(admin, user_id=view.account.id, role=form.role, if_version=(form.version,))
        return _done(cookie_jar, user.id, f"{user.username} is approved.", next=form.next)

    @post("/{user_id:str}/reject", status_code=303)
    async def reject(
        self,
        request: Request[Any, Any, Any],
        user_id: FromPath[str],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        admin: NamedDependency[SkipValidation[User]],
        look_at_account: NamedDependency[SkipValidation[LookAtAccount]],
        reject_user: NamedDependency[SkipValidation[RejectUser]],
    ) -> Response[Any]:
        """Reject an account, unless it changed since the form was shown."""
        view = await look_at_account(admin, user_id)
        form = read_form(request, RejectionForm, _USER, part="rejection", view=view)
        user = await reject_user(admin, user_id=view.account.id, reason=form.reason, if_version=(form.version,))
        return _done(cookie_jar, user.id, f"{user.username} is rejected.", next=form.next)

    @post("/{user_id:str}/delete", status_code=303)
    async def delete(
        self,
        request: Request[Any, Any, Any],
        user_id: FromPath[str],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        admin: NamedDependency[SkipValidation[User]],
        look_at_account: NamedDependency[SkipValidation[LookAtAccount]],
        delete_user: NamedDependency[SkipValidation[DeleteUser]],
    ) -> Response[Any]:
        """Delete an account, unless it changed since the form was shown; it can be restored."""
        view = await look_at_account(admin, user_id)
        form = read_form(request, VersionForm, _USER, part="deletion", view=view)
        await delete_user(admin, user_id=view.account.id, if_version=(form.version,))
        return _done(cookie_jar, view.account.id, "The account is deleted. You can restore it here.")

    @post("/{user_id:str}/restore", status_code=303)
    async def restore(
        self,
        user_id: FromPath[str],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        admin: NamedDependency[SkipValidation[User]],
        restore_user: NamedDependency[SkipValidation[RestoreUser]],
    ) -> Response[Any]:
        """Bring a deleted account back."""
        user = await restore_user(admin, user_id=path_id(user_id, "user"))
        return _done(cookie_jar, user.id, f"The account of {user.username} is back.")


def _done(cookie_jar: CookieJar, user_id: int, told: str, *, next: str | None = None) -> Response[Any]:
    return see_other(local_path(next or f"{_PATH}/{user_id}"), cookies=[cookie_jar.flash(Flash(told))])
