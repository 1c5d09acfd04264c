"""Requests that may be sent again without being carried out again.

Of the Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header): a caller marks a request with a key of
their own, and repeats it under that key for as long as no answer has come.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.errors import Fault, KeyReused

FIELD: Final = "Idempotency-Key"
KEY_MOST: Final = 255
KEPT_FOR: Final = timedelta(hours=24)
"""How long a key stands for the request that it first came with."""


def key_faults(key: str) -> Iterator[Fault]:
    """Yield what is wrong with a key."""
    if not (0 < len(key) <= KEY_MOST and key.isascii() and key.isprintable()):
        yield Fault(FIELD, f"must be given once, as 1 to {KEY_MOST} printable ASCII characters")


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer to a request that was carried out, for whoever sends it again.

    Attributes:
        caller_id: whose key it is; None where nobody was signed in.
        key: what the caller calls the request.
        fingerprint: tells the request from all others.
        sealed_answer: the answer, encrypted: it may hold what lets somebody in.
        kept_at: when the request was carried out.
    """

    caller_id: int | None
    key: str
    fingerprint: bytes
    sealed_answer: bytes
    kept_at: datetime

    def counts(self, at: datetime) -> bool:
        """Tell whether the key stands for this request still."""
        return self.kept_at > at - KEPT_FOR

    def check_same(self, fingerprints: Collection[bytes]) -> None:
        """Refuse another request than the one that was answered.

        Args:
            fingerprints: the request's, made with each key of the service.

        Raises:
            KeyReused: it is another.
        """
        if self.fingerprint not in fingerprints:
            raise KeyReused(FIELD)
