"""The in-memory store keeps every promise of its ports."""

import pytest

from adapters.memory.notices import InMemoryNotices
from adapters.memory.session_directory import InMemorySessionDirectory
from adapters.memory.storage import InMemoryStorage
from application.ports.notices import Notices
from application.ports.session_directory import SessionDirectory
from application.ports.unit_of_work import UnitsOfWork
from domain.errors import Unavailable
from tests.contracts.cheat_bags import CheatBagContract
from tests.contracts.cheat_keys import CheatKeyContract
from tests.contracts.cheat_lists import CheatListContract
from tests.contracts.cheat_search import CheatSearchContract
from tests.contracts.cheats import CheatRepositoryContract
from tests.contracts.events import EventRepositoryContract
from tests.contracts.idempotency import KeptAnswerContract
from tests.contracts.locks import LockContract
from tests.contracts.notices import NoticesContract
from tests.contracts.post_lists import PostListContract
from tests.contracts.post_search import PostSearchContract
from tests.contracts.posts import PostRepositoryContract
from tests.contracts.sample import a_kept_user, keep
from tests.contracts.sealing import SealingContract
from tests.contracts.search import SearchContract, SearchOrderContract
from tests.contracts.session_directory import SessionDirectoryContract
from tests.contracts.sessions import SessionRepositoryContract
from tests.contracts.store import StoreContract
from tests.contracts.task_lists import TaskListContract
from tests.contracts.task_search import TaskSearchContract
from tests.contracts.tasks import TaskRepositoryContract
from tests.contracts.taxonomy import TagRepositoryContract
from tests.contracts.taxonomy_deletion import TagDeletionContract
from tests.contracts.taxonomy_lists import TagListContract
from tests.contracts.unit_of_work import UnitOfWorkContract
from tests.contracts.user_lists import UserListContract
from tests.contracts.user_search import UserSearchContract
from tests.contracts.users import UserRepositoryContract


@pytest.fixture
def store() -> InMemoryStorage:
    return InMemoryStorage()


@pytest.fixture
def units_of_work(store: InMemoryStorage) -> UnitsOfWork:
    return store.unit_of_work


@pytest.fixture
def others_units_of_work(store: InMemoryStorage) -> UnitsOfWork:
    return store.unit_of_work


class TestInMemoryStore(StoreContract):
    """The store as a whole."""


class TestInMemoryUnitOfWork(UnitOfWorkContract):
    """The unit of work."""

    async def test_an_id_of_ones_own_making_that_is_in_use_is_a_bug_and_says_so(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)
        with pytest.raises(RuntimeError):
            await keep(units_of_work, user)


class TestInMemoryLocks(LockContract):
    """The locks that units of work take."""

    async def test_who_waits_too_long_for_a_lock_is_told_to_come_back(
        self, units_of_work: UnitsOfWork, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with units_of_work() as holder:
            await holder.lock("admins")
            monkeypatch.setattr(InMemoryStorage, "lock_seconds", 0.01)
            async with units_of_work() as waiting:
                with pytest.raises(Unavailable):
                    await waiting.lock("admins")
            monkeypatch.undo()
        async with units_of_work() as waiting:
            await waiting.lock("admins")


class TestInMemoryUsers(UserRepositoryContract):
    """Accounts."""


class TestInMemoryUserLists(UserListContract):
    """Accounts in lists."""


class TestInMemoryUserSearch(UserSearchContract):
    """Accounts searched for."""


class TestInMemorySessions(SessionRepositoryContract):
    """Sign-ins."""


class TestInMemorySessionDirectory(SessionDirectoryContract):
    """Who is behind a session."""

    @pytest.fixture
    def session_directory(self, store: InMemoryStorage) -> SessionDirectory:
        return InMemorySessionDirectory(store)


class TestInMemoryTasks(TaskRepositoryContract):
    """Tasks one by one."""


class TestInMemoryTaskLists(TaskListContract):
    """Tasks in lists."""


class TestInMemoryTaskSearch(TaskSearchContract):
    """Tasks searched for."""


class TestInMemoryCheats(CheatRepositoryContract):
    """Cheats one by one."""


class TestInMemoryCheatKeys(CheatKeyContract):
    """Cheats by key and title."""


class TestInMemoryCheatLists(CheatListContract):
    """Cheats in lists."""


class TestInMemoryCheatSearch(CheatSearchContract):
    """Cheats searched for."""


class TestInMemoryCheatBags(CheatBagContract):
    """Cheats in bags."""


class TestInMemoryPosts(PostRepositoryContract):
    """Posts."""


class TestInMemoryPostLists(PostListContract):
    """Posts in lists."""


class TestInMemoryPostSearch(PostSearchContract):
    """Posts searched for."""


class TestInMemoryTags(TagRepositoryContract):
    """Platforms and topics one by one."""


class TestInMemoryTagDeletion(TagDeletionContract):
    """Platforms and topics that go."""


class TestInMemoryTagLists(TagListContract):
    """Platforms and topics in lists."""


class TestInMemorySearch(SearchContract):
    """Everything searched for at once."""


class TestInMemorySearchOrder(SearchOrderContract):
    """In what order it is found."""


class TestInMemoryEvents(EventRepositoryContract):
    """The log of what happened."""


class TestInMemorySealing(SealingContract):
    """How events get their places in it."""


class TestInMemoryNotices(NoticesContract):
    """Who is woken by commits."""

    @pytest.fixture
    def notices(self, store: InMemoryStorage) -> Notices:
        return InMemoryNotices(store)


class TestInMemoryKeptAnswers(KeptAnswerContract):
    """Answers to requests that may be sent again."""
