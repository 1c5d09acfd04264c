"""The in-memory store keeps webhooks, and the deliveries to them, as it promises."""

import pytest

from adapters.memory.storage import InMemoryStorage
from application.ports.unit_of_work import UnitsOfWork
from tests.contracts.deliveries import DeliveryQueueContract
from tests.contracts.delivery_lists import DeliveryListContract
from tests.contracts.webhooks import WebhookRepositoryContract


@pytest.fixture
def store() -> InMemoryStorage:
    return InMemoryStorage()


@pytest.fixture
def units_of_work(store: InMemoryStorage) -> UnitsOfWork:
    return store.unit_of_work


@pytest.fixture
def others_units_of_work(store: InMemoryStorage) -> UnitsOfWork:
    return store.unit_of_work


class TestInMemoryWebhooks(WebhookRepositoryContract):
    """One by one, and in lists."""


class TestInMemoryDeliveryQueue(DeliveryQueueContract):
    """On their way."""


class TestInMemoryDeliveryLists(DeliveryListContract):
    """What became of them."""
