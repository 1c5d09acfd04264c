"""Applications for tests to run one after the other: to wire one takes longer than most of them."""

from collections import defaultdict
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

import pytest
from dependency_injector.providers import Object, Provider, Singleton

from entrypoints.container import Container
from entrypoints.http.app import App, create_app
from entrypoints.settings import Settings

_Wired = tuple[App, Container]

# What nobody runs at the moment, by the settings that an application is wired for.
_idle: Final[defaultdict[Settings, list[_Wired]]] = defaultdict(list)


@contextmanager
def wired(settings: Settings, *, afresh: bool = False) -> Generator[_Wired]:
    """Yield an application that remembers nothing, and the container that it is wired with.

    One that was drained is not used again, nor is one that was wired afresh, with other routes than usual.
    """
    # All that may differ from test to test is asked of the container when it is used.
    wired_for = replace(settings, database_url=_scheme(settings), data_dir=Path(), signing_key_file=None)
    idle = _idle[wired_for]
    app, container = idle.pop() if idle and not afresh else _wire(settings)
    _forget(container)
    put(settings, container.settings)
    yield app, container
    if not (afresh or app.is_draining):
        idle.append((app, container))


def put(part: object, place: Provider[Any]) -> None:
    """Put a part into the place of the one that a container provides."""
    place.override(Object(part))  # pyright: ignore[reportUnknownMemberType]  # the library leaves its types open


def _wire(settings: Settings) -> _Wired:
    container = Container(settings=settings)

    def prepared(**_: Settings) -> Container:
        return container

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("entrypoints.http.app.Container", prepared)
        return create_app(settings), container


def _forget(container: Container) -> None:
    """Let a container make everything anew, with nothing in the place of anything else."""
    # The library leaves its types open.
    for provider in cast("Iterable[Any]", container.traverse()):
        provider.reset_override()
        if isinstance(provider, Singleton):
            provider.reset()


def _scheme(settings: Settings) -> str | None:
    return settings.database_url and settings.database_url.partition(":")[0]
