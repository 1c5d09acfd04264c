"""Platforms and topics in a browser: which there are, and renaming and deleting them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from application.paging import LIMIT_MOST, PageRequest
from application.ports.taxonomy import CountedTag, TagSort
from application.taxonomy import CreateTag, DeleteTag, GetTag, ListTags, RenameTag, check_may_change_tag
from domain.access import may_change_taxonomy
from domain.errors import NotFound, Stale
from domain.taxonomy import Tag, TagKind, name_faults, name_key
from domain.text import fold
from domain.users import User
from entrypoints.http.input import path_id, printable
from entrypoints.http.time_limit import ANSWER_SECONDS, LONG_SECONDS
from entrypoints.web.answers import page, see_other
from entrypoints.web.browser import Browser
from entrypoints.web.cookies import CookieJar, Flash, FlashKind
from entrypoints.web.forms import FilledForm, Form, Version, empty_form, read_form, show_again

TAGS: Final = "/cheats/tags"
"""Where platforms and topics are listed."""

_LIST, _TAG = "cheats/tags.html", "cheats/tag.html"
# A page with more to choose from helps nobody; the API lists them all.
_LISTED_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Tags:
    """The platforms and topics that a page shows or offers."""

    platforms: tuple[CountedTag, ...]
    topics: tuple[CountedTag, ...]

    def of(self, kind: TagKind) -> tuple[CountedTag, ...]:
        """Return those of one kind, by name."""
        return self.platforms if kind == TagKind.PLATFORM else self.topics

    def names(self, kind: TagKind) -> dict[int, str]:
        """Return what those of one kind are called, by id."""
        return {each.tag.id: each.tag.name for each in self.of(kind)}

    def choices(self, kind: TagKind) -> list[tuple[str, str]]:
        """Return those of one kind as a form offers them: values and texts."""
        return [(str(tag_id), name) for tag_id, name in self.names(kind).items()]

    def named(self, kind: TagKind, ids: Iterable[int]) -> list[tuple[int, str]]:
        """Return the ids and names of those with these ids, by name; beyond what is listed they have none."""
        names = self.names(kind)
        return sorted(((each, names[each]) for each in ids if each in names), key=lambda tag: fold(tag[1]))


class AddForm(Form):
    """A platform or topic that is not there yet."""

    labels = {"kind": "Kind", "name": "Name"}  # noqa: RUF012  # never written
    rules = {"name": name_faults}  # noqa: RUF012  # never written

    name: str
    kind: TagKind = TagKind.PLATFORM


class RenameForm(Form):
    """Another name for the version that someone saw."""

    labels = {"name": "Name"}  # noqa: RUF012  # never written
    rules = {"name": name_faults}  # noqa: RUF012  # never written

    name: str
    version: Version


class DeleteTagForm(Form):
    """The version that someone wants gone, and whether to take it off the cheats under it."""

    labels = {"name": "Name"}  # noqa: RUF012  # never written

    version: Version
    force: bool = False


class TagPageController(Controller):
    """`/cheats/tags`."""

    path = TAGS

    @get()
    async def show_all(
        self,
        browser: NamedDependency[SkipValidation[Browser]],
        list_tags: NamedDependency[SkipValidation[ListTags]],
    ) -> Response[str]:
        """Show all platforms and topics with the numbers of cheats under them."""
        actor = browser.signed_in().user
        tags = await all_tags(actor, list_tags)
        return page(browser, _LIST, form=empty_form(AddForm), tags=tags, may_change=may_change_taxonomy(actor))

    @post(status_code=303)
    async def add(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        list_tags: NamedDependency[SkipValidation[ListTags]],
        create_tag: NamedDependency[SkipValidation[CreateTag]],
    ) -> Response[Any]:
        """Add one."""
        actor = browser.signed_in().user
        tags = await all_tags(actor, list_tags)
        form = read_form(request, AddForm, _LIST, tags=tags, may_change=may_change_taxonomy(actor))
        tag = await create_tag(actor, kind=form.kind, name=form.name)
        return see_other(TAGS, cookies=[cookie_jar.flash(Flash(f"“{tag.name}” is added."))])

    @get("/{kind:str}/{tag_id:str}")
    async def show(
        self,
        kind: FromPath[str],
        tag_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        get_tag: NamedDependency[SkipValidation[GetTag]],
        list_tags: NamedDependency[SkipValidation[ListTags]],
    ) -> Response[str]:
        """Show the forms that one is renamed and deleted with.

        Raises:
            NotFound: there is none.
            Forbidden: the reader is neither manager nor admin.
        """
        actor = browser.signed_in().user
        counted = await _changeable(actor, kind, tag_id, get_tag, list_tags)
        return page(browser, _TAG, counted=counted, form=_rename_form(counted.tag))

    @post("/{kind:str}/{tag_id:str}", status_code=303)
    async def rename(
        self,
        request: Request[Any, Any, Any],
        kind: FromPath[str],
        tag_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        get_tag: NamedDependency[SkipValidation[GetTag]],
        list_tags: NamedDependency[SkipValidation[ListTags]],
        rename_tag: NamedDependency[SkipValidation[RenameTag]],
    ) -> Response[Any]:
        """Give one another name, if nobody did so since.

        Raises:
            NotFound: there is none.
            Forbidden: the reader is neither manager nor admin.
        """
        actor = browser.signed_in().user
        counted = await _changeable(actor, kind, tag_id, get_tag, list_tags)
        form = read_form(request, RenameForm, _TAG, counted=counted)
        tag = counted.tag
        try:
            renamed = await rename_tag(
                actor, kind=tag.kind, tag_id=tag.id, name=form.name, if_version={form.version}
            )
        except Stale:
            now = await get_tag(actor, kind=tag.kind, tag_id=tag.id)
            filled = _rename_form(now, name=form.name)
            stale = f"Meanwhile someone named it “{now.name}”. Save again to name it as you wrote."
            return page(
                browser,
                _TAG,
                status=412,
                counted=CountedTag(now, counted.cheat_count),
                form=replace(filled, message=stale),
            )
        return see_other(TAGS, cookies=[cookie_jar.flash(Flash(f"It is called “{renamed.name}” now."))])

    @post("/{kind:str}/{tag_id:str}/delete", status_code=303, opt={ANSWER_SECONDS: LONG_SECONDS})
    async def delete(
        self,
        request: Request[Any, Any, Any],
        kind: FromPath[str],
        tag_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        get_tag: NamedDependency[SkipValidation[GetTag]],
        list_tags: NamedDependency[SkipValidation[ListTags]],
        delete_tag: NamedDependency[SkipValidation[DeleteTag]],
    ) -> Response[Any]:
        """Delete one for good, if nobody renamed it since.

        Raises:
            NotFound: there is none.
            Forbidden: the reader is neither manager nor admin.
            InUse: cheats stand under it, and they are not to lose it.
        """
        actor = browser.signed_in().user
        counted = await _changeable(actor, kind, tag_id, get_tag, list_tags)
        tag = counted.tag
        form = read_form(request, DeleteTagForm)
        show_again(request, _TAG, _rename_form(tag), counted=counted)
        try:
            await delete_tag(actor, kind=tag.kind, tag_id=tag.id, unlink=form.force, if_version={form.version})
        except Stale:
            told = Flash("Someone renamed it meanwhile, so it was not deleted.", FlashKind.FAILED)
            return see_other(_path(tag), cookies=[cookie_jar.flash(told)])
        return see_other(TAGS, cookies=[cookie_jar.flash(Flash(f"“{tag.name}” is deleted."))])


async def all_tags(actor: User, list_tags: ListTags) -> Tags:
    """Return the platforms and topics there are, by name; of very many the first."""
    return Tags(
        tuple(await _all_of(actor, TagKind.PLATFORM, list_tags)),
        tuple(await _all_of(actor, TagKind.TOPIC, list_tags)),
    )


async def find_tag(actor: User, kind: TagKind, name: str, list_tags: ListTags) -> CountedTag | None:
    """Return the platform or topic of this name, regardless of case and blanks, if there is one."""
    wanted = name_key(name)
    for each in await _all_of(actor, kind, list_tags, words=tuple(fold(name).split())):
        if name_key(each.tag.name) == wanted:
            return each
    return None


async def _all_of(
    actor: User, kind: TagKind, list_tags: ListTags, *, words: tuple[str, ...] = ()
) -> Iterable[CountedTag]:
    found: list[CountedTag] = []
    request = PageRequest(TagSort.NAME, descending=False, limit=LIMIT_MOST)
    while True:
        listed = await list_tags(actor, kind=kind, request=request, words=words)
        found.extend(listed.items)
        if listed.next is None or len(found) >= _LISTED_MOST:
            return found
        request = PageRequest(TagSort.NAME, descending=False, limit=LIMIT_MOST, after=listed.next)


async def _changeable(actor: User, kind: str, tag_id: str, get_tag: GetTag, list_tags: ListTags) -> CountedTag:
    if kind not in set(TagKind):
        raise NotFound(f"There is no {printable(kind)} here.")
    tag = await get_tag(actor, kind=TagKind(kind), tag_id=path_id(tag_id, kind))
    check_may_change_tag(actor, tag.kind)
    return await find_tag(actor, tag.kind, tag.name, list_tags) or CountedTag(tag, 0)


def _rename_form(tag: Tag, *, name: str | None = None) -> FilledForm:
    return empty_form(RenameForm, name=name or tag.name, version=str(tag.version))


def _path(tag: Tag) -> str:
    return f"{TAGS}/{tag.kind}/{tag.id}"
