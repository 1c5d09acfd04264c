"""Forms: from what a browser sent to typed values, and back to the page with every fault beside its field.

A page with a form declares a `Form`, shows it with `empty_form`, and reads it with `read_form`. From then on
nothing is left to its handler: whatever the form or a use case refuses is answered with the page as it was filled
in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.datastructures import MultiDict
from litestar.exceptions import InternalServerException
from msgspec import Meta

from domain.errors import Conflict, DomainError, Fault, Forbidden, Invalid, TooManyRequests, Unauthenticated
from entrypoints.http.expectation import ID_MOST
from entrypoints.http.input import Body, Field, Refusal, fields_of, read_object

_URLENCODED: Final = "application/x-www-form-urlencoded"
_FIELDS_MOST: Final = 1000
_DIGITS_MOST: Final = 19
_TELLING: Final = (Invalid, Conflict, Forbidden, Unauthenticated, TooManyRequests)

Version = Annotated[int, Meta(ge=1, le=ID_MOST)]
"""The state that an edit was made from, as the form's hidden field `version` holds it."""


class PageRequest(Request[Any, Any, Any]):
    """A request for a page."""

    @property
    def query_params(self) -> MultiDict[Any]:
        """What the address asks for; a filter that was left empty in its form asks for nothing."""
        return MultiDict([(name, text) for name, text in super().query_params.multi_items() if text])

    async def body(self) -> bytes:
        """Return the body.

        Raises:
            Refusal: the client left before it was all here.
        """
        try:
            return await super().body()
        except InternalServerException:
            raise Refusal(400, "The connection broke off before the form was complete.") from None


class Form(Body):
    """What a form asks for; its fields are named in camelCase in the markup, as the domain's faults name them.

    A field left empty counts as not given: give it a default where it may be. A checkbox is a `bool` with the
    default False, a choice of many a tuple. `rules` are the domain's, as for `Body`.

    Attributes:
        labels: what people read, by the field's name in the markup.
        secret: the names of fields that are never filled in again.
    """

    labels: ClassVar[Mapping[str, str]] = {}
    secret: ClassVar[frozenset[str]] = frozenset()


class VersionForm(Form):
    """The state of something that someone saw when they decided over it, such as to delete it."""

    version: Version


FormT = TypeVar("FormT", bound=Form)


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form as a template shows it; the macros of `forms.html` read it.

    Attributes:
        labels: as `Form` has them.
        values: what stands in the fields, by name; several for choices of many.
        faults: what is wrong with single fields.
        message: what is wrong with the form as a whole.
    """

    labels: Mapping[str, str]
    values: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])
    faults: tuple[Fault, ...] = ()
    message: str | None = None

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        return self.values.get(name, [""])[-1]

    def holds(self, name: str, value: str) -> bool:
        """Tell whether a choice is made, or a checkbox ticked (`on`)."""
        return value in self.values.get(name, [])

    def fault(self, name: str) -> str | None:
        """Return what is wrong with a field, as what follows its label."""
        return "; ".join(fault.message for fault in self.faults if fault.field == name) or None

    def label(self, name: str) -> str:
        """Return what people call a field."""
        return self.labels.get(name, name)


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that was sent, and the page that it came from: what is shown again should it be refused.

    Attributes:
        template: the page's.
        form: as it was filled in.
        values: what else the template needs.
    """

    template: str
    form: FilledForm
    values: Mapping[str, object]

    def refused(self, error: DomainError) -> "Submission":
        """Return it with what is wrong: faults beside their fields, and the rest above them."""
        shown = error.faults if isinstance(error, Invalid) or error.faults else ()
        message = None if shown else error.detail
        return replace(self, form=replace(self.form, faults=shown, message=message))


def empty_form(form: type[Form], **values: str | list[str]) -> FilledForm:
    """Return a form to be filled in, with these values in it already."""
    given = {name: [value] if isinstance(value, str) else value for name, value in values.items()}
    return FilledForm(form.labels, given)


def read_form(
    request: Request[Any, Any, Any], form: type[FormT], template: str | None = None, **values: object
) -> FormT:
    """Return what was sent; from now on what is refused is answered with that page again.

    Args:
        request: that holds it.
        form: what is expected. What else was sent is left alone; of a repeated single field the last counts.
        template: the page to show again: it finds the filled form as `form`. None for forms of a few buttons,
            of which none can be wrong; what is refused is then an error page.
        values: what else the template needs.

    Raises:
        Invalid: with every field that is missing or against its rules.
    """
    sent = sent_fields(request)
    known = fields_of(form)
    shown = {
        name: [text.replace("\0", "\ufffd") for text in texts]
        for name, texts in sent.items()
        if name in known and name not in form.secret
    }
    if template is not None:
        show_again(request, template, FilledForm(form.labels, shown), **values)
    given = {name: _value(sent.get(name, []), each) for name, each in known.items()}
    return read_object({name: value for name, value in given.items() if value is not None}, form)


def show_again(request: Request[Any, Any, Any], template: str, form: FilledForm, **values: object) -> None:
    """Have what is refused from now on answered with this page, as `read_form` does: for fields in an address."""
    request.scope["state"]["submission"] = Submission(template, form, values)


def refused_submission(request: Request[Any, Any, Any], error: Exception) -> Submission | None:
    """Return the page to show again for this error; None where it is not about a form, or beyond its sender."""
    submission: Submission | None = request.scope["state"].get("submission")
    if submission is None or not isinstance(error, _TELLING):
        return None
    return submission.refused(error)


async def receive_form(request: Request[Any, Any, Any]) -> None:
    """Wait for the whole of a form and have `sent_fields` tell what is in it.

    Raises:
        Refusal: 415 where it is no URL-encoded form, 400 where it cannot be read, 413 where it is too long.
    """
    body = await request.body()
    if body and request.content_type[0].lower() != _URLENCODED:
        raise Refusal(415, "This page takes plain forms alone.")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MOST
        )
    except ValueError:
        raise Refusal(400, "The form is not encoded as browsers encode forms.") from None
    fields: dict[str, list[str]] = {}
    for name, text in pairs:
        # Browsers send the ends of lines as CR LF, whatever was typed.
        fields.setdefault(name, []).append(text.replace("\r\n", "\n"))
    request.scope["state"]["sent"] = fields


def sent_fields(request: Request[Any, Any, Any]) -> Mapping[str, list[str]]:
    """Return the fields of the form that was received, by name, each with its values in their order."""
    sent: Mapping[str, list[str]] = request.scope["state"]["sent"]
    return sent


def _value(texts: list[str], field: Field) -> object:
    """Return what a field's texts stand for, as JSON would say it; None where nothing was given."""
    if field.takes_many:
        return [_typed(text, object) for text in texts if text] if texts else None
    if field.annotation is bool:
        return True if texts and texts[-1] in {"on", "true", "1"} else None
    return _typed(texts[-1], field.annotation) if texts and texts[-1] else None


def _typed(text: str, annotation: Any) -> object:
    if text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MOST:
        try:
            return msgspec.convert(int(text), annotation)
        except msgspec.ValidationError:
            return text
    return text
