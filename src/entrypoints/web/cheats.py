"""Cheats in a browser, each of them with its forms."""

from dataclasses import replace
from typing import Any, Final

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from application.cheats import (
    ChangeCheat,
    CreateCheat,
    DeleteCheat,
    GetCheat,
    KeepInBag,
    TakeOutOfBag,
    check_may_change_cheat,
)
from application.events import FindPlace
from application.taxonomy import CreateTag, ListTags
from application.users import NameUsers
from domain.access import may_change_cheat
from domain.cheats import Cheat, CheatChanges
from domain.errors import NotFound, Stale
from domain.taxonomy import TagKind
from entrypoints.http.input import path_id
from entrypoints.web.answers import fragment, page, see_other
from entrypoints.web.browser import Browser
from entrypoints.web.cheat_forms import (
    BagForm,
    ChangeForm,
    CheatForm,
    cheat_form,
    chosen_tags,
    merged_form,
    moved_on,
    new_form,
)
from entrypoints.web.cookies import CookieJar, Flash, FlashKind
from entrypoints.web.forms import VersionForm, empty_form, read_form
from entrypoints.web.highlighting import LANGUAGES, highlighted
from entrypoints.web.library import LIBRARY
from entrypoints.web.redirects import local_path
from entrypoints.web.tags import all_tags

_NEW, _EDIT = "cheats/new.html", "cheats/edit.html"
_GONE: Final = "This cheat was deleted meanwhile. What you wrote is still here: you can save it as a new one."
_STALE: Final = (
    "Someone changed this cheat while you had it open, so nothing was saved. What you wrote is still here: "
    "compare it with how the cheat is now, then save again."
)


class CheatPageController(Controller):
    """`/cheats/{id}`, and new ones."""

    path = LIBRARY

    @get("/new")
    async def show_new(
        self,
        browser: NamedDependency[SkipValidation[Browser]],
        list_tags: NamedDependency[SkipValidation[ListTags]],
    ) -> Response[str]:
        """Show the form for a new cheat."""
        tags = await all_tags(browser.signed_in().user, list_tags)
        return page(browser, _NEW, form=empty_form(CheatForm), tags=tags, languages=LANGUAGES)

    @post(status_code=303)
    async def create(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        create_cheat: NamedDependency[SkipValidation[CreateCheat]],
        create_tag: NamedDependency[SkipValidation[CreateTag]],
        list_tags: NamedDependency[SkipValidation[ListTags]],
    ) -> Response[Any]:
        """Keep a new cheat, with the platforms and topics that it names, and show it."""
        actor = browser.signed_in().user
        tags = await all_tags(actor, list_tags)
        form = read_form(request, CheatForm, _NEW, tags=tags, languages=LANGUAGES)
        seen = await create_cheat(
            actor,
            title=form.title,
            notes=form.notes,
            code=form.code,
            language=form.language,
            platform_ids=await chosen_tags(actor, TagKind.PLATFORM, form, tags, create_tag, list_tags),
            topic_ids=await chosen_tags(actor, TagKind.TOPIC, form, tags, create_tag, list_tags),
        )
        told = Flash("The cheat is saved.")
        return see_other(f"{LIBRARY}/{seen.cheat.id}", cookies=[cookie_jar.flash(told)])

    @get("/{cheat_id:str}")
    async def show(
        self,
        cheat_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        get_cheat: NamedDependency[SkipValidation[GetCheat]],
        list_tags: NamedDependency[SkipValidation[ListTags]],
        name_users: NamedDependency[SkipValidation[NameUsers]],
    ) -> Response[str]:
        """Show all of a cheat.

        Raises:
            NotFound: there is no such cheat.
        """
        actor = browser.signed_in().user
        seen = await get_cheat(actor, cheat_id=path_id(cheat_id, "cheat"))
        cheat, tags = seen.cheat, await all_tags(actor, list_tags)
        (code,) = await highlighted([(cheat.code, cheat.language)])
        return page(
            browser,
            "cheats/cheat.html",
            seen=seen,
            cheat=cheat,
            code=code,
            owner=(await name_users(user_ids=[cheat.owner_id]))[cheat.owner_id],
            platforms=tags.named(TagKind.PLATFORM, cheat.platform_ids),
            topics=tags.named(TagKind.TOPIC, cheat.topic_ids),
            may_change=may_change_cheat(actor, cheat),
        )

    @get("/{cheat_id:str}/edit")
    async def show_edit(
        self,
        cheat_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        get_cheat: NamedDependency[SkipValidation[GetCheat]],
        list_tags: NamedDependency[SkipValidation[ListTags]],
        find_place: NamedDependency[SkipValidation[FindPlace]],
    ) -> Response[str]:
        """Show the form that a cheat is changed with.

        Raises:
            NotFound: there is no such cheat.
            Forbidden: it is not the reader's to change.
        """
        actor, place = browser.signed_in().user, await find_place()
        cheat = (await get_cheat(actor, cheat_id=path_id(cheat_id, "cheat"))).cheat
        check_may_change_cheat(actor, cheat)
        tags = await all_tags(actor, list_tags)
        return page(
            browser,
            _EDIT,
            form=cheat_form(cheat),
            cheat=cheat,
            place=place,
            meanwhile=(),
            tags=tags,
            languages=LANGUAGES,
        )

    @post("/{cheat_id:str}", status_code=303)
    async def change(
        self,
        request: Request[Any, Any, Any],
        cheat_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        get_cheat: NamedDependency[SkipValidation[GetCheat]],
        change_cheat: NamedDependency[SkipValidation[ChangeCheat]],
        create_tag: NamedDependency[SkipValidation[CreateTag]],
        list_tags: NamedDependency[SkipValidation[ListTags]],
        find_place: NamedDependency[SkipValidation[FindPlace]],
    ) -> Response[Any]:
        """Keep a cheat as the form has it, if nobody changed it since; else show both versions.

        Raises:
            Forbidden: it is not the reader's to change.
        """
        actor, number = browser.signed_in().user, path_id(cheat_id, "cheat")
        place = await find_place()
        tags = await all_tags(actor, list_tags)
        try:
            cheat = (await get_cheat(actor, cheat_id=number)).cheat
        except NotFound:
            lost = read_form(request, CheatForm, _NEW, tags=tags, languages=LANGUAGES)
            filled = replace(new_form(lost), message=_GONE)
            return page(browser, _NEW, status=404, form=filled, tags=tags, languages=LANGUAGES)
        check_may_change_cheat(actor, cheat)
        form = read_form(
            request, ChangeForm, _EDIT, cheat=cheat, place=place, meanwhile=(), tags=tags, languages=LANGUAGES
        )
        try:
            # Or what is refused would leave new platforms and topics behind.
            _check_version(cheat, form.version)
            changes = CheatChanges(
                title=form.title,
                notes=form.notes,
                code=form.code,
                language=form.language,
                platform_ids=await chosen_tags(actor, TagKind.PLATFORM, form, tags, create_tag, list_tags),
                topic_ids=await chosen_tags(actor, TagKind.TOPIC, form, tags, create_tag, list_tags),
            )
            await change_cheat(actor, cheat_id=number, changes=changes, if_version={form.version})
        except Stale:
            cheat = (await get_cheat(actor, cheat_id=number)).cheat
            return page(
                browser,
                _EDIT,
                status=412,
                form=replace(merged_form(form, cheat), message=_STALE),
                cheat=cheat,
                place=place,
                meanwhile=moved_on(form, cheat, tags),
                tags=tags,
                languages=LANGUAGES,
            )
        return see_other(f"{LIBRARY}/{number}", cookies=[cookie_jar.flash(Flash("Your changes are saved."))])

    @post("/{cheat_id:str}/bag", status_code=303)
    async def move_bag(
        self,
        request: Request[Any, Any, Any],
        cheat_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        keep_in_bag: NamedDependency[SkipValidation[KeepInBag]],
        take_out_of_bag: NamedDependency[SkipValidation[TakeOutOfBag]],
    ) -> Response[Any]:
        """Put a cheat into the reader's bag or take it out; scripts get the button as it is then.

        Raises:
            NotFound: there is no such cheat.
        """
        actor, number = browser.signed_in().user, path_id(cheat_id, "cheat")
        form = read_form(request, BagForm)
        in_bag = form.keep == "on"
        await (keep_in_bag if in_bag else take_out_of_bag)(actor, cheat_id=number)
        back = local_path(form.next or f"{LIBRARY}/{number}")
        if "hx-request" in request.headers:
            return fragment(browser, "cheats/bag.html", cheat_id=number, in_bag=in_bag, next=back)
        return see_other(back)

    @post("/{cheat_id:str}/delete", status_code=303)
    async def delete(
        self,
        request: Request[Any, Any, Any],
        cheat_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        delete_cheat: NamedDependency[SkipValidation[DeleteCheat]],
    ) -> Response[Any]:
        """Delete a cheat for good, if nobody changed it since.

        Raises:
            NotFound: there is no such cheat.
            Forbidden: it is not the reader's to delete.
        """
        actor, number = browser.signed_in().user, path_id(cheat_id, "cheat")
        form = read_form(request, VersionForm)
        try:
            await delete_cheat(actor, cheat_id=number, if_version={form.version})
        except Stale:
            told = Flash("Someone changed this cheat meanwhile, so it was not deleted.", FlashKind.FAILED)
            return see_other(f"{LIBRARY}/{number}", cookies=[cookie_jar.flash(told)])
        return see_other(LIBRARY, cookies=[cookie_jar.flash(Flash("The cheat is deleted."))])


def _check_version(cheat: Cheat, expected: int) -> None:
    if cheat.version != expected:
        raise Stale
