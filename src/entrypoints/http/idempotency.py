"""The Idempotency-Key header: requests that may be sent again (draft-ietf-httpapi-idempotency-key-header)."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from litestar import Request, Response

from application.auth import Identity
from application.idempotency import CarryOutOnce, Keep, RepeatableRequest
from domain.errors import Invalid
from domain.idempotency import FIELD, key_faults
from entrypoints.http.answers import Answer, ReadyAnswer
from entrypoints.http.conditional import header_lines

T = TypeVar("T")
Out = TypeVar("Out")

REPLAYED = "Idempotent-Replayed"


class Once:
    """Answers requests that make something, each once, however often it is sent under one key.

    Args:
        carry_out_once: the use case.
        secret_keys: the service's, the newest first.
    """

    def __init__(self, carry_out_once: CarryOutOnce, *, secret_keys: Sequence[str]) -> None:
        self._carry_out_once = carry_out_once
        self._keys = [hashlib.sha256(b"satchel fingerprint\0" + key.encode()).digest() for key in secret_keys]

    async def __call__(
        self,
        request: Request[Any, Identity | None, Any],
        carry_out: Callable[[Keep[T] | None], Awaitable[T]],
        answer: Callable[[T], Answer[Out]],
    ) -> Response[Out]:
        """Return the answer to a request; without a key, simply carry it out.

        Args:
            request: with or without the header.
            carry_out: the use case with all that the request says.
            answer: makes the answer of what was made.
        """
        given = header_lines(request.scope, FIELD.lower().encode())
        if not given:
            return answer(await carry_out(None))
        if len(given) > 1:
            raise Invalid(*key_faults(""))
        repeatable = RepeatableRequest(
            caller_id=None if request.auth is None else request.auth.user.id,
            key=given[0].strip(" \t"),
            fingerprints=await self._fingerprints(request),
        )
        outcome = await self._carry_out_once(repeatable, carry_out, lambda made: answer(made).packed())
        return ReadyAnswer[Out].unpacked(outcome.answer, {REPLAYED: "true"} if outcome.is_replayed else {})

    async def _fingerprints(self, request: Request[Any, Any, Any]) -> tuple[bytes, ...]:
        scope = request.scope
        # Answers hold what their caller could see then: in another role it is another request.
        role = "" if request.auth is None else request.auth.user.role.value
        sent = b"\0".join((role.encode(), scope["path"].encode(), scope["query_string"], await request.body()))
        # With a key, since bodies may hold passwords, which a mere hash would let a reader of it guess.
        return tuple(hmac.digest(key, sent, hashlib.sha256) for key in self._keys)
