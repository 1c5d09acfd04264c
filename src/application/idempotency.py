"""How a request that comes several times is carried out once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from application.ports.clock import Clock
from application.ports.secrets import SecretBox, UnreadableSecret
from application.ports.unit_of_work import UnitsOfWork
from domain.errors import Conflict, InFlight, refuse
from domain.idempotency import KeptAnswer, key_faults

T = TypeVar("T")

Keep = Callable[[T], KeptAnswer]
"""Tells a use case, given what it has made, the answer to keep in the same unit of work."""


@dataclass(frozen=True, slots=True)
class RepeatableRequest:
    """A request that its caller may send again.

    Attributes:
        caller_id: who sends it; None where nobody is signed in.
        key: what they call it.
        fingerprints: what tells it from all others, made with each key of the service, the newest first.
    """

    caller_id: int | None
    key: str
    fingerprints: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """The answer to a request, and whether it was given before."""

    answer: bytes
    is_replayed: bool


@dataclass(frozen=True, slots=True)
class CarryOutOnce:
    """Anyone may mark a request that makes something, and send it again under that mark."""

    units_of_work: UnitsOfWork
    clock: Clock
    secret_box: SecretBox
    _in_flight: set[tuple[int | None, str]] = field(default_factory=set[tuple[int | None, str]])

    async def __call__(
        self,
        request: RepeatableRequest,
        carry_out: Callable[[Keep[T] | None], Awaitable[T]],
        answer: Callable[[T], bytes],
    ) -> GivenAnswer:
        """Carry the request out, or return the answer that it got when it was.

        Of a request that was refused nothing is kept: sent again, it is looked at anew. In one process the same
        request is carried out once at a time. Where two processes are at it, the store lets one of them commit,
        and the other gives its answer.

        Args:
            request: what is asked for.
            carry_out: does it, and has the answer kept in the unit of work that keeps what is made.
            answer: writes down the answer, given what was made.

        Raises:
            Invalid: the key has no form that a key may have.
            KeyReused: the key stands for another request of this caller.
            InFlight: the request is being carried out at this moment.
            Conflict: it was carried out, but its answer cannot be read any longer.
        """
        refuse(*key_faults(request.key))
        place = (request.caller_id, request.key)
        if place in self._in_flight:
            raise InFlight
        self._in_flight.add(place)
        try:
            if (kept := await self._kept(request)) is not None:
                return GivenAnswer(kept, is_replayed=True)
            try:
                made = await carry_out(lambda made: self._to_keep(request, answer(made)))
            except Conflict:
                # With itself, maybe: another process was faster with the same request.
                if (kept := await self._kept(request)) is not None:
                    return GivenAnswer(kept, is_replayed=True)
                raise
            return GivenAnswer(answer(made), is_replayed=False)
        finally:
            self._in_flight.remove(place)

    def _to_keep(self, request: RepeatableRequest, answer: bytes) -> KeptAnswer:
        return KeptAnswer(
            caller_id=request.caller_id,
            key=request.key,
            fingerprint=request.fingerprints[0],
            sealed_answer=self.secret_box.seal(answer),
            kept_at=self.clock.now(),
        )

    async def _kept(self, request: RepeatableRequest) -> bytes | None:
        async with self.units_of_work() as uow:
            kept = await uow.kept_answers.find(request.caller_id, request.key)
        if kept is None or not kept.counts(self.clock.now()):
            return None
        kept.check_same(request.fingerprints)
        try:
            return self.secret_box.open(kept.sealed_answer)
        except UnreadableSecret:
            raise Conflict(
                "This request was carried out before, but its answer cannot be read any longer: the service has "
                "another key by now. Look up what it made."
            ) from None
