"""The public keys that the service tells, and a change of keys that signs nobody out."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import jwt
import pytest

from adapters.memory.storage import InMemoryStorage
from domain.users import Role
from entrypoints.container import Container
from tests.contracts.http_accounts import ME, is_in, refresh
from tests.contracts.http_service import SECRET_KEY, Person, Service, client, document, problem, serving
from tests.contracts.http_wiring import put
from tests.unit.jwt_forging import ED25519_KEY, OTHER_PRIVATE_KEY, PRIVATE_KEY, PUBLIC_PEM, private_pem

JWKS = "/.well-known/jwks.json"

pytestmark = pytest.mark.anyio


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with two private keys, and the public half of the first."""
    (tmp_path / "one.pem").write_bytes(private_pem(PRIVATE_KEY))
    (tmp_path / "one-public.pem").write_bytes(PUBLIC_PEM)
    (tmp_path / "two.pem").write_bytes(private_pem(OTHER_PRIVATE_KEY))
    return tmp_path


class TestPublicKeys:
    """`/.well-known/jwks.json`, for whoever wants to check an access token without asking."""

    async def test_an_access_token_can_be_checked_with_them(self, keys: Path) -> None:
        async with serving(keys, {"SIGNING_KEY_FILE": "one.pem"}) as service:
            person = await service.joins("ada")
            (key,) = document(await service.http.get(JWKS))["keys"]
            claims = jwt.decode(
                person.access_token, jwt.PyJWK(key), algorithms=["EdDSA"], audience="satchel", issuer="satchel"
            )
            assert claims["user_id"] == person.id
            assert jwt.get_unverified_header(person.access_token)["kid"] == key["kid"]

    async def test_they_hold_what_the_standards_name_and_nothing_private(self, keys: Path) -> None:
        async with serving(keys, {"SIGNING_KEY_FILE": "one.pem"}) as service:
            response = await service.http.get(JWKS)
        assert response.headers["content-type"] == "application/jwk-set+json"
        assert response.headers["cache-control"] == "public, max-age=300"
        (key,) = document(response)["keys"]
        assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
        assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("OKP", "Ed25519", "sig", "EdDSA")
        assert key["kid"] == ED25519_KEY.kid

    async def test_the_one_that_signs_comes_first_and_former_ones_follow(self, keys: Path) -> None:
        variables = {"SIGNING_KEY_FILE": "two.pem", "SIGNING_KEY_FILE_PREVIOUS": "one-public.pem,one.pem,two.pem"}
        async with serving(keys, variables) as service:
            person = await service.joins("ada")
            current, former = document(await service.http.get(JWKS))["keys"]
        assert jwt.get_unverified_header(person.access_token)["kid"] == current["kid"]
        assert former["kid"] == ED25519_KEY.kid

    async def test_where_a_secret_signs_there_are_none(self, keys: Path) -> None:
        async with serving(keys, {}) as service:
            problem(await service.http.get(JWKS), 404, "not-found")

    async def test_they_are_told_to_scripts_of_other_origins_and_to_caches_whoever_asks(self, keys: Path) -> None:
        variables = {"SIGNING_KEY_FILE": "one.pem", "CORS_ORIGINS": "https://app.example.org"}
        async with serving(keys, variables) as service:
            headers = {"Origin": "https://app.example.org", "Authorization": "Bearer nonsense"}
            response = await service.http.get(JWKS, headers=headers)
            head = await service.http.head(JWKS)
        assert response.headers["access-control-allow-origin"] == "https://app.example.org"
        assert response.headers["cache-control"] == "public, max-age=300"
        assert response.headers["vary"] == "Origin"
        assert (head.status_code, head.content) == (200, b"")


class TestChangeOfKeys:
    """One store, served with one set of keys after another."""

    STEPS: Mapping[str, Mapping[str, str]] = {
        "a secret": {},
        "a key": {"SIGNING_KEY_FILE": "one.pem", "SECRET_KEY_PREVIOUS": SECRET_KEY},
        "another key": {
            "SIGNING_KEY_FILE": "two.pem",
            "SIGNING_KEY_FILE_PREVIOUS": "one-public.pem",
            "SECRET_KEY_PREVIOUS": SECRET_KEY,
        },
        "the secret again": {"SIGNING_KEY_FILE_PREVIOUS": "one.pem,two.pem"},
    }
    ALGORITHMS = ("HS256", "EdDSA", "EdDSA", "HS256")

    async def test_the_same_tokens_work_at_every_step(self, keys: Path) -> None:
        store = InMemoryStorage()
        visitors: list[Person] = []
        spare: list[Person] = []
        for step, (variables, algorithm) in enumerate(zip(self.STEPS.values(), self.ALGORITHMS, strict=True)):
            async with _restarted(store, keys, variables) as service:
                visitor = await service.joins(f"visitor-{step}")
                assert jwt.get_unverified_header(visitor.access_token)["alg"] == algorithm
                visitors.append(visitor)
                # A second session, whose refresh token waits until the end.
                spare.append(await service.signs_in(visitor.username))
                for each in visitors:
                    assert await _opens(service, each)
        async with _restarted(store, keys, self.STEPS["the secret again"]) as service:
            for each in spare:
                response = await refresh(service, each.refresh_token)
                assert response.status_code == 200
                assert await is_in(service.person(document(response)))

    async def test_a_session_is_renewed_from_key_to_key(self, keys: Path) -> None:
        store = InMemoryStorage()
        async with _restarted(store, keys, {}) as service:
            person = await service.joins("ada", Role.MANAGER)
        for variables, algorithm in zip(self.STEPS.values(), self.ALGORITHMS, strict=True):
            async with _restarted(store, keys, variables) as service:
                person = service.person(document(await refresh(service, person.refresh_token)))
                assert jwt.get_unverified_header(person.refresh_token)["alg"] == algorithm
                assert await is_in(person)

    async def test_a_secret_that_is_not_listed_as_a_former_one_ends_its_tokens(self, keys: Path) -> None:
        store = InMemoryStorage()
        async with _restarted(store, keys, {}) as service:
            person = await service.joins("ada")
        async with _restarted(store, keys, {"SIGNING_KEY_FILE": "one.pem"}) as service:
            assert not await _opens(service, person)
            problem(await refresh(service, person.refresh_token), 401, "unauthenticated")
            assert await is_in(await service.signs_in("ada"))

    async def test_files_that_change_while_the_service_runs_change_nothing(self, keys: Path) -> None:
        async with serving(keys, {"SIGNING_KEY_FILE": "one.pem"}) as service:
            (keys / "one.pem").unlink()
            person = await service.joins("ada")
            assert await is_in(person)


class TestWhereATokenIsLookedFor:
    """In its header, and nowhere else."""

    @pytest.mark.parametrize("name", ["access_token", "accessToken", "token", "jwt", "bearer", "Authorization"])
    async def test_a_token_elsewhere_is_ignored(self, service: Service, ada: Person, name: str) -> None:
        for value in (ada.access_token, f"Bearer {ada.access_token}"):
            refused = await service.http.get(ME, params={name: value})
            problem(refused, 401, "unauthenticated")
            assert refused.headers["www-authenticate"] == "Bearer"
            problem(await service.http.get(ME, headers={"Cookie": f"{name}={value}"}), 401, "unauthenticated")

    async def test_a_token_in_the_query_changes_nothing_for_who_is_signed_in(
        self, service: Service, ada: Person
    ) -> None:
        other = await service.joins("bob")
        response = await ada.http.get(ME, params={"access_token": other.access_token})
        assert document(response)["username"] == "ada"


async def _opens(service: Service, person: Person) -> bool:
    async with client(service.app, headers={"Authorization": f"Bearer {person.access_token}"}) as http:
        return (await http.get(ME)).status_code == 200


@asynccontextmanager
async def _restarted(store: InMemoryStorage, keys: Path, variables: Mapping[str, str]) -> AsyncGenerator[Service]:
    def with_store(container: Container) -> None:
        put(store, container.store)

    async with serving(keys, variables, prepare=with_store) as service:
        yield service
