"""The home page, the page of each problem, and the API documentation, as a browser sees them."""

from typing import Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from application.posts import ListPosts
from domain.errors import NotFound
from entrypoints.http.edge import PAGE_POLICY
from entrypoints.http.input import printable
from entrypoints.http.problem_kinds import KINDS
from entrypoints.web.answers import VERSION, fragment, page
from entrypoints.web.browser import Browser
from entrypoints.web.posts import newest_posts

# Swagger UI sets a few style attributes in the markup it builds; scripts stay forbidden inline.
_VIEWER_POLICY = PAGE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


class IndexOut(msgspec.Struct):
    """Where a program finds its way from here."""

    name: str
    version: str
    docs: str
    health: str


class PageController(Controller):
    """What everyone may see."""

    @get("/")
    async def home(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        list_posts: NamedDependency[SkipValidation[ListPosts]],
    ) -> Response[Any]:
        """Return the home page to a browser, and to programs where to go."""
        if _prefers_html(request):
            newest = await newest_posts(list_posts)
            return page(browser, "home.html", headers={"Vary": "Accept, Cookie"}, cards=newest)
        return Response(IndexOut("Satchel", VERSION, "/docs", "/health"), headers={"Vary": "Accept"})

    @get("/docs")
    async def documentation(self, browser: NamedDependency[SkipValidation[Browser]]) -> Response[str]:
        """Return the viewer of the API documentation; all of it is served from here, and none of it is a form."""
        return fragment(browser, "docs.html", headers={"Content-Security-Policy": _VIEWER_POLICY})

    @get("/problems")
    async def problems(self, browser: NamedDependency[SkipValidation[Browser]]) -> Response[str]:
        """Return the page that lists every kind of problem."""
        return page(browser, "problems.html", kinds=KINDS.values())

    @get("/problems/{slug:str}")
    async def problem(
        self, slug: FromPath[str], browser: NamedDependency[SkipValidation[Browser]]
    ) -> Response[str]:
        """Return the page that explains one kind of problem.

        Raises:
            NotFound: there is no such kind.
        """
        if (kind := KINDS.get(slug)) is None:
            raise NotFound(f"There is no kind of problem called {printable(slug)}.")
        return page(browser, "problem.html", kind=kind)


def _prefers_html(request: Request[Any, Any, Any]) -> bool:
    # Browsers name it; programs that take anything do not mean pages.
    return "text/html" in request.headers.get("accept", "")
