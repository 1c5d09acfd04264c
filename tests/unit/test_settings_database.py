"""Settings: which database is taken, and which is refused."""

from pathlib import Path

import pytest

from tests.unit.settings_reading import PRODUCTION, FaultsOf, Load, faults_in, loading_in


@pytest.fixture
def load(tmp_path: Path) -> Load:
    return loading_in(tmp_path)


@pytest.fixture
def faults_of(tmp_path: Path) -> FaultsOf:
    return faults_in(tmp_path)


class TestDatabaseUrl:
    """`DATABASE_URL` is libpq's form of a URL, or the in-memory store."""

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://localhost/satchel",
            "postgresql://ada:p%40ss@db:5433/satchel?sslmode=require",
            "postgresql:///satchel?host=/run/postgresql",
            "postgresql://ada@[::1]/satchel",
        ],
    )
    def test_a_postgresql_url_is_taken_as_it_is(self, load: Load, url: str) -> None:
        assert load(DATABASE_URL=url).database_url == url

    def test_memory_is_taken_outside_production(self, load: Load) -> None:
        assert load(DATABASE_URL="memory://").store_kind == "memory"

    @pytest.mark.parametrize(
        "url",
        ["sqlite:///x.db", "mysql://a:hunter2@b/c", "postgresql+psycopg://a:hunter2@b/c", "hunter2", "memory://x"],
    )
    def test_anything_else_is_refused_with_what_to_write(self, faults_of: FaultsOf, url: str) -> None:
        message = faults_of(DATABASE_URL=url)["DATABASE_URL"]
        assert "postgresql://USER:PASSWORD@HOST" in message
        assert "hunter2" not in message

    def test_the_short_scheme_is_refused_with_the_long_one(self, faults_of: FaultsOf) -> None:
        message = faults_of(DATABASE_URL="postgres://ada:hunter2@db/satchel")["DATABASE_URL"]
        assert message == "write postgresql://ada:********@db/satchel"

    @pytest.mark.parametrize("password", ["hunt/er2", "hunt#er2", "hunt?er2", "hunt[er2"])
    def test_a_password_that_breaks_the_url_is_refused_unseen(self, faults_of: FaultsOf, password: str) -> None:
        message = faults_of(DATABASE_URL=f"postgresql://ada:{password}@db/satchel")["DATABASE_URL"]
        assert "percent-encoded" in message
        assert "er2" not in message

    @pytest.mark.parametrize("port", ["x", "70000", "0", "9" * 5000])
    @pytest.mark.parametrize("user", ["", "ada:hunt@"])
    def test_a_port_that_is_none_is_refused_as_such(self, faults_of: FaultsOf, user: str, port: str) -> None:
        message = faults_of(DATABASE_URL=f"postgresql://{user}db:{port}/satchel")["DATABASE_URL"]
        assert message == "the port after the host must be a whole number from 1 to 65535"

    def test_a_password_that_looks_like_a_port_is_told_as_a_password(self, faults_of: FaultsOf) -> None:
        message = faults_of(DATABASE_URL="postgresql://ada:70000/x@db/satchel")["DATABASE_URL"]
        assert "percent-encoded" in message

    def test_memory_goes_with_one_worker_only(self, faults_of: FaultsOf) -> None:
        assert set(faults_of(DATABASE_URL="memory://", WORKERS="2")) == {"WORKERS"}

    @pytest.mark.parametrize("url", ["", "memory://"])
    def test_production_needs_a_real_one(self, faults_of: FaultsOf, url: str) -> None:
        assert set(faults_of(**PRODUCTION | {"DATABASE_URL": url})) == {"DATABASE_URL"}


class TestDatabaseReadUrl:
    """`DATABASE_READ_URL` leads to one replica of the server of `DATABASE_URL`."""

    def test_it_is_taken_as_it_is(self, load: Load) -> None:
        url = "postgresql://ada:a,b@replica:5433/satchel"
        assert load(DATABASE_URL="postgresql://db/satchel", DATABASE_READ_URL=url).database_read_url == url

    @pytest.mark.parametrize(
        ("url", "message"),
        [
            ("mysql://a:hunter2@b/c", "must be postgresql://USER:PASSWORD@HOST:5432/NAME"),
            ("postgresql://a:hunt[er2@b/c", "is no valid URL"),
            ("postgresql://a:hunter2@b,c/d", "must lead to one server"),
        ],
    )
    def test_what_leads_elsewhere_is_refused_unseen(self, faults_of: FaultsOf, url: str, message: str) -> None:
        said = faults_of(DATABASE_URL="postgresql://db/satchel", DATABASE_READ_URL=url)["DATABASE_READ_URL"]
        assert said.startswith(message)
        assert "er2" not in said

    @pytest.mark.parametrize("url", ["", "memory://"])
    def test_without_a_server_of_ones_own_there_is_no_replica_of_it(self, faults_of: FaultsOf, url: str) -> None:
        assert set(faults_of(DATABASE_URL=url, DATABASE_READ_URL="postgresql://replica/satchel")) == {
            "DATABASE_READ_URL"
        }

    def test_its_password_is_masked(self, load: Load) -> None:
        shown = load(
            DATABASE_URL="postgresql://db/satchel", DATABASE_READ_URL="postgresql://ada:hunter2@replica/satchel"
        ).masked()
        assert shown["DATABASE_READ_URL"] == "postgresql://ada:********@replica/satchel"
