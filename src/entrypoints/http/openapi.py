"""The OpenAPI document: what Litestar derives from the handlers, and what holds for all of them."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from litestar import HttpMethod, Litestar, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.routes import HTTPRoute
from litestar.types import Method
from litestar.types.internal_types import PathParameterDefinition

from domain.errors import InFlight, KeyReused
from entrypoints.container import Container
from entrypoints.http.idempotency import REPLAYED
from entrypoints.http.input import Body, Query
from entrypoints.http.metrics import metrics
from entrypoints.http.openapi_headers import HEADERS, IDEMPOTENCY_KEY, IF_MATCH, IF_NONE_MATCH, LAST_EVENT_ID
from entrypoints.http.openapi_schemas import mended
from entrypoints.http.openapi_texts import (
    DESCRIPTION,
    FILES,
    MEANINGS,
    OWN_FAULTS,
    OWN_MEANINGS,
    OWN_PROBLEMS,
    SOCKETS,
    SUCCESSES,
    TAGS,
)
from entrypoints.http.paging import ListQuery
from entrypoints.http.parts import parts_of, with_parts
from entrypoints.http.problem_kinds import KINDS
from entrypoints.http.problems import PROBLEM_JSON, Problem
from entrypoints.http.routes import API, AROUND
from entrypoints.web.answers import VERSION

Json = dict[str, Any]

# PUT means what PATCH means, but each needs a name of its own.
_BY_PUT = "ByPut"
# These answer with a whole resource, although their paths are not its own.
_DECISIONS = {"approveUser", "rejectUser", "restoreUser", "rotateSecret"}
# Monitors may ask as often as they like.
_UNCOUNTED = {"health", "live", "ready", "metrics"}
# Ask nothing of the database.
_ALWAYS_AVAILABLE = {"live", "metrics"}
# Have no version: a session can only end, and a delivery changes by itself.
_WITHOUT_VERSION = {"endSession", "getDelivery"}


@cache
def openapi_document() -> bytes:
    """Return the document as JSON. It depends on no setting."""
    parts = {**parts_of(Container.providers), "metrics": Provide(lambda: None, sync_to_thread=False)}
    litestar = Litestar(
        [Router("/api/v1", route_handlers=with_parts(API, parts)), *with_parts([*AROUND, metrics], parts)],
        openapi_config=OpenAPIConfig(
            title="Satchel",
            version=VERSION,
            description=DESCRIPTION,
            use_handler_docstrings=True,
            tags=[Tag(name, description) for name, description in TAGS.items()],
            operation_id_creator=_operation_id,
            components=Components(
                security_schemes={
                    "accessToken": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT"),
                    "metricsToken": SecurityScheme(
                        type="http", scheme="bearer", description="What the operator has set as METRICS_TOKEN."
                    ),
                }
            ),
        ),
        logging_config=None,
    )
    document: Json = litestar.openapi_schema.to_schema()
    schemas: Json = document["components"]["schemas"]
    _, shared = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
    schemas.update(shared)
    queries = {
        (route.path_format, method.lower()): handler.opt["query"]
        for route in litestar.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if "query" in handler.opt
        for method in handler.http_methods
    }
    may_be_left_out = {body.__name__ for body in Body.__subclasses__() if body.may_be_left_out}
    document["components"]["headers"] = {
        name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in HEADERS.items()
    }
    # A lone "/" says nothing that a missing list does not.
    del document["servers"]
    # Litestar's order follows from sets; a document under version control should only change for a reason.
    document["paths"] = dict(sorted(document["paths"].items()))
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _complete(path, method, operation, queries.get((path, method)), schemas)
    for name, body in _request_bodies(document):
        schemas[name]["additionalProperties"] = False
        body["required"] = name not in may_be_left_out
    # Litestar says oneOf of a union, yet an account as its owner sees it is also one as others do.
    encoded = msgspec.json.encode(mended(document)).replace(b'"oneOf":', b'"anyOf":')
    return msgspec.json.format(encoded, indent=2)


def _operation_id(
    handler: HTTPRouteHandler, method: Method | HttpMethod, path: list[str | PathParameterDefinition]
) -> str:
    first, *others = handler.handler_name.split("_")
    name = "register" if path[-1] == "register" else first + "".join(map(str.capitalize, others))
    if "kind" in handler.opt:
        name = name.replace("Tag", handler.opt["kind"].capitalize())
    return name + _BY_PUT if method == HttpMethod.PUT and len(handler.http_methods) > 1 else name


def _complete(path: str, method: str, operation: Json, query: type[Query] | None, schemas: Json) -> None:
    """Add what Litestar cannot know: queries, conditional headers, security, problems."""
    own = operation["operationId"].removesuffix(_BY_PUT)
    # What a handler raises stands below, as problems.
    operation["description"] = operation["description"].partition("\n\nRaises:")[0]
    parameters: list[Json] = operation.setdefault("parameters", [])
    for parameter in parameters:
        if parameter["in"] == "path":
            parameter["schema"] = {"type": "integer", "format": "int64", "minimum": 1}
    if query is not None:
        parameters.extend(_query_parameters(query, schemas))
    if own == "streamEvents":
        parameters.append(LAST_EVENT_ID)
    is_single = own == "me" or (path.endswith("}") and own not in _WITHOUT_VERSION)
    # A request line or headers that cannot be read are refused whatever they were meant for.
    problems = set(OWN_PROBLEMS.get(own, ())) | {"internal", "malformed"}
    if path.endswith("}"):
        problems.add("not-found")
    if is_single and method == "get":
        parameters.append(IF_NONE_MATCH)
        operation["responses"]["304"] = {"description": "Not changed since the version in If-None-Match."}
    elif is_single or own == "rotateSecret":
        parameters.append(IF_MATCH)
        problems.add("stale")
    is_repeatable = "201" in operation["responses"] or own == "importCheats"
    if is_repeatable:
        parameters.append(IDEMPOTENCY_KEY)
        problems |= {InFlight.slug, KeyReused.slug}
    if "requestBody" in operation:
        problems |= {"too-large", "unsupported-media-type", "invalid"}
    if query is not None:
        problems.add("invalid")
    operation["security"] = _security(own)
    if operation["security"]:
        problems.add("unauthenticated")
    if own not in _ALWAYS_AVAILABLE:
        problems.add("unavailable")
    if own not in _UNCOUNTED:
        problems.add("too-many-requests")
    # Litestar documents its own way to refuse; ours follow.
    for status in [status for status in operation["responses"] if status.startswith("4")]:
        del operation["responses"][status]
    for status in operation["responses"].keys() & SUCCESSES.keys():
        operation["responses"][status]["description"] = SUCCESSES[status]
    if own in FILES:
        sort = "stream" if "text/event-stream" in FILES[own] else "file"
        operation["responses"]["200"] = {"description": f"A {sort}.", "content": FILES[own]}
    if own in SOCKETS:
        operation["responses"] = {"101": {"description": SOCKETS[own]}}
    _add_success_headers(
        operation,
        is_single=is_single or own in _DECISIONS,
        is_list=query is not None and issubclass(query, ListQuery),
        is_repeatable=is_repeatable,
    )
    _add_problems(operation, own, problems, path)
    if not parameters:
        del operation["parameters"]


def _request_bodies(document: Json) -> Iterator[tuple[str, Json]]:
    """Yield every request body with the name of its schema; they refuse what they do not know."""
    for item in document["paths"].values():
        for operation in item.values():
            if "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                reference: str = schema.get("items", schema)["$ref"]
                yield reference.rpartition("/")[2], operation["requestBody"]


def _security(operation_id: str) -> list[Json]:
    if operation_id in {"signUp", "register", "signIn", "refresh", "health", "live", "ready"}:
        return []
    if operation_id == "metrics":
        return [{}, {"metricsToken": []}]
    # Nothing at all is one of the ways to say who one is.
    return [*([{}] if operation_id in {"listPosts", "getPost"} else []), {"accessToken": []}]


def _query_parameters(query: type[Query], schemas: Json) -> list[Json]:
    (_, components) = msgspec.json.schema_components([query], ref_template="#/components/schemas/{name}")
    described = components.pop(query.__name__)
    for name, schema in components.items():
        schemas.setdefault(name, schema)
    parameters: list[Json] = []
    for name, schema in described["properties"].items():
        # A query cannot say null; leaving the parameter out does.
        if "anyOf" in schema and schema.pop("default", None) is None:
            choices = [choice for choice in schema.pop("anyOf") if choice != {"type": "null"}]
            schema.update(choices[0] if len(choices) == 1 else {"anyOf": choices})
        parameter: Json = {"name": name, "in": "query", "schema": schema}
        if "description" in schema:
            parameter["description"] = schema.pop("description")
        if name in described.get("required", ()):
            parameter["required"] = True
        if schema.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        parameters.append(parameter)
    return parameters


def _add_success_headers(operation: Json, *, is_single: bool, is_list: bool, is_repeatable: bool) -> None:
    for status, response in operation["responses"].items():
        for media in response.get("content", {}).values():
            media["schema"] = _without_null(media["schema"])
        names = _on_every_answer(operation["operationId"])
        if status == "201":
            names += ["Location", "ETag"]
        elif is_single and status in ("200", "304"):
            names.append("ETag")
        elif is_list and status == "200":
            names += ["Link", "X-Total-Count"]
        names += [REPLAYED] if is_repeatable else []
        response["headers"] = {name: _header(name) for name in names}


def _on_every_answer(own: str) -> list[str]:
    return ["X-Request-ID", *([] if own in _UNCOUNTED else ["RateLimit-Policy", "RateLimit"])]


def _without_null(schema: Json) -> Json:
    # None stands for the empty body of a 304, which is described by itself.
    choices = [choice for choice in schema.get("oneOf", ()) if choice != {"type": "null"}]
    return choices[0] if len(choices) == 1 else {**schema, "oneOf": choices} if choices else schema


def _add_problems(operation: Json, own: str, slugs: set[str], path: str) -> None:
    told = MEANINGS | OWN_MEANINGS.get(own, {})
    meanings = {slug: told.get(slug, KINDS[slug].meaning) for slug in slugs}
    by_status: dict[int, list[str]] = {}
    for slug in sorted(slugs):
        by_status.setdefault(KINDS[slug].status, []).append(slug)
    for status, kinds in sorted(by_status.items()):
        names = _on_every_answer(own)
        names += ["WWW-Authenticate"] if status == 401 else []
        names += ["Retry-After"] if status in (429, 503) else []
        examples = {
            slug: {"summary": KINDS[slug].title, "value": _example(slug, own, meanings[slug], path)}
            for slug in kinds
        }
        problem = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
        answers = operation["responses"].get(str(status), {}).get("content", {})
        operation["responses"][str(status)] = {
            "description": " ".join(meanings[slug] for slug in kinds),
            "headers": {name: _header(name) for name in names},
            "content": {**answers, PROBLEM_JSON: problem},
        }


def _header(name: str) -> Json:
    return {"$ref": f"#/components/headers/{name}"}


def _example(slug: str, own: str, meaning: str, path: str) -> Json:
    kind = KINDS[slug]
    example: Json = {
        "type": f"/problems/{slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": meaning,
        "instance": path,
        "requestId": "5f1c0b6e9d2a4c7f8e3b1a0d9c8b7a65",
    }
    if slug == "invalid":
        example["errors"] = [
            OWN_FAULTS.get(own, {"field": "title", "message": "must be text of 1 to 255 characters"})
        ]
    elif slug == "taken":
        example["errors"] = [{"field": "username", "message": "is taken"}]
    return example
