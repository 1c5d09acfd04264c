"""Where the rows of one kind are."""

from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from domain.errors import Stale, Taken


class Entity(Protocol):
    """What the store needs to know of what it keeps."""

    @property
    def id(self) -> int:
        """The key."""
        ...

    @property
    def version(self) -> int:
        """How many states there have been."""
        ...


E = TypeVar("E", bound=Entity)


class Table(dict[int, E], Generic[E]):
    """The entities of one kind, by id."""

    def insert(self, entity: E) -> None:
        """Take in a new entity.

        Raises:
            RuntimeError: its id did not come from `next_id`, for it is in use.
        """
        if entity.id in self:
            raise RuntimeError(f"The id {entity.id} is in use.")
        self[entity.id] = entity

    def replace(self, entity: E) -> None:
        """Put an entity's next state in the place of the current one.

        Raises:
            Stale: the current state is not the one before it.
        """
        self._expect(entity.id, entity.version - 1)
        self[entity.id] = entity

    def confirm(self, entity: E) -> None:
        """Change nothing.

        Raises:
            Stale: the current state is another.
        """
        self._expect(entity.id, entity.version)

    def delete(self, entity: E) -> None:
        """Drop an entity.

        Raises:
            Stale: the current state is another.
        """
        self._expect(entity.id, entity.version)
        del self[entity.id]

    def _expect(self, id: int, version: int) -> None:
        current = self.get(id)
        if current is None or current.version != version:
            raise Stale


class KeyedTable(Table[E]):
    """Entities of which each has a key of its own besides the id."""

    def __init__(self, field: str, key_of: Callable[[E], str]) -> None:
        """Begin with none.

        Args:
            field: what the key is taken from, as people know it.
            key_of: tells an entity's key.
        """
        super().__init__()
        self._field = field
        self._key_of = key_of
        self._ids: dict[str, int] = {}

    def copy(self) -> "KeyedTable[E]":
        """Return a table that can change without this one noticing."""
        copied = KeyedTable(self._field, self._key_of)
        copied.update(self)
        copied._ids.update(self._ids)
        return copied

    def with_keys(self, keys: Iterable[str]) -> dict[str, E]:
        """Return the entities that have one of these keys, by key."""
        return {key: self[self._ids[key]] for key in keys if key in self._ids}

    def insert(self, entity: E) -> None:
        """Take in a new entity.

        Raises:
            Taken: its key belongs to another.
            RuntimeError: its id did not come from `next_id`, for it is in use.
        """
        super().insert(entity)
        self._claim(entity)

    def replace(self, entity: E) -> None:
        """Put an entity's next state in the place of the current one.

        Raises:
            Stale: the current state is not the one before it.
            Taken: its key belongs to another.
        """
        before = self.get(entity.id)
        super().replace(entity)
        if before is not None:
            del self._ids[self._key_of(before)]
        self._claim(entity)

    def delete(self, entity: E) -> None:
        """Drop an entity.

        Raises:
            Stale: the current state is another.
        """
        super().delete(entity)
        del self._ids[self._key_of(entity)]

    def _claim(self, entity: E) -> None:
        if self._ids.setdefault(self._key_of(entity), entity.id) != entity.id:
            raise Taken(self._field)
