"""What is counted inside the hexagon, as families."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from application.auth import SUCCEEDED
from application.ports.load import Load
from domain.errors import AccountDisabled, ApprovalPending, TooManyRequests, Unauthenticated, Unavailable
from domain.webhooks import DeliveryStatus
from entrypoints.container import Container
from entrypoints.metrics.families import Family, counter, gauge, gauges

# A series that begins with its first 1 has no increase that could be seen.
_NO_SIGN_INS: Final = dict.fromkeys(
    (
        SUCCEEDED,
        Unauthenticated.slug,
        TooManyRequests.slug,
        ApprovalPending.slug,
        AccountDisabled.slug,
        Unavailable.slug,
    ),
    0,
)
_NO_ATTEMPTS: Final = {status.value: 0 for status in DeliveryStatus}


def telling_inside(container: Container) -> Callable[[], Iterator[Family]]:
    """Return what tells of the use cases and adapters of this container."""

    def families() -> Iterator[Family]:
        sign_ins = (container.sign_in(), container.sign_in_browser(), container.sign_in_remembered())
        yield counter(
            "satchel_sign_ins_total",
            "Tries to sign in, by outcome: succeeded, or the problem that was answered.",
            "outcome",
            _total([_NO_SIGN_INS, *(sign_in.outcomes for sign_in in sign_ins)]),
        )
        yield counter(
            "satchel_rate_limit_refusals_total",
            "Requests refused because there were too many of them, by whose they were counted as.",
            "policy",
            container.request_limit().refusals,
        )
        yield counter(
            "satchel_events_sealed_total",
            "Events given their place in the log, by type.",
            "type",
            container.seal_events().sealed,
        )
        yield counter(
            "satchel_webhook_attempts_total",
            "Tries to tell a webhook, by what became of the delivery.",
            "outcome",
            _total([_NO_ATTEMPTS, container.deliver_webhooks().outcomes]),
        )
        yield gauge(
            "satchel_event_followers", "Streams and sockets that follow events.", container.event_feed().followers
        )
        pools = container.store().loads()
        yield from _loads("satchel_database", "Connections, or places in a pipeline,", "pool", pools)
        work = {"passwords": container.passwords().load(), "imports": container.import_cheats().turns.load()}
        yield from _loads("satchel_work", "Places for heavy work", "kind", work)

    return families


def _loads(prefix: str, what: str, label: str, loads: Mapping[str, Load]) -> Iterator[Family]:
    busy = {name: load.busy for name, load in loads.items()}
    most = {name: load.most for name, load in loads.items()}
    yield gauges(f"{prefix}_busy", f"{what} in use.", label, busy)
    yield gauges(f"{prefix}_most", f"{what} that there are.", label, most)


def _total(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in counts:
        for name, count in each.items():
            total[name] = total.get(name, 0) + count
    return total
