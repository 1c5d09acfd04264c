"""What a failing sign-in asks of the database does not tell, by the time it takes, who has an account."""

import asyncio
from pathlib import Path

import pytest

from tests.contracts.http_service import serving
from tests.contracts.http_throttling import sign_in
from tests.integration.session_instances import statements

pytestmark = pytest.mark.anyio


async def test_known_unknown_and_deleted_names_send_the_same_statements(database_url: str, tmp_path: Path) -> None:
    settings = {
        "DATABASE_URL": database_url,
        "TRUSTED_PROXIES": "127.0.0.1",
        "RATE_LIMIT_SIGN_IN_FAILURES": "1",
    }
    sent: dict[tuple[str, int], list[str]] = {}
    async with serving(tmp_path, settings) as service:
        await service.joins("ada")
        bob = await service.joins("bob")
        assert (await bob.http.delete(f"/api/v1/users/{bob.id}")).status_code == 204
        for number, name in enumerate(("ada", "bob", "nobody")):
            for address in (f"192.0.2.{number}", f"198.51.100.{number}"):
                # A service sends others in the background.
                with statements(of=asyncio.current_task()) as sent_for_it:
                    response = await sign_in(service, username=name, address=address)
                sent[name, response.status_code] = sent_for_it
    assert sent["ada", 401] == sent["bob", 401] == sent["nobody", 401]
    assert sent["ada", 429] == sent["bob", 429] == sent["nobody", 429]
    assert len(sent["ada", 401]) == 5
