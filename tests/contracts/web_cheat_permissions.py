"""Who may do what with cheats in a browser that runs no scripts. Needs the fixture `service`."""

from itertools import count

import pytest

from domain.users import Role
from tests.contracts.http_service import API, Service, document
from tests.contracts.web_browser import at_a_browser, csrf_of
from tests.contracts.web_cheats import LIBRARY, TAGS, arrives, keeps

_numbers = count(1)


@pytest.mark.anyio
class CheatPermissionsContract:
    """Who may do what on these pages."""

    async def test_who_is_not_signed_in_is_sent_to_sign_in(self, service: Service) -> None:
        reader = at_a_browser(service)
        for path in (LIBRARY, f"{LIBRARY}/new", f"{LIBRARY}/1", f"{LIBRARY}/1/edit", f"{LIBRARY}/export", TAGS):
            answer = await reader.http.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/auth/login?next=%2Fcheats")

    @pytest.mark.parametrize("role", Role)
    async def test_the_owner_managers_and_admins_change_and_delete(self, service: Service, role: Role) -> None:
        reader, _ = await arrives(service, f"y-{role}", role)
        owner = await service.joins(f"z-{role}")
        path = f"{LIBRARY}/{(await keeps(owner, 'Not theirs'))['id']}"
        may = role is not Role.EMPLOYEE
        page = await reader.opens(path)
        assert ("Delete for good" in page.text) is may
        assert (await reader.opens(f"{path}/edit")).status_code == (200 if may else 403)
        change = {"title": "Changed", "version": "1"}
        assert (await reader.sends(path, change, form_at=path)).status_code == (303 if may else 403)
        answer = await reader.sends(f"{path}/delete", {"version": "2" if may else "1"}, form_at=path)
        assert answer.status_code == (303 if may else 403)
        assert (await owner.http.get(f"{API}{path}")).status_code == (404 if may else 200)

    async def test_what_is_no_form_of_ours_changes_nothing(self, service: Service) -> None:
        reader, yara = await arrives(service, "yara")
        path = f"{LIBRARY}/{(await keeps(yara, 'Yaras'))['id']}"
        for action in ("", "/bag", "/delete"):
            answer = await reader.http.post(path + action, data={"title": "x", "version": "1", "keep": "off"})
            assert answer.status_code == 403
        cheat = document(await yara.http.get(f"{API}{path}"))
        assert (cheat["title"], cheat["inBag"]) == ("Yaras", True)

    @pytest.mark.parametrize("cheat_id", ["0", "x", "-1", "9" * 30, "1%00", "%F0%9F%92%A5"])
    async def test_what_is_no_id_is_a_page_that_is_not_there(self, service: Service, cheat_id: str) -> None:
        reader, _ = await arrives(service, f"seeker-{next(_numbers)}")
        for path in (f"{LIBRARY}/{cheat_id}", f"{LIBRARY}/{cheat_id}/edit", f"{TAGS}/platform/{cheat_id}"):
            assert (await reader.opens(path)).status_code == 404
        token = {"X-CSRF-Token": csrf_of(await reader.opens(LIBRARY))}
        for action in ("/bag", "/delete"):
            assert (await reader.http.post(f"{LIBRARY}/{cheat_id}{action}", headers=token)).status_code == 404
