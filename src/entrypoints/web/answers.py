"""What the handlers of pages return: a page, a part of one, or the way to another."""

import importlib.metadata
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from litestar import MediaType, Response
from litestar.datastructures import Cookie

from domain.access import may_administer, may_assign_anyone, may_change_any_task
from entrypoints.web.assets import asset
from entrypoints.web.browser import Browser

VERSION: Final = importlib.metadata.version("satchel")

_FOLDER: Final = Path(__file__).parent / "templates"
# All are read now, since what is read later may be of another version by then. To compile them takes some ten
# times as long, so that is left until a page is asked for.
_SOURCES: Final = {
    file.relative_to(_FOLDER).as_posix(): (file.read_text("utf-8"), str(file), None)
    for file in _FOLDER.rglob("*.html")
}
_templates = Environment(
    loader=FunctionLoader(_SOURCES.get),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
    cache_size=-1,
)
# With the rules that decide what is offered to whom, for what one page's handler need not know of another's.
_GLOBALS: dict[str, Any] = {
    "asset": asset,
    "version": VERSION,
    **{rule.__name__: rule for rule in (may_administer, may_assign_anyone, may_change_any_task)},
}
_templates.globals.update(_GLOBALS)


def _moment(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


_templates.filters["moment"] = _moment


def page(
    browser: Browser,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> Response[str]:
    """Return a page.

    Args:
        browser: who looks at it; what was to be told them is told with it. The template finds it as `browser`.
        template: below `templates`.
        status: of the answer.
        headers: beyond those of every page.
        values: what the template needs.
    """
    answer = fragment(browser, template, status=status, headers=headers, **values)
    answer.cookies.extend(browser.cookies)
    return answer


def fragment(
    browser: Browser,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> Response[str]:
    """Return a part of a page, for a script to put in its place; see `page`. Messages wait for a whole one."""
    # Even a page for nobody in particular holds the token of this browser's forms.
    caching = "private, no-cache" if browser.identity is None else "no-store"
    return Response(
        _templates.get_template(template).render(values, browser=browser),
        status_code=status,
        media_type=MediaType.HTML,
        headers={"Cache-Control": caching, "Vary": "Cookie", **(headers or {})},
    )


def see_other(path: str, *, cookies: Sequence[Cookie] = ()) -> Response[None]:
    """Send the browser on with a GET, as after a form that did its work (RFC 9110, section 15.4.4).

    Args:
        path: of a page of this site; what came as `next` goes through `local_path` before.
        cookies: what it shall keep or forget, such as a message for the next page (`CookieJar.flash`).
    """
    headers = {"Location": path, "Cache-Control": "no-store"}
    return Response(None, status_code=303, headers=headers, cookies=cookies)
