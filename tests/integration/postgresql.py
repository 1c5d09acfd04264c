"""Which PostgreSQL the integration tests run on, and databases of their own on it."""

import gc
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import docker  # type: ignore[import-untyped] # docker brings no types
import docker.errors  # type: ignore[import-untyped] # the same
import psycopg
import pytest
from psycopg import sql
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config

from adapters.postgres.server import EmbeddedPostgres

IMAGE = os.environ.get("TEST_POSTGRES_IMAGE", "postgres:18-alpine")
_PROBE_SECONDS = 3
_MEMORY = Path("/dev/shm")  # noqa: S108  # what is made in it has a name that nobody can know
_ROOM = 8 << 30


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL; `url` is of a database to connect to for creating others, and is never written to."""

    url: str
    kind: str
    version: str


@contextmanager
def running_server() -> Generator[Server]:
    """Yield the first that is to be had: TEST_DATABASE_URL, a container, Satchel's embedded server.

    TEST_POSTGRES=docker or TEST_POSTGRES=embedded insists on one of the latter two.
    """
    wish = os.environ.get("TEST_POSTGRES", "")
    if wish not in {"", "docker", "embedded"}:
        pytest.exit(f"TEST_POSTGRES is {wish!r}: write docker, embedded or nothing.", returncode=4)
    given = os.environ.get("TEST_DATABASE_URL")
    if given and not wish:
        yield _server(given, "TEST_DATABASE_URL")
        return
    container = "not wanted" if wish == "embedded" else _started_container()
    if isinstance(container, PostgresContainer):
        try:
            yield _server(container.get_connection_url(), f"container of {IMAGE}")
        finally:
            _stop(container)
    elif wish == "docker":
        pytest.exit(f"TEST_POSTGRES=docker, but there is no container to be had: {container}", returncode=4)
    else:
        with tempfile.TemporaryDirectory(
            prefix="satchel-test-", dir=_folder_in_memory(), ignore_cleanup_errors=True
        ) as directory:
            embedded = EmbeddedPostgres(Path(directory))
            try:
                yield _server(embedded.start(), f"embedded server (container: {container})")
            finally:
                embedded.stop()


@contextmanager
def new_database(server: Server, *, template: str | None = None) -> Generator[str]:
    """Yield the URL of a database that nobody else knows, empty or a copy; it is dropped afterwards."""
    name = f"satchel_test_{secrets.token_hex(6)}"
    # To copy the files takes less than to write each page to the log first.
    copied = sql.SQL(" STRATEGY file_copy")
    source = copied if template is None else sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) + copied
    with psycopg.connect(server.url, autocommit=True) as connection:
        try:
            connection.execute(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(name), source))
        except psycopg.errors.InsufficientPrivilege:
            pytest.exit(
                f"The role {connection.info.user} may not create databases, and tests want their own. "
                f"Run: ALTER ROLE {connection.info.user} CREATEDB",
                returncode=4,
            )
    try:
        yield urlsplit(server.url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def database_name(url: str) -> str:
    """Return the name of the database that a URL leads to."""
    return urlsplit(url).path.removeprefix("/")


def _folder_in_memory() -> Path | None:
    """Return where hundreds of databases of hundreds of files each come and go quickly, if there is room."""
    try:
        return _MEMORY if shutil.disk_usage(_MEMORY).free > _ROOM else None
    except OSError:
        return None


def _server(url: str, kind: str) -> Server:
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            return Server(url, kind, connection.info.parameter_status("server_version") or "unknown")
    except psycopg.OperationalError as error:
        pytest.exit(f"The PostgreSQL of {kind} does not answer: {error}", returncode=4)


def _started_container() -> PostgresContainer | str:
    """Return a container that takes connections, or why there is none."""
    with warnings.catch_warnings():
        # Docker's client leaves its socket to the garbage collector when there is no daemon.
        warnings.simplefilter("ignore", ResourceWarning)
        obstacle = _daemon_obstacle()
        gc.collect()
    if obstacle is not None:
        return f"no Docker daemon: {obstacle}"
    # The container is stopped below; its watchdog would be one more image to fetch.
    testcontainers_config.ryuk_disabled = True
    try:
        # All named, or the environment's POSTGRES_USER and the like would be taken.
        container = PostgresContainer(IMAGE, username="test", password="test", dbname="test", driver=None)
    except Exception as error:
        return f"{IMAGE} is not to be had: {error}"
    try:
        return container.start()
    except Exception as error:
        _stop(container)
        return f"{IMAGE} does not start: {error}"
    except BaseException:
        _stop(container)
        raise


def _daemon_obstacle() -> str | None:
    try:
        client = docker.from_env(timeout=_PROBE_SECONDS)
        client.ping()  # pyright: ignore[reportUnknownMemberType] - docker brings no types
    except (docker.errors.DockerException, OSError) as error:
        return str(error)
    client.close()
    return None


def _stop(container: PostgresContainer) -> None:
    container.stop()
    container.get_docker_client().client.close()
