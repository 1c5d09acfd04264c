"""The form in which the demo's cheats are written down."""

from typing import NamedTuple


class DemoCheat(NamedTuple):
    """Something these people know.

    Attributes:
        key: fixed, so that exports of two demos are alike.
        owner: the username of who wrote it, and has it in their bag.
        notes: a paragraph; where its lines end does not matter.
        code: indented to its place in the source, which is taken away with the blank lines around it.
        also_in_bag_of: usernames of others who keep it in their bag.
    """

    key: str
    title: str
    language: str
    platforms: tuple[str, ...]
    topics: tuple[str, ...]
    owner: str
    notes: str
    code: str
    also_in_bag_of: tuple[str, ...] = ()
