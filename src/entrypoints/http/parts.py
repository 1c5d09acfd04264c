"""Hands handlers what they ask for by name: what the container provides, and what the request itself tells.

Each gets what it asks for and no more. Were everything there for everyone, Litestar would compare each part with
every other for each handler, which takes longer than all the rest of its start.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from inspect import signature
from typing import Any, cast

from dependency_injector.providers import Provider
from litestar import Controller, Router
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.types import ControllerRouterHandler

from entrypoints.http.authentication import identity_of, reader_of

_OF_REQUEST: Mapping[str, Callable[..., object]] = {"identity": identity_of, "reader": reader_of}

Parts = Mapping[str, Provide]
"""What can be asked for, by name."""


def parts_of(providers: Mapping[str, Provider[Any]]) -> Parts:
    """Return everything that handlers can ask for, given the container's providers."""
    return {
        **{name: _provide(provider) for name, provider in providers.items()},
        **{name: Provide(tell, sync_to_thread=False) for name, tell in _OF_REQUEST.items()},
    }


def with_parts(handlers: Iterable[ControllerRouterHandler], parts: Parts) -> list[ControllerRouterHandler]:
    """Return the handlers, each supplied with the parts that its parameters name."""
    return [_with_parts(each, parts) for each in handlers]


def _with_parts(handler: ControllerRouterHandler, parts: Parts) -> ControllerRouterHandler:
    asked = {name: parts[name] for name in _asked(handler) if name in parts}
    if isinstance(handler, type):
        supplied = {"dependencies": {**asked, **_dependencies(handler)}}
        return cast("type[Controller]", type(handler.__name__, (handler,), supplied))
    return Router("/", route_handlers=[handler], dependencies=asked) if asked else handler


def _asked(handler: ControllerRouterHandler) -> list[str]:
    return sorted({name for function in _functions(handler) for name in _parameters(function)})


@cache
def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(signature(function).parameters)


def _functions(handler: object) -> Iterator[Callable[..., Any]]:
    """Yield a handler, or all those of a controller, and what makes their own dependencies."""
    if isinstance(handler, BaseRouteHandler):
        yield handler.fn
    else:
        for name in dir(handler):
            if isinstance(member := getattr(handler, name), BaseRouteHandler):
                yield from _functions(member)
    yield from (provide.dependency for provide in _dependencies(handler).values())


def _dependencies(handler: object) -> Parts:
    # Where a controller has none, its class has a slot of this name.
    own = getattr(handler, "dependencies", None)
    return cast("Parts", own) if isinstance(own, Mapping) else {}


def _provide(provider: Provider[Any]) -> Provide:
    # A lambda, since Litestar would take the provider's own signature for query parameters.
    return Provide(lambda: provider(), sync_to_thread=False)  # noqa: PLW0108  # see above
