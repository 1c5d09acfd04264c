"""A store with everything that the service asks of it: what whoever brings a store of their own provides."""

from typing import Protocol

from application.ports.notices import Notices
from application.ports.rate_limits import RequestCounts
from application.ports.session_directory import SessionDirectory
from application.ports.store import Store
from application.ports.throttle import Throttle
from application.ports.unit_of_work import UnitOfWork


class Storage(Store, Protocol):
    """What keeps the data, and all ways to it.

    Instances of the service that share a store share what is counted and told there, too.

    Attributes:
        session_directory: tells who is behind a session.
        notices: wakes those who follow what is committed.
        throttle: counts tries at what may be tried so often only.
        request_counts: adds up the requests of callers.
    """

    session_directory: SessionDirectory
    notices: Notices
    throttle: Throttle
    request_counts: RequestCounts

    def unit_of_work(self) -> UnitOfWork:
        """Return a new unit of work; it opens nothing before it is entered."""
        ...
