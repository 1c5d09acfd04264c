"""What every repository of users owes. Needs the fixture `units_of_work`: opens units on an empty store."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from application.ports.unit_of_work import UnitsOfWork
from domain.errors import Stale, Taken
from domain.users import USERNAME_MOST, Role, User
from tests.contracts import hostile
from tests.contracts.sample import (
    FIRST_MOMENT,
    GREATEST_ID,
    LAST_MOMENT,
    NOON,
    a_kept_user,
    a_user,
    fields,
    keep,
    race,
    stored_user,
)

SAME_NAMES = [
    ("ada", "ADA"),
    ("straße", "STRASSE"),
    ("Straße", "STRAẞE"),
    ("irmak", "IRMAK"),
    ("\u0131rmak", "IRMAK"),
    ("\u0130rmak", "irmak"),
    ("\u0130rmak", "\u0131rmak"),
    ("jos\u00e9", "JOSE\u0301"),
    ("ς-σίσυφος", "Σ-ΣΊΣΥΦΟΣ"),
    ("ada", "\uff21\uff24\uff21"),
]
SAME_ADDRESSES = [("ada@example.org", "Ada@Example.ORG"), ("o'brien+x@example.org", "O'BRIEN+X@example.org")]
DIFFERENT_NAMES = ["ada", "adá", "a.da", "a_da", "a-da", "adaa", "ad_", "ad.", "αδα"]


async def _create(units_of_work: UnitsOfWork, user: User) -> User:
    async with units_of_work() as uow:
        user = replace(user, id=await uow.users.next_id())
    await keep(units_of_work, user)
    return user


async def _save(units_of_work: UnitsOfWork, user: User) -> User:
    async with units_of_work() as uow:
        uow.users.save(user)
        await uow.commit()
    return user


@pytest.mark.anyio
class UserRepositoryContract:
    """Accounts come back as they were kept, and no two share a name."""

    @hostile.settings
    @given(drawn=hostile.users(), next_state=hostile.users())
    async def test_every_field_reads_back_as_it_was_added_and_as_it_was_saved(
        self, units_of_work: UnitsOfWork, drawn: User, next_state: User
    ) -> None:
        async with units_of_work() as uow:
            user_id = await uow.users.next_id()
            added = _named(drawn, user_id)
            uow.users.add(added)
            await uow.commit()
        assert await stored_user(units_of_work, user_id) == added
        saved = replace(_named(next_state, user_id), created_at=added.created_at, version=added.version + 1)
        await _save(units_of_work, saved)
        assert await stored_user(units_of_work, user_id) == saved

    async def test_the_longest_names_the_greatest_id_and_the_first_and_last_moments_fit(
        self, units_of_work: UnitsOfWork
    ) -> None:
        address = "@".join(("a" * 64, ".".join(("b" * 63, "c" * 63, "d" * 61))))
        user = replace(
            a_user(GREATEST_ID, "\ufdfa" * USERNAME_MOST, email=address),
            password_hash="h" * 1000,
            role=Role.ADMIN,
            created_at=FIRST_MOMENT,
            updated_at=LAST_MOMENT,
            deleted_at=LAST_MOMENT,
        )
        await keep(units_of_work, user)
        assert await stored_user(units_of_work, GREATEST_ID) == user

    async def test_times_read_back_in_utc(self, units_of_work: UnitsOfWork) -> None:
        user = await stored_user(units_of_work, (await a_kept_user(units_of_work)).id)
        assert user is not None
        assert user.created_at.utcoffset() == timedelta(0)

    async def test_an_unknown_id_is_nobody(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_user(units_of_work)
        for unknown in (GREATEST_ID, 0, -1):
            assert await stored_user(units_of_work, unknown) is None

    async def test_many_are_found_at_once_by_their_ids(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work, "ada")
        gone = await _save(units_of_work, replace(ada, deleted_at=NOON, version=ada.version + 1))
        bob, _ = await a_kept_user(units_of_work, "bob"), await a_kept_user(units_of_work, "eve")
        async with units_of_work() as uow:
            found = await uow.users.with_ids([bob.id, gone.id, GREATEST_ID, bob.id, -1])
            assert found == {gone.id: gone, bob.id: bob}
            assert await uow.users.with_ids([]) == {}

    async def test_an_empty_store_knows_nobody(self, units_of_work: UnitsOfWork) -> None:
        async with units_of_work() as uow:
            assert await uow.users.any() is False
            assert await uow.users.get(1) is None
            assert await uow.users.with_username("ada") is None
            assert await uow.users.with_email("ada@example.org") is None
            assert await uow.users.has_admin_besides(1) is False

    @pytest.mark.parametrize(("name", "same"), SAME_NAMES)
    async def test_a_name_is_found_and_taken_however_it_is_spelled(
        self, units_of_work: UnitsOfWork, name: str, same: str
    ) -> None:
        user = await a_kept_user(units_of_work, name)
        async with units_of_work() as uow:
            assert await uow.users.with_username(same) == user
        with pytest.raises(Taken) as refusal:
            await a_kept_user(units_of_work, same)
        assert fields(refusal.value.faults) == ["username"]

    @pytest.mark.parametrize(("address", "same"), SAME_ADDRESSES)
    async def test_an_address_is_found_and_taken_whatever_its_case(
        self, units_of_work: UnitsOfWork, address: str, same: str
    ) -> None:
        user = await a_kept_user(units_of_work, email=address)
        async with units_of_work() as uow:
            assert await uow.users.with_email(same) == user
        with pytest.raises(Taken) as refusal:
            await a_kept_user(units_of_work, email=same)
        assert fields(refusal.value.faults) == ["email"]

    async def test_different_names_and_accounts_without_address_live_side_by_side(
        self, units_of_work: UnitsOfWork
    ) -> None:
        users = [await a_kept_user(units_of_work, name) for name in DIFFERENT_NAMES]
        async with units_of_work() as uow:
            assert [await uow.users.with_username(name) for name in DIFFERENT_NAMES] == users

    @pytest.mark.parametrize("sought", ["%", "_da", "a%", "ad\\a", "'", "", " ada", "ada "])
    async def test_a_name_is_sought_as_plain_text(self, units_of_work: UnitsOfWork, sought: str) -> None:
        await a_kept_user(units_of_work, "ada", email="ada@example.org")
        async with units_of_work() as uow:
            assert await uow.users.with_username(sought) is None
            assert await uow.users.with_email(sought) is None

    async def test_a_name_cannot_be_changed_to_one_that_is_taken(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_user(units_of_work, "ada", email="ada@example.org")
        bob = await a_kept_user(units_of_work, "bob", email="bob@example.org")
        with pytest.raises(Taken) as refusal:
            await _save(units_of_work, replace(bob, username="Ada", version=2))
        assert fields(refusal.value.faults) == ["username"]
        with pytest.raises(Taken) as refusal:
            await _save(units_of_work, replace(bob, email="ADA@example.org", version=2))
        assert fields(refusal.value.faults) == ["email"]
        assert await stored_user(units_of_work, bob.id) == bob

    async def test_a_name_may_change_its_own_case_and_frees_the_old_one(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work, "ada")
        ada = await _save(units_of_work, replace(ada, username="Ada", version=2))
        ada = await _save(units_of_work, replace(ada, username="grace", version=3))
        newcomer = await a_kept_user(units_of_work, "ADA")
        async with units_of_work() as uow:
            assert await uow.users.with_username("ada") == newcomer
            assert await uow.users.with_username("Grace") == ada

    async def test_a_deleted_user_is_found_and_keeps_the_names(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work, "ada", email="ada@example.org")
        ada = await _save(units_of_work, replace(ada, deleted_at=NOON, version=2))
        async with units_of_work() as uow:
            assert await uow.users.get(ada.id) == ada
            assert await uow.users.with_username("ada") == ada
            assert await uow.users.with_email("ada@example.org") == ada
            assert await uow.users.any() is True
        with pytest.raises(Taken):
            await a_kept_user(units_of_work, "Ada")

    async def test_a_state_that_is_not_the_next_one_is_stale(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        for version in (1, 3):
            with pytest.raises(Stale):
                await _save(units_of_work, replace(user, role=Role.ADMIN, version=version))
        with pytest.raises(Stale):
            await _save(units_of_work, a_user(GREATEST_ID).with_password_hash("other"))
        assert await stored_user(units_of_work, user.id) == user

    async def test_of_twenty_racing_changes_exactly_one_is_kept(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        winners, losers = await race(
            _save(units_of_work, user.with_password_hash(f"hash-{number}")) for number in range(20)
        )
        assert winners == [await stored_user(units_of_work, user.id)]
        assert {type(loser) for loser in losers} == {Stale}

    async def test_no_id_is_given_twice(self, units_of_work: UnitsOfWork) -> None:
        async def next_id() -> int:
            async with units_of_work() as uow:
                return await uow.users.next_id()

        ids = await asyncio.gather(*(next_id() for _ in range(200)))
        assert len(set(ids)) == 200
        assert min(ids) >= 1

    async def test_an_admin_besides_is_another_admin_who_may_enter(self, units_of_work: UnitsOfWork) -> None:
        async def has_admin_besides(user: User) -> bool:
            async with units_of_work() as uow:
                return await uow.users.has_admin_besides(user.id)

        ada = await _create(units_of_work, replace(a_user(1, "ada"), role=Role.ADMIN))
        bob = await _create(units_of_work, replace(a_user(1, "bob"), role=Role.MANAGER))
        assert await has_admin_besides(ada) is False
        assert await has_admin_besides(bob) is True
        for name, kept_out in (
            ("waiting", {"is_approved": False}),
            ("switched-off", {"is_active": False}),
            ("deleted", {"deleted_at": NOON}),
        ):
            await _create(units_of_work, replace(a_user(1, name), role=Role.ADMIN, **kept_out))
            assert await has_admin_besides(ada) is False
        await _save(units_of_work, replace(bob, role=Role.ADMIN, version=2))
        assert await has_admin_besides(ada) is True
        assert await has_admin_besides(bob) is True


def _named(user: User, id: int) -> User:
    # Unique whatever was drawn: the last hyphen parts the drawn name from the id.
    return replace(
        user, id=id, username=f"{user.username}-{id}", email=None if user.email is None else f"{id}.{user.email}"
    )
