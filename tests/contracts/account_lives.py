"""Lives of accounts: whatever people do to each other's in whatever order, a simple model foretells it."""

from itertools import count
from typing import Any

import anyio
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from application.paging import PageRequest
from application.ports.users import UserSort
from domain.errors import (
    Conflict,
    Forbidden,
    Invalid,
    LastAdmin,
    NotFound,
    Stale,
    Unauthenticated,
)
from domain.events import SubjectType
from domain.users import Role, User, UserChanges, UserStatus
from tests.contracts.account_model import Account, Session
from tests.contracts.http_service import Service
from tests.contracts.lives import Lives, Refusal
from tests.contracts.properties import for_all_lives

_numbers = count(1)
# Who or which of all there are: the rest of the division, so that there always is one.
some = st.integers(0, 23)


class AccountMachine(Lives):
    """A team whose members come, go and decide over each other."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.container)
        self.accounts: list[Account] = []

    def one(self, number: int) -> Account:
        return self.accounts[number % len(self.accounts)]

    def insider(self, number: int) -> Account:
        inside = [account for account in self.accounts if account.may_enter]
        return inside[number % len(inside)]

    def session(self, number: int) -> tuple[Account, Session]:
        all_ = [(account, session) for account in self.accounts for session in account.sessions]
        return all_[number % len(all_)]

    def stored(self, account: Account) -> User:
        async def read() -> User | None:
            async with self.units_of_work() as uow:
                return await uow.users.get(account.id)

        user = anyio.from_thread.run(read)
        assert user is not None
        return user

    def is_last_admin(self, account: Account) -> bool:
        return account.is_acting_admin and sum(each.is_acting_admin for each in self.accounts) == 1

    def refusal_to_decide(self, actor: Account, account: Account) -> Refusal:
        if actor.role is not Role.ADMIN:
            return Forbidden
        return NotFound if account.is_deleted else None

    def decide(self, account: Account, event: str, **after: Any) -> None:
        """Let the model take in a change that was made, or was none."""
        if all(getattr(account, name) == value for name, value in after.items()):
            return
        could, was = account.may_enter, account.role
        for name, value in after.items():
            setattr(account, name, value)
        account.version += 1
        account.events.append(event)
        if (could and not account.may_enter) or not account.role.includes(was):
            account.end_sessions()

    @initialize()
    def an_operator_makes_the_first_admin(self) -> None:
        self.accounts.append(self.created(Role.ADMIN))

        anyio.from_thread.run(self.retire_admins_of_other_lives)

    async def retire_admins_of_other_lives(self) -> None:
        everyone = PageRequest(UserSort.CREATED_AT, limit=100)
        admins = await self.at.list_users()(None, request=everyone, status=UserStatus.APPROVED, role=Role.ADMIN)
        for admin in admins.items:
            if admin.id != self.accounts[0].id:
                await self.at.change_user()(None, user_id=admin.id, changes=UserChanges(role=Role.EMPLOYEE))

    def created(self, role: Role) -> Account:
        name, password = f"person-{next(_numbers)}", f"the password of {next(_numbers)}"
        user = self.hear(lambda: self.at.create_user()(None, username=name, password=password, role=role))
        assert user is not None
        return Account(user.id, name, password, role, is_approved=True)

    @rule(role=st.sampled_from(Role))
    def somebody_is_added_and_signs_in(self, role: Role) -> None:
        account = self.created(role)
        self.accounts.append(account)
        self.sign_in(account)

    @rule()
    def somebody_signs_up_and_waits(self) -> None:
        name, password = f"person-{next(_numbers)}", f"the password of {next(_numbers)}"
        signed_up = self.hear(lambda: self.at.sign_up()(username=name, password=password))
        assert signed_up is not None
        assert signed_up.credentials is None
        self.accounts.append(Account(signed_up.user.id, name, password, Role.EMPLOYEE, is_approved=False))

    @rule(who=some, whom=some, role=st.none() | st.sampled_from(Role))
    def somebody_approves(self, who: int, whom: int, role: Role | None) -> None:
        actor, account = self.insider(who), self.one(whom)
        refusal = self.refusal_to_decide(actor, account)
        if refusal is None and account.is_approved and role not in (None, account.role):
            refusal = Conflict
        user = self.stored(actor)
        self.hear(lambda: self.at.approve_user()(user, user_id=account.id, role=role), refusal)
        if refusal is None and not account.is_approved:
            self.decide(account, "user.approved", is_approved=True, is_active=True, role=role or account.role)

    @rule(who=some, whom=some)
    def somebody_rejects(self, who: int, whom: int) -> None:
        actor, account = self.insider(who), self.one(whom)
        refusal = self.refusal_to_decide(actor, account)
        if refusal is None and self.is_last_admin(account):
            refusal = LastAdmin
        user = self.stored(actor)
        self.hear(lambda: self.at.reject_user()(user, user_id=account.id), refusal)
        if refusal is None:
            self.decide(account, "user.rejected", is_approved=False, is_active=False)

    @rule(who=some, whom=some, role=st.sampled_from(Role), behind=st.sampled_from([None, 0, 1]))
    def somebody_changes_the_role(self, who: int, whom: int, role: Role, behind: int | None) -> None:
        self.change_rights(self.insider(who), self.one(whom), behind, role=role)

    @rule(
        who=some,
        whom=some,
        right=st.sampled_from(["is_active", "is_approved"]),
        value=st.booleans(),
        behind=st.sampled_from([None, 0, 1]),
    )
    def somebody_switches(self, who: int, whom: int, right: str, value: bool, behind: int | None) -> None:
        self.change_rights(self.insider(who), self.one(whom), behind, **{right: value})

    def change_rights(self, actor: Account, account: Account, behind: int | None, **rights: Any) -> None:
        """Let somebody make a change, to the version so far behind the present one or to whichever there is."""
        changes_something = any(getattr(account, name) != value for name, value in rights.items())
        refusal: Refusal = None
        if account.is_deleted:
            refusal = NotFound
        elif actor.role is not Role.ADMIN:
            refusal = Forbidden if account.is_approved or account is actor else NotFound
        elif behind == 1:
            refusal = Stale
        elif changes_something and self.is_last_admin(account):
            refusal = LastAdmin
        user = self.stored(actor)
        self.hear(
            lambda: self.at.change_user()(
                user,
                user_id=account.id,
                changes=UserChanges(**rights),
                if_version=None if behind is None else {account.version - behind},
            ),
            refusal,
        )
        if refusal is None:
            self.decide(account, "user.updated", **rights)

    @rule(who=some, whom=some)
    def somebody_deletes(self, who: int, whom: int) -> None:
        actor, account = self.insider(who), self.one(whom)
        refusal: Refusal = None
        if account.is_deleted:
            refusal = NotFound
        elif actor.role is not Role.ADMIN and actor is not account:
            refusal = Forbidden if account.is_approved else NotFound
        elif self.is_last_admin(account):
            refusal = LastAdmin
        user = self.stored(actor)
        self.hear(lambda: self.at.delete_user()(user, user_id=account.id), refusal)
        if refusal is None:
            self.decide(account, "user.deleted", is_deleted=True)

    @rule(who=some, whom=some)
    def somebody_restores(self, who: int, whom: int) -> None:
        actor, account = self.insider(who), self.one(whom)
        refusal = None if actor.role is Role.ADMIN else Forbidden
        user = self.stored(actor)
        self.hear(lambda: self.at.restore_user()(user, user_id=account.id), refusal)
        if refusal is None:
            self.decide(account, "user.restored", is_deleted=False)

    @rule(who=some, whom=some)
    def nobody_reads_what_they_may_not(self, who: int, whom: int) -> None:
        actor, account = self.insider(who), self.one(whom)
        is_shown = account.is_approved or actor is account or actor.role is Role.ADMIN
        user = self.stored(actor)
        refusal = None if is_shown and not account.is_deleted else NotFound
        self.hear(lambda: self.at.get_user()(user, user_id=account.id), refusal)

    @rule(who=some, is_right=st.sampled_from([True, True, True, False]))
    def somebody_signs_in(self, who: int, is_right: bool) -> None:
        account = self.one(who)
        refusal = account.refusal_at_the_door if is_right else Unauthenticated
        self.sign_in(account, by=account.password if is_right else f"{account.password}!", refusal=refusal)

    def sign_in(self, account: Account, *, by: str | None = None, refusal: Refusal = None) -> None:
        """Begin a session, unless that is refused as foretold."""
        password = account.password if by is None else by
        signed_in = self.hear(lambda: self.at.sign_in()(username=account.username, password=password), refusal)
        if signed_in is not None and signed_in.credentials is not None:
            pair = signed_in.credentials
            account.sessions.append(Session(pair.access_token, pair.refresh_token))

    @precondition(lambda self: any(account.sessions for account in self.accounts))
    @rule(which=some)
    def somebody_refreshes(self, which: int) -> None:
        _, session = self.session(which)
        shown = session.refresh_token
        refusal = None if session.is_live else Unauthenticated
        renewed = self.hear(lambda: self.at.refresh_session()(refresh_token=shown), refusal)
        if renewed is not None and renewed.credentials is not None:
            session.spent.append(shown)
            pair = renewed.credentials
            session.access_token, session.refresh_token = pair.access_token, pair.refresh_token

    @precondition(lambda self: any(account.sessions for account in self.accounts))
    @rule(which=some)
    def a_spent_token_is_shown_again(self, which: int) -> None:
        _, session = self.session(which)
        if session.spent:
            self.hear(lambda: self.at.refresh_session()(refresh_token=session.spent[0]), Unauthenticated)
            session.is_live = False

    @precondition(lambda self: any(account.sessions for account in self.accounts))
    @rule(which=some, is_right=st.booleans())
    def somebody_changes_the_password(self, which: int, is_right: bool) -> None:
        account, session = self.session(which)
        identity = self.identity(session)
        if identity is None:
            return
        current, new = account.password, f"the password of {next(_numbers)}"
        self.hear(
            lambda: self.at.change_password()(
                identity, current_password=current if is_right else f"{current}!", new_password=new
            ),
            None if is_right else Invalid,
        )
        if is_right:
            account.password = new
            account.version += 1
            account.events.append("user.password_changed")
            account.end_sessions(but=session)

    @precondition(lambda self: any(account.sessions for account in self.accounts))
    @rule(which=some)
    def somebody_signs_out(self, which: int) -> None:
        _, session = self.session(which)
        if (identity := self.identity(session)) is not None:
            self.hear(lambda: self.at.sign_out()(identity))
            session.is_live = False

    def identity(self, session: Session) -> Any:
        """Come in by a session's access token, which must open it exactly as long as it lives."""
        refusal = None if session.is_live else Unauthenticated
        return self.hear(lambda: self.at.authenticate()(access_token=session.access_token), refusal)

    @invariant()
    def somebody_can_let_others_in(self) -> None:
        assert not self.accounts or any(account.is_acting_admin for account in self.accounts)

    def teardown(self) -> None:
        """Compare everything with the model: states and versions, each change's one event, who is in."""
        for account in self.accounts:
            user = self.stored(account)
            assert (user.role, user.version) == (account.role, account.version)
            assert (user.is_approved, user.is_active) == (account.is_approved, account.is_active)
            assert (user.deleted_at is not None) == account.is_deleted
            assert self.events_of(SubjectType.USER, account.id) == account.events
            for session in account.sessions:
                self.identity(session)


@pytest.mark.anyio
class AccountLivesContract:
    """Accounts, through whatever they live."""

    lives = 60
    variables = {"SIGNUP_APPROVAL": "admin"}  # noqa: RUF012  # read by the fixture, never written

    async def test_whatever_becomes_of_accounts_was_foretold(self, service: Service) -> None:
        """Someone can always let others in, each change is one version and one event, ended sessions are dead."""
        await for_all_lives(lambda: AccountMachine(service), lives=self.lives, steps=40)
