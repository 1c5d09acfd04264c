"""How people come in, stay in and leave."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from application.administration import as_created
from application.concurrency import again_while_stale
from application.idempotency import Keep
from application.ports.clock import Clock
from application.ports.passwords import PasswordHasher
from application.ports.session_directory import SessionDirectory
from application.ports.tokens import IssuedTokens, Tokens
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from application.registration import check_names_are_free, check_new_account
from application.throttling import GuessLimit, account_key, address_key
from domain.errors import DomainError, Unauthenticated, Unavailable
from domain.events import Event, EventType
from domain.sessions import Session, SessionKind
from domain.text import normalised
from domain.users import PasswordPolicy, Role, User

WRONG_CREDENTIALS = "The name or the password is wrong."
SUCCEEDED = "succeeded"
DEAD_SESSION = "This session has ended. Sign in again."

Credentials = TypeVar("Credentials")
Credentials_co = TypeVar("Credentials_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking, through which of their sessions, and until when they may without another token."""

    user: User
    session: Session
    until: datetime


@dataclass(frozen=True, slots=True)
class SignedIn(Generic[Credentials]):
    """An account that has just come in, and what proves its session; nothing does where it waits for approval."""

    user: User
    credentials: Credentials | None


class StartSession(Protocol[Credentials_co]):
    """The part that sign-up and sign-in share, and the one in which programs and browsers differ."""

    async def __call__(self, uow: UnitOfWork, user: User, *, user_agent: str | None) -> Credentials_co:
        """Add a session to the unit of work and return what proves it, which holds once that is committed."""
        ...


@dataclass(frozen=True, slots=True)
class StartTokenSession(StartSession[IssuedTokens]):
    """Begins a program's session, with its first pair of tokens."""

    tokens: Tokens
    clock: Clock
    session_lifetime: timedelta

    async def __call__(self, uow: UnitOfWork, user: User, *, user_agent: str | None) -> IssuedTokens:
        """Add a session to the unit of work and return its tokens."""
        now = self.clock.now()
        session_id = await uow.sessions.next_id()
        tokens = self.tokens.issue(
            user, session_id=session_id, session_expires_at=now + self.session_lifetime, at=now
        )
        session = Session.start(
            id=session_id,
            user_id=user.id,
            kind=SessionKind.TOKEN,
            secret=tokens.refresh_id,
            user_agent=user_agent,
            lifetime=self.session_lifetime,
            at=now,
        )
        uow.sessions.add(session)
        return tokens


@dataclass(frozen=True, slots=True)
class SignUp(Generic[Credentials]):
    """Anyone may sign up, as an employee; where approval is asked for, the account then waits for an admin."""

    units_of_work: UnitsOfWork
    passwords: PasswordHasher
    clock: Clock
    start_session: StartSession[Credentials]
    password_policy: PasswordPolicy
    approve_automatically: bool

    async def __call__(
        self,
        *,
        username: str,
        password: str,
        email: str | None = None,
        user_agent: str | None = None,
        keep: Keep[SignedIn[Credentials]] | None = None,
    ) -> SignedIn[Credentials]:
        """Keep a new account, sign it in where it needs no approval, and return it.

        Raises:
            Invalid: with every field that breaks its rule.
            Taken: the username or the email belongs to another, deleted ones included.
        """
        check_new_account(self.password_policy, username=username, password=password, email=email)
        async with self.units_of_work() as uow:
            await check_names_are_free(uow, username=username, email=email)
        password_hash = await self.passwords.hash(normalised(password))
        async with self.units_of_work() as uow:
            now = self.clock.now()
            user = User.create(
                id=await uow.users.next_id(),
                username=username,
                email=email,
                password_hash=password_hash,
                role=Role.EMPLOYEE,
                is_approved=self.approve_automatically,
                at=now,
            )
            uow.users.add(user)
            uow.events.add(Event.of_user(EventType.USER_CREATED, user, actor=user, at=now, **as_created(user)))
            credentials = await self.start_session(uow, user, user_agent=user_agent) if user.is_approved else None
            signed_in = SignedIn(user, credentials)
            if keep is not None:
                uow.kept_answers.add(keep(signed_in))
            await uow.commit()
            return signed_in


@dataclass(frozen=True, slots=True)
class SignIn(Generic[Credentials]):
    """Anyone may sign in to an account of theirs, by its username or its email.

    Attributes:
        outcomes: how many tries succeeded, and how many failed by the slug of why.
    """

    units_of_work: UnitsOfWork
    passwords: PasswordHasher
    clock: Clock
    start_session: StartSession[Credentials]
    guess_limit: GuessLimit
    outcomes: Counter[str] = field(default_factory=Counter[str])

    async def __call__(
        self,
        *,
        password: str,
        username: str | None = None,
        email: str | None = None,
        address: str | None = None,
        user_agent: str | None = None,
    ) -> SignedIn[Credentials]:
        """Begin a session and return the account with what proves it.

        An unknown name, a wrong password and a deleted account give one and the same answer in the same time,
        and so they do when the name as given, or the client's IP address, has failed too often.

        Raises:
            TooManyRequests: too often; whether the password was right is not told.
            Unauthenticated: name and password belong to no account.
            ApprovalPending: the password is right, but the account waits for approval.
            AccountDisabled: the password is right, but the account was rejected or switched off.
        """
        account, source = account_key(username=username, email=email), address_key(address)

        async def attempt() -> SignedIn[Credentials]:
            await self.guess_limit.check(account=account, address=source, at=self.clock.now())
            user = await self._named(username, email)
            is_right = await self.passwords.verify(
                None if user is None else user.password_hash, normalised(password)
            )
            await self.guess_limit.settle(is_right=is_right, account=account, address=source, at=self.clock.now())
            if user is None or not is_right:
                raise Unauthenticated(WRONG_CREDENTIALS)
            return await self._let_in(user, normalised(password), user_agent=user_agent)

        try:
            signed_in = await again_while_stale(attempt)
        except DomainError as refusal:
            self.outcomes[refusal.slug] += 1
            raise
        self.outcomes[SUCCEEDED] += 1
        return signed_in

    async def _named(self, username: str | None, email: str | None) -> User | None:
        async with self.units_of_work() as uow:
            if username is not None:
                user = await uow.users.with_username(username)
            else:
                user = await uow.users.with_email(email) if email is not None else None
        return None if user is None or user.deleted_at is not None else user

    async def _let_in(self, user: User, password: str, *, user_agent: str | None) -> SignedIn[Credentials]:
        user.check_entry()
        if self.passwords.is_outdated(user.password_hash):
            user = await self._rehash(user, password)
        async with self.units_of_work() as uow:
            # A password changed or an account disabled since it was read must not leave a session behind.
            uow.users.confirm(user)
            credentials = await self.start_session(uow, user, user_agent=user_agent)
            await uow.commit()
        return SignedIn(user, credentials)

    async def _rehash(self, user: User, password: str) -> User:
        try:
            password_hash = await self.passwords.hash(password)
        except Unavailable:
            # Too many are hashing at this moment. The old hash will do until the next sign-in.
            return user
        rehashed = user.with_password_hash(password_hash)
        async with self.units_of_work() as uow:
            uow.users.save(rehashed)
            await uow.commit()
        return rehashed


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Whoever holds a session's unspent refresh token may have a new pair of tokens for it."""

    units_of_work: UnitsOfWork
    tokens: Tokens
    clock: Clock

    async def __call__(self, *, refresh_token: str) -> SignedIn[IssuedTokens]:
        """Spend the refresh token and return the account with a new pair.

        Of those who show one token at the same moment, one wins. A spent token shown again may be a stolen
        one, so it ends the whole session (RFC 9700, section 4.14.2).

        Raises:
            Unauthenticated: the token is not valid, was spent, or its session or account has ended.
        """
        claims = self.tokens.read_refresh(refresh_token, at=self.clock.now())

        async def attempt() -> SignedIn[IssuedTokens] | None:
            now = self.clock.now()
            async with self.units_of_work() as uow:
                found = await uow.sessions.get_with_user(claims.session_id)
                if found is None:
                    return None
                session, user = found
                if session.kind is not SessionKind.TOKEN or user.id != claims.user_id:
                    return None
                if not session.is_live(now) or not user.may_enter:
                    return None
                if not session.accepts(claims.refresh_id, kind=SessionKind.TOKEN):
                    uow.sessions.save(session.revoke(at=now))
                    await uow.commit()
                    return None
                tokens = self.tokens.issue(
                    user, session_id=session.id, session_expires_at=session.expires_at, at=now
                )
                uow.sessions.save(session.rotate(tokens.refresh_id, at=now))
                await uow.commit()
                return SignedIn(user, tokens)

        refreshed = await again_while_stale(attempt)
        if refreshed is None:
            raise Unauthenticated(DEAD_SESSION)
        return refreshed


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Turns an access token into the person it stands for; asked at every request of someone signed in."""

    sessions: SessionDirectory
    tokens: Tokens
    clock: Clock

    async def __call__(self, *, access_token: str) -> Identity:
        """Return who is asking, as they are now: a role or approval lost since the token was made counts.

        Raises:
            Unauthenticated: the token is not valid, or its session or account has ended.
        """
        now = self.clock.now()
        claims = self.tokens.read_access(access_token, at=now)
        found = await self.sessions.find(claims.session_id)
        if found is None:
            raise Unauthenticated(DEAD_SESSION)
        session, user = found
        if session.kind is not SessionKind.TOKEN or user.id != claims.user_id:
            raise Unauthenticated(DEAD_SESSION)
        if not session.is_live(now) or not user.may_enter:
            raise Unauthenticated(DEAD_SESSION)
        return Identity(user, session, until=claims.expires_at)
