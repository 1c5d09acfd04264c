"""What the container needs of traces, without OpenTelemetry where nobody wants any."""

from importlib.util import find_spec

from application.ports.load import Load
from application.ports.passwords import PasswordHasher
from application.ports.tracing import Tracer


def is_installed() -> bool:
    """Tell whether the extra `tracing` is."""
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False


def tracer_to(endpoint: str | None, version: str) -> Tracer | None:
    """Return what sends traces to this address; nothing without one."""
    if endpoint is None:
        return None
    # It takes a tenth of a second to import, and is not installed everywhere.
    from adapters.otlp.tracer import OtlpTracer  # noqa: PLC0415  # see above

    return OtlpTracer(endpoint, version)


def traced_passwords(passwords: PasswordHasher, tracer: Tracer | None) -> PasswordHasher:
    """Return what hashes passwords, each time as a step of its own where requests are followed."""
    return passwords if tracer is None else _TracedPasswordHasher(passwords, tracer)


class _TracedPasswordHasher(PasswordHasher):
    def __init__(self, passwords: PasswordHasher, tracer: Tracer) -> None:
        self._passwords = passwords
        self._tracer = tracer

    async def hash(self, password: str) -> str:
        with self._tracer.step("hash password", {}):
            return await self._passwords.hash(password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        with self._tracer.step("verify password", {}):
            return await self._passwords.verify(password_hash, password)

    def knows(self, foreign_hash: str) -> bool:
        return self._passwords.knows(foreign_hash)

    async def adopt(self, foreign_hash: str) -> str:
        with self._tracer.step("hash password", {}):
            return await self._passwords.adopt(foreign_hash)

    def load(self) -> Load:
        return self._passwords.load()

    def is_outdated(self, password_hash: str) -> bool:
        return self._passwords.is_outdated(password_hash)
