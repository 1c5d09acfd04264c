"""The colours that someone wants to read in."""

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from entrypoints.web.answers import see_other
from entrypoints.web.cookies import CookieJar, Theme
from entrypoints.web.forms import Form, read_form
from entrypoints.web.redirects import local_path


class ThemeForm(Form):
    """A choice of colours, and the page that it was made on."""

    theme: Theme
    next: str | None = None


@post("/theme", status_code=303)
async def choose_theme(
    request: Request[Any, Any, Any], cookie_jar: NamedDependency[SkipValidation[CookieJar]]
) -> Response[Any]:
    """Keep the choice in this browser, and show the page again."""
    form = read_form(request, ThemeForm)
    return see_other(local_path(form.next), cookies=[cookie_jar.theme(form.theme)])
