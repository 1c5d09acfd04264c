"""How long a request may be worked on before its answer begins."""

import asyncio
from typing import Final

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import Unavailable

ANSWER_SECONDS: Final = "answer_seconds"
"""The key in a handler's `opt` of how long its work may take, if not `SECONDS`."""
SECONDS: Final = 30
LONG_SECONDS: Final = 300
"""For what changes very many things at once."""

_TOO_LONG: Final = "This took too long, so it was given up. Try again in a moment."


class TimeLimit(ASGIMiddleware):
    """Ends work that takes too long; what it would have changed stays as it was.

    Waiting for a body does not count, nor does sending an answer, however long: both have limits of their own.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let the request be answered, or raise.

        Raises:
            Unavailable: no answer began in time.
        """
        seconds: float = scope["route_handler"].opt.get(ANSWER_SECONDS, SECONDS)
        loop = asyncio.get_running_loop()
        has_begun = False
        limit = asyncio.timeout(seconds)

        async def receive_untimed() -> Message:
            limit.reschedule(None)
            try:
                return await receive()  # type: ignore[return-value]  # both directions' messages are one type here
            finally:
                if not has_begun:
                    limit.reschedule(loop.time() + seconds)

        async def send_untimed(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            limit.reschedule(None)
            await send(message)

        try:
            async with limit:
                await next_app(scope, receive_untimed, send_untimed)  # type: ignore[arg-type]  # the same
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise Unavailable(_TOO_LONG) from error
