"""A team whose events are told to webhooks: the worker runs, and a stand-in receives what it posts."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from adapters.clock.fixed import FixedClock
from adapters.clock.system import SystemClock
from adapters.fernet.secret_box import FernetSecretBox
from adapters.random.secrets import RandomSecrets
from application.deliveries import DeliverWebhooks, GetDelivery, ListDeliveries, Redeliver
from application.events import SealEvents
from application.ports.secrets import SecretBox
from application.ports.unit_of_work import UnitsOfWork
from application.ports.webhooks import WebhookSender
from application.webhooks import (
    ChangeWebhook,
    CreateWebhook,
    DeleteWebhook,
    GetWebhook,
    ListWebhooks,
    RotateSecret,
)
from domain.events import Event, EventType
from domain.users import User
from domain.webhooks import Delivery, Webhook
from tests.contracts.sample import keep
from tests.contracts.webhook_sample import deliveries_to, stored_webhook
from tests.unit.sample import Team

SECRETS = RandomSecrets()
BOX = FernetSecretBox(secret_keys=["k" * 32])
_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Post:
    """A message as it arrived."""

    url: str
    headers: dict[str, str]
    body: bytes


class Receivers(WebhookSender):
    """All addresses there are. They keep what is posted, and answer what they are told to, 200 otherwise."""

    def __init__(self) -> None:
        """Know of no message."""
        self.posts: list[Post] = []
        self.arrivals: asyncio.Queue[Post] = asyncio.Queue()
        self.answers: dict[str, list[int | Exception | Callable[[], Awaitable[int]]]] = {}
        self.silent: set[str] = set()

    async def post(self, url: str, *, headers: dict[str, str], body: bytes) -> int:
        """Keep the message and give the next answer of this address; the silent never give one."""
        self.posts.append(Post(url, headers, body))
        self.arrivals.put_nowait(self.posts[-1])
        if url in self.silent:
            await asyncio.Event().wait()
        answers = self.answers.get(url)
        answer = answers.pop(0) if answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, int) else await answer()

    def posted_to(self, webhook: Webhook) -> list[Post]:
        """Return what has arrived there."""
        return [post for post in self.posts if post.url == webhook.url]


@dataclass
class WebhookTeam(Team):
    """A team with webhooks; its clock stands at the present, since receivers refuse what is signed long before."""

    clock: FixedClock = field(default_factory=lambda: FixedClock(SystemClock().now()))
    receivers: Receivers = field(default_factory=Receivers)

    @property
    def create_webhook(self) -> CreateWebhook:
        return CreateWebhook(self.units_of_work, self.clock, SECRETS, BOX)

    @property
    def get_webhook(self) -> GetWebhook:
        return GetWebhook(self.units_of_work)

    @property
    def list_webhooks(self) -> ListWebhooks:
        return ListWebhooks(self.units_of_work)

    @property
    def change_webhook(self) -> ChangeWebhook:
        return ChangeWebhook(self.units_of_work, self.clock)

    @property
    def rotate_secret(self) -> RotateSecret:
        return RotateSecret(self.units_of_work, self.clock, SECRETS, BOX)

    @property
    def delete_webhook(self) -> DeleteWebhook:
        return DeleteWebhook(self.units_of_work, self.clock)

    @property
    def list_deliveries(self) -> ListDeliveries:
        return ListDeliveries(self.units_of_work)

    @property
    def get_delivery(self) -> GetDelivery:
        return GetDelivery(self.units_of_work)

    @property
    def redeliver(self) -> Redeliver:
        return Redeliver(self.units_of_work, self.clock)

    async def has_webhook(self, admin: User, name: str = "one", *types: EventType) -> tuple[Webhook, bytes]:
        """Let an admin add a webhook for new tasks, unless types are given; return it with its secret."""
        wanted = frozenset(types or (EventType.TASK_CREATED,))
        return await self.create_webhook(admin, url=f"https://{name}.example/hooks", types=wanted)

    async def seal(self) -> None:
        """Give what happened its place, and queue it for the webhooks."""
        await SealEvents(self.units_of_work, self.clock)()

    async def happens(self, *types: EventType) -> None:
        """Let things happen, and queue them for the webhooks."""
        await keep(self.units_of_work, *(Event.of(each, 7, actor=None, at=self.clock.now()) for each in types))
        await self.seal()

    async def deliveries(self, webhook: Webhook) -> tuple[Delivery, ...]:
        """Return the deliveries to a webhook, the first first."""
        return await deliveries_to(self.units_of_work, webhook)

    async def stored_webhook(self, webhook: Webhook) -> Webhook | None:
        """Return the webhook as the store has it now."""
        return await stored_webhook(self.units_of_work, webhook.id)

    @asynccontextmanager
    async def delivering(
        self, *, units_of_work: UnitsOfWork | None = None, secret_box: SecretBox = BOX
    ) -> AsyncGenerator[None]:
        """Have an instance deliver; it is stopped at the end."""
        worker = DeliverWebhooks(
            units_of_work or self.units_of_work,
            self.clock,
            self.store.notices,
            self.receivers,
            secret_box,
            version="1.2.3",
        )
        running = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            assert not running.done()
            running.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.wait_for(running, _PATIENCE_SECONDS)

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Return as soon as it is so; whatever is committed is a reason to look."""
        ear = self.store.notices.listen()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not await condition():
                await ear.wait(seconds=_PATIENCE_SECONDS)

    async def until_tried(self, webhook: Webhook, *, attempts: int = 1, deliveries: int = 1) -> list[Delivery]:
        """Return the deliveries to a webhook once so many have been tried so often."""
        tried: list[Delivery] = []

        async def are_tried() -> bool:
            tried[:] = [
                each
                for each in await self.deliveries(webhook)
                if each.attempts >= attempts and each.last_attempt_at == self.clock.now()
            ]
            return len(tried) >= deliveries

        await self.until(are_tried)
        return tried

    async def until_posted(self, webhook: Webhook, count: int) -> None:
        """Return once so many messages have arrived there."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while len(self.receivers.posted_to(webhook)) < count:
                await self.receivers.arrivals.get()

    def wake(self) -> None:
        """Let those who wait know that time has passed."""
        self.store.bell.ring()
