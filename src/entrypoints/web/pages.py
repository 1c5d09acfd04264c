"""The home page, the page of each problem, and the API documentation, as a browser sees them."""

import importlib.metadata
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Controller, MediaType, Request, Response, get
from litestar.params import FromPath
from litestar.static_files import (
    create_static_files_router,  # pyright: ignore[reportUnknownVariableType]  # Litestar leaves its types open
)

from domain.errors import NotFound
from entrypoints.http.authentication import PUBLIC
from entrypoints.http.edge import PAGE_POLICY
from entrypoints.http.input import printable
from entrypoints.http.problems import KINDS

VERSION = importlib.metadata.version("satchel")

_HERE = Path(__file__).parent
_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
# Swagger UI sets a few style attributes in the markup it builds; scripts stay forbidden inline.
_VIEWER_POLICY = PAGE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

_STATIC = _HERE / "static"
_FILES = frozenset(f"/{path.relative_to(_STATIC).as_posix()}" for path in _STATIC.rglob("*") if path.is_file())


def _only_ours(request: Request[Any, Any, Any]) -> None:
    # Other names need not reach the file system, which has its own ways to fail on them.
    name = "/" + str(request.path_params["file_path"]).lstrip("/")
    if name not in _FILES:
        raise NotFound("There is no such file.")


static_files = create_static_files_router(
    path="/static",
    directories=[_STATIC],
    before_request=_only_ours,
    name="static",
    opt=PUBLIC,
    include_in_schema=False,
    cache_control=None,
)


class IndexOut(msgspec.Struct):
    """Where a program finds its way from here."""

    name: str
    version: str
    docs: str
    health: str


class PageController(Controller):
    """What is not part of the API proper."""

    opt = PUBLIC
    include_in_schema = False

    @get("/")
    async def home(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Return the home page to a browser, and to programs where to go."""
        if _prefers_html(request):
            return _page("home.html", version=VERSION)
        return Response(IndexOut("Satchel", VERSION, "/docs", "/health"))

    @get("/docs")
    async def documentation(self) -> Response[str]:
        """Return the viewer of the API documentation; all of it is served from here."""
        return _page("docs.html", headers={"Content-Security-Policy": _VIEWER_POLICY})

    @get("/problems")
    async def problems(self) -> Response[str]:
        """Return the page that lists every kind of problem."""
        return _page("problems.html", kinds=KINDS.values())

    @get("/problems/{slug:str}")
    async def problem(self, slug: FromPath[str]) -> Response[str]:
        """Return the page that explains one kind of problem.

        Raises:
            NotFound: there is no such kind.
        """
        if (kind := KINDS.get(slug)) is None:
            raise NotFound(f"There is no kind of problem called {printable(slug)}.")
        return _page("problem.html", kind=kind)


def _prefers_html(request: Request[Any, Any, Any]) -> bool:
    # Browsers name it; programs that take anything do not mean pages.
    return "text/html" in request.headers.get("accept", "")


def _page(template: str, *, headers: dict[str, str] | None = None, **values: object) -> Response[str]:
    markup = _templates.get_template(template).render(values)
    return Response(markup, media_type=MediaType.HTML, headers={"Vary": "Accept", **(headers or {})})
