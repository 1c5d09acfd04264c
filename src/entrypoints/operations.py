"""What the operator's commands need beyond what the service does."""

from dependency_injector import providers

from adapters.postgres.binaries import find_clients
from adapters.reflection.service import ReflectedService
from adapters.sql.clients import client_variables, server_major
from adapters.sql.inspection import SqlInspector
from application.adopting.adopt import AdoptOlderService
from application.diagnosis import DiagnoseDatabase
from application.ports.archiving import LogCutter
from entrypoints.container import Container


class Operations(Container):
    """Wires the commands that look at the database, or work on it, from outside the service."""

    client_variables = providers.Callable(client_variables, Container.settings.provided.database_url)
    client_programs = providers.Callable(
        find_clients, providers.Callable(server_major, Container.settings.provided.database_url)
    )
    diagnose_database = providers.Factory(
        DiagnoseDatabase,
        providers.Singleton(
            SqlInspector,
            Container.settings.provided.database_url,
            clock=Container.clock,
            revision=Container.newest_revision,
            listen_url=Container.settings.provided.database_listen_url,
        ),
        Container.clock,
        revision=Container.newest_revision,
        connections=Container.settings.provided.connections_most,
        expects_pooler=Container.settings.provided.is_database_pooled,
        hears_directly=Container.settings.provided.hears_directly,
    )
    older_service = providers.Factory(ReflectedService)
    adopt_older_service = providers.Factory(
        AdoptOlderService, Container.units_of_work, Container.passwords, Container.clock
    )
    # The store in memory has none, and the command that needs it refuses to begin there.
    log_cutter: providers.Provider[LogCutter] = Container.store.provided.log_cutter.call()
