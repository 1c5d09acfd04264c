"""What every store owes that is open and fit for use. Needs the fixture `store`."""

import pytest

from application.ports.store import Store


@pytest.mark.anyio
class StoreContract:
    """A store that is there says so."""

    async def test_an_open_store_gives_a_sign_of_life(self, store: Store) -> None:
        await store.ping()

    async def test_a_new_store_has_the_schema_of_this_version(self, store: Store) -> None:
        assert await store.is_current()
