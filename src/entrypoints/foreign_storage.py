"""Stores that other packages bring: found by the scheme of DATABASE_URL, as CONTRIBUTING.md describes."""

from importlib.metadata import entry_points
from typing import Final, Protocol, cast

from application.ports.storage import Storage
from domain.errors import Fault
from entrypoints.settings import SettingsError

_GROUP: Final = "satchel.storage"


class OpenStorage(Protocol):
    """What such a package names in the group `satchel.storage` of its entry points, by the scheme of its URLs."""

    def __call__(self, url: str, *, pool_size: int) -> Storage:
        """Return the store at this URL; nothing is connected before it is opened.

        Args:
            url: DATABASE_URL, of which only the scheme has been looked at.
            pool_size: DATABASE_POOL_SIZE, how many connections to hold at most.

        Raises:
            ValueError: the URL cannot be used; the message says what to write, and repeats no password.
        """
        ...


def foreign_schemes() -> set[str]:
    """Return the schemes of URLs that installed packages have a store for."""
    return entry_points(group=_GROUP).names


def foreign_storage(url: str, *, pool_size: int) -> Storage:
    """Return the store that an installed package has for the scheme of this URL.

    Raises:
        SettingsError: it refuses the URL.
    """
    (entry_point,) = entry_points(group=_GROUP, name=scheme_of(url))
    # Whatever a package names: the first thing that is asked of it would tell that it is no store.
    opened = cast("OpenStorage", entry_point.load())
    try:
        return opened(url, pool_size=pool_size)
    except ValueError as error:
        raise SettingsError(Fault("DATABASE_URL", str(error))) from error


def scheme_of(url: str) -> str:
    """Return what a URL begins with, before `://`."""
    return url.partition("://")[0].lower()
