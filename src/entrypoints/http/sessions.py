"""One's own sessions and password over HTTP."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation
from msgspec import Meta

from application.auth import Identity
from application.sessions import ChangePassword, EndSession, ListSessions
from domain.users import PASSWORD_MOST
from entrypoints.http.input import Body, path_id
from entrypoints.http.user_structs import NewPassword


class SessionOut(msgspec.Struct, rename="camel"):
    """A place where one is signed in; `current` is the one that asks."""

    id: int
    created_at: datetime
    last_used_at: datetime
    user_agent: str | None
    current: bool


class PasswordChangeIn(Body):
    """A new password, and the proof that it is one's own account."""

    current_password: Annotated[str, Meta(max_length=PASSWORD_MOST)]
    new_password: NewPassword


class SessionController(Controller):
    """`/auth/sessions` and `/auth/password`."""

    tags = ("Accounts and sessions",)

    @get("/auth/sessions", summary="Where am I signed in?")
    async def list_sessions(
        self,
        identity: NamedDependency[SkipValidation[Identity]],
        list_sessions: NamedDependency[SkipValidation[ListSessions]],
    ) -> tuple[SessionOut, ...]:
        """Return one's own sessions, the last used first."""
        return tuple(
            SessionOut(
                id=session.id,
                created_at=session.created_at,
                last_used_at=session.last_used_at,
                user_agent=session.user_agent,
                current=session.id == identity.session.id,
            )
            for session in await list_sessions(identity)
        )

    @delete("/auth/sessions/{session_id:str}", summary="End a session")
    async def end_session(
        self,
        session_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        end_session: NamedDependency[SkipValidation[EndSession]],
    ) -> None:
        """End one of one's own sessions, on whatever device: its tokens are dead at once."""
        await end_session(identity, session_id=path_id(session_id, "session"))

    @post("/auth/password", summary="Change the password", status_code=204)
    async def change_password(
        self,
        data: JSONBody[PasswordChangeIn],
        identity: NamedDependency[SkipValidation[Identity]],
        change_password: NamedDependency[SkipValidation[ChangePassword]],
    ) -> None:
        """Change one's password and end every other session."""
        await change_password(identity, current_password=data.current_password, new_password=data.new_password)
