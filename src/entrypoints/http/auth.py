"""Coming in, staying in and leaving, over HTTP."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, SkipValidation
from msgspec import Meta

from application.auth import Identity, RefreshSession, SignedIn, SignIn, SignUp
from application.ports.tokens import IssuedTokens
from application.sessions import SignOut
from domain.errors import Fault, Invalid
from domain.users import EMAIL_MOST, PASSWORD_MOST
from entrypoints.http.answers import Answer
from entrypoints.http.authentication import PUBLIC
from entrypoints.http.conditional import etag, versioned
from entrypoints.http.idempotency import Once
from entrypoints.http.input import Body
from entrypoints.http.user_structs import (
    NEW_USER_RULES,
    NewEmail,
    NewPassword,
    NewUsername,
    UserOut,
    user_out,
)

# Longer than any name, email or token of ours; what is longer need not be looked at.
_TOKEN_MOST = 4096


class SignUpIn(Body):
    """What a newcomer sends."""

    rules = NEW_USER_RULES

    username: NewUsername
    password: NewPassword
    email: NewEmail | None = None


class SignInIn(Body):
    """Who wants in: a username or an email, and the password."""

    password: Annotated[str, Meta(max_length=PASSWORD_MOST, examples=["correct horse battery staple"])]
    username: Annotated[str, Meta(max_length=EMAIL_MOST, examples=["ada"])] | None = None
    email: Annotated[str, Meta(max_length=EMAIL_MOST)] | None = None


class RefreshIn(Body):
    """The refresh token to spend."""

    refresh_token: Annotated[str, Meta(max_length=_TOKEN_MOST)]


class SignedInOut(msgspec.Struct, rename="camel"):
    """An account and its tokens; these are absent while it waits for approval. `expiresIn` is in seconds."""

    user: UserOut
    access_token: str | msgspec.UnsetType = msgspec.UNSET
    refresh_token: str | msgspec.UnsetType = msgspec.UNSET
    token_type: str | msgspec.UnsetType = msgspec.UNSET
    expires_in: int | msgspec.UnsetType = msgspec.UNSET


class AuthController(Controller):
    """`/auth`, and the path under which an older client registers."""

    tags = ("Accounts and sessions",)

    @post(
        ["/auth/signup", "/users/register"],
        summary="Sign up",
        opt=PUBLIC,
    )
    async def sign_up(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[SignUpIn],
        sign_up: NamedDependency[SkipValidation[SignUp[IssuedTokens]]],
        once: NamedDependency[SkipValidation[Once]],
    ) -> Response[SignedInOut]:
        """Make an account and sign it in.

        Where SIGNUP_APPROVAL is `admin`, the account waits for an admin, and there are no tokens in the answer.
        """
        return await once(
            request,
            lambda keep: sign_up(
                username=data.username,
                password=data.password,
                email=data.email,
                user_agent=request.headers.get("user-agent"),
                keep=keep,
            ),
            _signed_up,
        )

    @post("/auth/login", summary="Sign in", status_code=200, opt=PUBLIC)
    async def sign_in(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[SignInIn],
        sign_in: NamedDependency[SkipValidation[SignIn[IssuedTokens]]],
    ) -> Response[SignedInOut]:
        """Begin a session, by username or by email.

        An unknown name and a wrong password give the same answer. Where the password is right but the account
        waits for approval or is disabled, 403 says so. After too many failures for a name or from an address, 429
        says how long to wait.
        """
        if (data.username is None) == (data.email is None):
            raise Invalid(Fault("username", "give either the username or the email"))
        signed_in = await sign_in(
            username=data.username,
            email=data.email,
            password=data.password,
            address=request.client.host if request.client else None,
            user_agent=request.headers.get("user-agent"),
        )
        return Answer(_signed_in_out(signed_in), headers=_NOT_STORED)

    @post("/auth/refresh", summary="Get a new pair of tokens", status_code=200, opt=PUBLIC)
    async def refresh(
        self,
        data: JSONBody[RefreshIn],
        refresh_session: NamedDependency[SkipValidation[RefreshSession]],
    ) -> Response[SignedInOut]:
        """Spend a refresh token; it works once.

        A spent one shown again may be a stolen one: it ends the whole session.
        """
        signed_in = await refresh_session(refresh_token=data.refresh_token)
        return Answer(_signed_in_out(signed_in), headers=_NOT_STORED)

    @post("/auth/logout", summary="Sign out", status_code=204)
    async def sign_out(
        self,
        identity: NamedDependency[SkipValidation[Identity]],
        sign_out: NamedDependency[SkipValidation[SignOut]],
    ) -> None:
        """End this session: its access and refresh tokens are dead at once."""
        await sign_out(identity)

    @get("/auth/me", summary="Who am I?")
    async def me(
        self, request: Request[Any, Any, Any], identity: NamedDependency[SkipValidation[Identity]]
    ) -> Response[UserOut | None]:
        """Return one's own account."""
        user = identity.user
        # The same address is another account for the next person at this browser.
        return versioned(request, user_out(user), user.version, view=str(user.id))


# RFC 6749, section 5.1: no cache may keep an answer that holds tokens.
_NOT_STORED = {"Cache-Control": "no-store"}


def _signed_up(signed_in: SignedIn[IssuedTokens]) -> Answer[SignedInOut]:
    user = signed_in.user
    return Answer(
        _signed_in_out(signed_in),
        status_code=201,
        headers={"Location": f"/api/v1/users/{user.id}", "ETag": etag(user.version), **_NOT_STORED},
    )


def _signed_in_out(signed_in: SignedIn[IssuedTokens]) -> SignedInOut:
    user, tokens = user_out(signed_in.user), signed_in.credentials
    if tokens is None:
        return SignedInOut(user)
    return SignedInOut(user, tokens.access_token, tokens.refresh_token, "Bearer", tokens.expires_in)
