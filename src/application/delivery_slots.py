"""How many webhooks an instance tells at once, so that those that fail leave room for those that answer."""

import asyncio
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_MOST: Final = 20
# Of one webhook; its slow answers hold up no others then, unless there are many such webhooks.
_EACH: Final = 4
_FAILING_MOST: Final = _MOST // 2
_FAILING_EACH: Final = 1
# Claimed at once, so that a webhook with room for so many can be asked for.
_CLAIMED_EACH: Final = 2


class Room(NamedTuple):
    """What there is room for, as `WebhookRepository.claim` wants to know it.

    Attributes:
        limit: for how many deliveries.
        each: for how many to one webhook.
        but: to which webhooks for none.
    """

    limit: int
    each: int
    but: Collection[int]


@dataclass(slots=True)
class DeliverySlots:
    """The deliveries under way in one instance, and the webhooks that it found failing when it told them last.

    An attempt that gets no answer holds its slot for long. So a webhook whose last attempt failed has one at a
    time, and all of them together have half of the slots, until they succeed; one never tried counts as well.

    Attributes:
        under_way: the webhook that each task tells.
        failing: the webhooks whose last attempt failed.
    """

    under_way: dict[asyncio.Task[None], int] = field(default_factory=dict[asyncio.Task[None], int])
    failing: set[int] = field(default_factory=set[int])

    def take(self, task: asyncio.Task[None], *, webhook_id: int) -> None:
        """Give the task a slot until it has finished."""
        self.under_way[task] = webhook_id
        task.add_done_callback(self.under_way.pop)

    def note(self, webhook_id: int, *, succeeded: bool) -> None:
        """Remember how the last attempt at a webhook went."""
        (self.failing.discard if succeeded else self.failing.add)(webhook_id)

    def room(self) -> Room:
        """Return what there is room for now; those that fail are left out once they have their half."""
        counts = Counter(self.under_way.values())
        free = _MOST - counts.total()
        free_for_failing = _FAILING_MOST - sum(counts[webhook_id] for webhook_id in self.failing)
        # A claim may bring none but failing ones, so where it may bring any it is bounded as they are.
        with_failing = bool(self.failing) and free_for_failing > 0
        limit, each = (min(free, free_for_failing), _FAILING_EACH) if with_failing else (free, _CLAIMED_EACH)
        most = {**dict.fromkeys(counts, _EACH), **dict.fromkeys(self.failing, _FAILING_EACH)}
        full = [webhook_id for webhook_id in most if counts[webhook_id] + each > most[webhook_id]]
        return Room(limit, each, but=full)
