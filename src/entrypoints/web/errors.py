"""Errors as pages: what is a problem document to a program is read by a person here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from litestar import Request, Response

from entrypoints.http.problems import Problem
from entrypoints.web.answers import page, see_other
from entrypoints.web.browser import Browser
from entrypoints.web.cookies import read_theme
from entrypoints.web.csrf import ForgedForm
from entrypoints.web.forms import refused_submission, sent_fields
from entrypoints.web.redirects import SIGN_IN, address_of, sign_in_address

Handler = Callable[..., Response[Any]]


@dataclass(frozen=True, slots=True)
class _Words:
    """What a page says about a status.

    Attributes:
        title: what happened.
        advice: how to go on.
        detail: instead of the problem's own, where that speaks to programs.
    """

    title: str
    advice: str
    detail: str | None = None


_WORDS: Final = {
    400: _Words("We could not read that", "Go back, load the page again and send the form once more."),
    401: _Words("Sign in first", "Sign in, then open this page again."),
    403: _Words("This is not allowed", "If you think that you should be, ask an admin."),
    404: _Words("There is nothing here", "Check the address, or start again from the home page."),
    405: _Words(
        "That does not work here",
        "Go back to the page you came from and use its links and buttons.",
        "This address cannot be opened in this way.",
    ),
    409: _Words("Something is in the way", "Go back, load the page again and see how things stand."),
    412: _Words("Someone else was faster", "Go back, load the page again and repeat your change."),
    413: _Words("That is too much at once", "Go back and send less at a time.", "The form is too long."),
    415: _Words("We could not read that", "Go back, load the page again and send the form once more."),
    422: _Words("That does not fit", "Go back, correct what is named and send it again."),
    429: _Words("Too many tries", "Wait a while, then try again."),
    500: _Words(
        "Our mistake",
        "Try again; if it happens again, tell the operator the number below.",
        "Something went wrong that should not have. What you did may be fine.",
    ),
    503: _Words("Back in a moment", "Wait a few seconds, then load the page again."),
}


# Pages of single things, which may have been there once.
_OF_A_THING: Final = re.compile(r"/(tasks|cheats|posts)/\d+(?:/|\Z)")
_OF_FORMER_SESSION: Final = _Words(
    "Your session has changed", "Open the page again, sign in where you are asked to, and put your text back in."
)
# What people write at length, by the names of the fields that it stands in. No secret is among them.
_TEXTS: Final = {
    "title": "Title",
    "content": "Text",
    "description": "Description",
    "code": "Code",
    "notes": "Notes",
    "text": "Cheats",
    "reason": "Reason",
}


def showing_pages(handlers: Mapping[int | type[Exception], Handler]) -> dict[int | type[Exception], Handler]:
    """Return exception handlers that answer a browser with a page, and all others as these do."""
    return {error: _showing_page(handler) for error, handler in handlers.items()}


def _showing_page(handler: Handler) -> Handler:
    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        refusal = handler(request, error)
        if not _is_for_page(request):
            return refusal
        problem = msgspec.json.decode(refusal.content, type=Problem)
        browser: Browser | None = request.scope["state"].get("browser")
        headers = {
            name: value for name, value in refusal.headers.items() if name.lower() in {"allow", "retry-after"}
        }
        if browser is not None and (submission := refused_submission(request, error)) is not None:
            # Nobody is asked for credentials that HTTP knows of, so a form's refusal is never a 401.
            status = 422 if problem.status in {401, 409} else problem.status
            return page(
                browser,
                submission.template,
                status=status,
                headers=headers,
                form=submission.form,
                **submission.values,
            )
        if browser is not None and browser.identity is None and problem.status == 401:
            if "hx-request" in request.headers:
                # A redirect would put the sign-in page into the place of a part.
                return Response(None, status_code=401, headers={"HX-Redirect": SIGN_IN})
            return see_other(sign_in_address(browser.address))
        is_late = isinstance(error, ForgedForm) and error.is_late
        return _error_page(request, browser or _stranger(request), problem, headers, is_late=is_late)

    return answer


def _error_page(
    request: Request[Any, Any, Any],
    browser: Browser,
    problem: Problem,
    headers: Mapping[str, str],
    *,
    is_late: bool,
) -> Response[str]:
    words = _OF_FORMER_SESSION if is_late else _WORDS.get(problem.status) or _WORDS[500]
    thing = _OF_A_THING.match(request.scope["path"]) if problem.status == 404 else None
    # A page of ours it was, so it is their own text that people get back, and nobody else's.
    sent: Mapping[str, list[str]] = sent_fields(request) if is_late else {}
    return page(
        browser,
        "error.html",
        status=problem.status,
        headers=headers,
        is_stranger=request.scope["state"].get("browser") is None,
        problem=problem,
        title=words.title,
        detail=words.detail or problem.detail,
        advice=words.advice if thing is None else "It may have been deleted.",
        others=None if thing is None else thing[1],
        texts=[(label, text) for name, label in _TEXTS.items() for text in sent.get(name, []) if text],
        way_back=sign_in_address(browser.address) if is_late and browser.user is None else None,
    )


def _is_for_page(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a browser asked for something to show; scripts of pages say so by htmx's header."""
    if request.scope["path"].startswith("/api/"):
        return False
    return "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers


def _stranger(request: Request[Any, Any, Any]) -> Browser:
    """Return a browser that nobody met, since what it asked for is no page."""
    return Browser(None, "", None, read_theme(request.cookies), request.scope["path"], address_of(request))
