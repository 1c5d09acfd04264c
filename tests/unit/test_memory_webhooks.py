"""The in-memory store keeps webhooks, and the deliveries to them, as it promises."""

import pytest

from adapters.memory.store import InMemoryStore
from adapters.memory.unit_of_work import InMemoryUnitsOfWork
from application.ports.unit_of_work import UnitsOfWork
from tests.contracts.deliveries import DeliveryQueueContract
from tests.contracts.delivery_lists import DeliveryListContract
from tests.contracts.webhooks import WebhookRepositoryContract


@pytest.fixture
def store() -> InMemoryStore:
    return InMemoryStore()


@pytest.fixture
def units_of_work(store: InMemoryStore) -> UnitsOfWork:
    return InMemoryUnitsOfWork(store)


@pytest.fixture
def others_units_of_work(store: InMemoryStore) -> UnitsOfWork:
    return InMemoryUnitsOfWork(store)


class TestInMemoryWebhooks(WebhookRepositoryContract):
    """One by one, and in lists."""


class TestInMemoryDeliveryQueue(DeliveryQueueContract):
    """On their way."""


class TestInMemoryDeliveryLists(DeliveryListContract):
    """What became of them."""
