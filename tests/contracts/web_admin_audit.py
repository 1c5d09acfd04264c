"""How admins read the audit trail in a browser that runs no scripts. Needs the fixture `service`."""

import re
from datetime import UTC, datetime

import httpx
import pytest

from domain.users import Role
from tests.contracts.http_service import Service
from tests.contracts.web_admin import AUDIT, USERS, an_admin, does, has
from tests.contracts.web_browser import signed_in, tags


@pytest.mark.anyio
class AuditPageContract:
    """The audit trail."""

    async def test_it_tells_in_words_who_did_what(self, service: Service) -> None:
        admin = await signed_in(service, "adm-judge", role=Role.ADMIN)
        user = await has(service, "adm-bob", is_approved=False)
        await does(admin, user, "/approve", role="employee")
        await does(admin, user, username="adm-bob", role="manager", isActive="on")
        await does(admin, user, username="adm-bob", role="manager")
        await does(admin, user, "/delete")
        page = await admin.opens(f"{AUDIT}?subjectType=user&subjectId={user.id}")
        assert _sentences(page) == [
            "adm-judge deleted the account of adm-bob",
            "adm-judge disabled adm-bob",
            "adm-judge changed the role of adm-bob to manager",
            "adm-judge approved adm-bob as employee",
            "The operator created the account of adm-bob",
        ]
        assert f"{USERS}/{user.id}" in {each.get("href") for _, each in tags(page, "a")}

    async def test_it_is_filtered_by_who_what_and_when(self, service: Service) -> None:
        admin, doer = await an_admin(service), await has(service, "adm-doer")
        task = await service.container.create_task()(doer, title="Feed the hen")
        assert _sentences(await admin.opens(f"{AUDIT}?actor=ADM-DOER")) == [
            "adm-doer created the task Feed the hen"
        ]
        assert _sentences(await admin.opens(f"{AUDIT}?actor=adm-doer&type=task.deleted")) == []
        assert "Nobody is called adm-nobody" in (await admin.opens(f"{AUDIT}?actor=adm-nobody")).text
        today = datetime.now(UTC).date()
        both = f"{AUDIT}?subjectType=task&subjectId={task.id}"
        assert len(_sentences(await admin.opens(f"{both}&from={today}&to=9999-12-31"))) == 1
        assert len(_sentences(await admin.opens(f"{both}&from=0001-01-01&to={today}"))) == 1
        assert _sentences(await admin.opens(f"{both}&to=2001-01-01")) == []
        assert _sentences(await admin.opens(f"{both}&from=9999-12-31")) == []

    async def test_it_goes_on_page_by_page(self, service: Service) -> None:
        admin = await an_admin(service)
        user = await has(service, "adm-busy")
        for title in ("One", "Two", "Three"):
            await service.container.create_task()(user, title=title)
        page = await admin.opens(f"{AUDIT}?actor=adm-busy&limit=2")
        (following,) = [each["href"] for _, each in tags(page, "a") if each.get("rel") == "next"]
        told = [*_sentences(page), *_sentences(await admin.opens(following))]
        assert [each.split()[-1] for each in told] == ["Three", "Two", "One"]


def _sentences(page: httpx.Response) -> list[str]:
    """Return what the audit trail tells, without markup."""
    found = re.findall(r'<p class="event-sentence">(.*?)</p>', page.text)
    return [re.sub(r"<[^>]*>", "", each) for each in found]
