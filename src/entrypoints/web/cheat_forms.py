"""The forms that cheats are made, changed and kept with."""

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from application.taxonomy import CreateTag, ListTags
from domain.cheats import Cheat, code_faults, language_faults, notes_faults, title_faults
from domain.errors import Fault, Taken
from domain.taxonomy import Tag, TagKind, name_faults, name_key
from domain.text import normalised
from domain.users import User
from entrypoints.http.expectation import ID_MOST
from entrypoints.web.forms import FilledForm, Form, Version, empty_form
from entrypoints.web.merging import Texts, changed_meanwhile, merged, seen_in
from entrypoints.web.tags import Tags, find_tag

_NEW_MOST: Final = 20

Ids = tuple[Annotated[int, Meta(ge=1, le=ID_MOST)], ...]


def _new_names_faults(field: str) -> Callable[[Any], Iterable[Fault]]:
    def faults(text: str) -> Iterator[Fault]:
        names = _names(text)
        if len(names) > _NEW_MOST:
            yield Fault(field, f"must hold at most {_NEW_MOST} names")
        for name in names[:_NEW_MOST]:
            for fault in name_faults(name):
                yield Fault(field, f"are to be short lines: “{name[:20]}” {fault.message}")

    return faults


class CheatForm(Form):
    """A cheat as someone wants it: under platforms and topics that exist, and under new ones by name."""

    labels = {  # noqa: RUF012  # never written
        "title": "Title",
        "language": "Language",
        "platformIds": "Platforms",
        "newPlatforms": "New platforms",
        "topicIds": "Topics",
        "newTopics": "New topics",
        "code": "Code",
        "notes": "Notes",
        "version": "Version",
    }
    rules = {  # noqa: RUF012  # never written
        "title": title_faults,
        "language": language_faults,
        "new_platforms": _new_names_faults("newPlatforms"),
        "new_topics": _new_names_faults("newTopics"),
        "code": code_faults,
        "notes": notes_faults,
    }

    title: str
    language: str | None = None
    platform_ids: Ids = ()
    new_platforms: str | None = None
    topic_ids: Ids = ()
    new_topics: str | None = None
    code: str = ""
    notes: str = ""


class ChangeForm(CheatForm, kw_only=True):
    """A cheat as someone wants it instead of the version that they saw, and what `seen_in` says of it."""

    version: Version
    seen: str | None = None


class BagForm(Form):
    """Whether a cheat shall be in one's bag, and the page to come back to."""

    keep: Literal["on", "off"]
    next: str | None = None


def cheat_form(cheat: Cheat) -> FilledForm:
    """Return the form that a cheat is changed with, as the cheat is now."""
    return _change_form(_texts_of_cheat(cheat), cheat)


def merged_form(wanted: ChangeForm, cheat: Cheat) -> FilledForm:
    """Return the form of someone who was slower: their own changes, made to the cheat as it is now."""
    texts = merged(_texts_of_form(wanted), _texts_of_cheat(cheat), wanted.seen)
    return _change_form({**texts, **_new_names(wanted)}, cheat)


def new_form(form: CheatForm) -> FilledForm:
    """Return the form of a new cheat as someone filled in another."""
    return empty_form(CheatForm, **_texts_of_form(form), **_new_names(form))


def moved_on(wanted: ChangeForm, cheat: Cheat, tags: Tags) -> list[tuple[str, str]]:
    """Return what others changed while someone had the form open: each field's label, and what it holds now."""
    now = _texts_of_cheat(cheat)
    names = {
        "platformIds": tags.named(TagKind.PLATFORM, cheat.platform_ids),
        "topicIds": tags.named(TagKind.TOPIC, cheat.topic_ids),
    }
    shown = {**now, **{field: ", ".join(name for _, name in named) for field, named in names.items()}}
    changed = changed_meanwhile(_texts_of_form(wanted), now, wanted.seen)
    return [(wanted.labels[name], str(shown[name]) or "none") for name in changed]


async def chosen_tags(
    actor: User, kind: TagKind, form: CheatForm, tags: Tags, create_tag: CreateTag, list_tags: ListTags
) -> tuple[int, ...]:
    """Return the ids of the platforms or topics that a form chooses or names; what is not there yet is made."""
    is_platform = kind is TagKind.PLATFORM
    ids, new = (form.platform_ids, form.new_platforms) if is_platform else (form.topic_ids, form.new_topics)
    known = {name_key(each.tag.name): each.tag for each in tags.of(kind)}
    named = [
        known.get(name_key(name)) or await _made(actor, kind, name, create_tag, list_tags)
        for name in _names(new or "")
    ]
    return (*ids, *(tag.id for tag in named))


def _change_form(texts: Texts, cheat: Cheat) -> FilledForm:
    return empty_form(ChangeForm, **texts, version=str(cheat.version), seen=seen_in(_texts_of_cheat(cheat)))


def _texts_of_cheat(cheat: Cheat) -> dict[str, str | list[str]]:
    return {
        "title": cheat.title,
        "language": cheat.language or "",
        "platformIds": [str(each) for each in cheat.platform_ids],
        "topicIds": [str(each) for each in cheat.topic_ids],
        "code": cheat.code,
        "notes": cheat.notes,
    }


def _texts_of_form(form: CheatForm) -> dict[str, str | list[str]]:
    return {
        "title": form.title,
        "language": (form.language or "").lower(),
        "platformIds": [str(each) for each in form.platform_ids],
        "topicIds": [str(each) for each in form.topic_ids],
        "code": form.code,
        "notes": form.notes,
    }


def _new_names(form: CheatForm) -> dict[str, str]:
    return {"newPlatforms": form.new_platforms or "", "newTopics": form.new_topics or ""}


async def _made(actor: User, kind: TagKind, name: str, create_tag: CreateTag, list_tags: ListTags) -> Tag:
    try:
        return await create_tag(actor, kind=kind, name=name)
    except Taken:
        found = await find_tag(actor, kind, name, list_tags)
        if found is None:
            raise
        return found.tag


def _names(text: str) -> list[str]:
    """Return the names that a list holds, each once."""
    given = [normalised(name).strip() for name in text.replace("\n", ",").split(",")]
    return list({name_key(name): name for name in given if name}.values())
