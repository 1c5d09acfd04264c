"""The smallest call that needs an access token: a front end's first test of its own sign-in."""

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from application.auth import Identity


class GreetingOut(msgspec.Struct):
    """A greeting, and whom it is for."""

    message: str
    username: str


@get("/hello", summary="Say hello", tags=["Health"])
async def hello(identity: NamedDependency[SkipValidation[Identity]]) -> GreetingOut:
    """Greet the caller by name."""
    return GreetingOut("hello world", identity.user.username)
