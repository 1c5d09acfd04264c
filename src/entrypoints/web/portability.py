"""Cheats out of files in a browser: tried first, then taken in."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final, Literal, TypedDict

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from application.importing import ImportCheats, ImportOutcome
from entrypoints.formats.catalogue import FORMATS
from entrypoints.http.time_limit import ANSWER_SECONDS, LONG_SECONDS
from entrypoints.web.answers import page, see_other
from entrypoints.web.browser import Browser
from entrypoints.web.cookies import CookieJar, Flash
from entrypoints.web.forms import FilledForm, Form, empty_form, read_form
from entrypoints.web.library import LIBRARY

_IMPORT: Final = "cheats/import.html"
# Forms send quotes, ends of lines and the like as three bytes each.
_BYTES_OF_A_MARK: Final = 3
_WORDS: Final = {"json": "JSON", "csv": "CSV", "markdown": "Markdown"}


class _Bounds(TypedDict):
    """What may be imported, for the template: the formats, the endings of files, how much fits.

    Attributes:
        most: how many bytes of a form at most.
        size: how much text surely fits into that, in words.
    """

    formats: Mapping[str, str]
    suffixes: list[str]
    most: int
    size: str


class ImportForm(Form):
    """What stands in a file, and whether it is only tried."""

    labels = {"format": "Format", "text": "Cheats"}  # noqa: RUF012  # never written

    format: Literal["json", "csv", "markdown"]
    text: str
    step: Literal["try", "import"] = "try"


class ImportPageController(Controller):
    """`/cheats/import`: all cheats of a file, or none."""

    path = f"{LIBRARY}/import"

    @get()
    async def show(
        self, request: Request[Any, Any, Any], browser: NamedDependency[SkipValidation[Browser]]
    ) -> Response[str]:
        """Show the form that takes a file in."""
        browser.signed_in()
        return _page(request, browser, empty_form(ImportForm), None)

    @post(status_code=303, opt={ANSWER_SECONDS: LONG_SECONDS})
    async def take_in(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        import_cheats: NamedDependency[SkipValidation[ImportCheats]],
    ) -> Response[Any]:
        """Take the cheats of a file in, or show what that would do."""
        actor = browser.signed_in().user
        form = read_form(request, ImportForm, _IMPORT, outcome=None, **_values(request))
        records = FORMATS[form.format].records(BytesIO(form.text.encode()))
        is_tried = form.step == "try"
        outcome = await import_cheats(actor, records, dry_run=is_tried)
        if is_tried:
            filled = empty_form(ImportForm, format=form.format, text=form.text)
            return _page(request, browser, filled, outcome)
        told = (
            f"Created {len(outcome.created):,}, updated {len(outcome.updated):,} and left {outcome.unchanged:,} "
            "as they were."
        )
        return see_other(LIBRARY, cookies=[cookie_jar.flash(Flash(told))])


def _page(
    request: Request[Any, Any, Any], browser: Browser, form: FilledForm, outcome: ImportOutcome | None
) -> Response[str]:
    return page(browser, _IMPORT, form=form, outcome=outcome, **_values(request))


def _values(request: Request[Any, Any, Any]) -> _Bounds:
    most = request.route_handler.resolve_request_max_body_size() or 0
    return {
        "formats": _WORDS,
        "suffixes": [suffix for each in FORMATS.values() for suffix in each.suffixes],
        "most": most,
        "size": _size(most // _BYTES_OF_A_MARK),
    }


def _size(bytes_: int) -> str:
    """Return a size as people say it, rounded down to one digit."""
    kilobytes = bytes_ // 1_000
    step = 10 ** (len(str(kilobytes)) - 1)
    return f"{kilobytes // step * step:,} KB" if kilobytes else f"{bytes_} bytes"
