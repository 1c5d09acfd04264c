"""What commands need beyond what the service does for those who use it."""

from dependency_injector import providers

from adapters.postgres.binaries import find_clients
from adapters.reflection.service import ReflectedService
from adapters.sql.clients import client_variables, server_major
from adapters.sql.inspection.inspector import SqlInspector
from adapters.sql.migration import current, move
from application.adopting.adopt import AdoptOlderService
from application.diagnosis.database import DiagnoseDatabase
from application.events import VerifyLog
from application.passwords import SetPassword
from application.ports.archiving import LogCutter
from application.seed import SeedDemo
from application.users import HasUsers
from entrypoints.container import Container


class Operations(Container):
    """Wires the commands of operators, who ask no service for leave."""

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
            read_url=Container.settings.provided.database_read_url,
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
    current_revision = providers.Callable(current, Container.settings.provided.database_url)
    move_schema = providers.Callable(move, Container.settings.provided.database_url)
    has_users = providers.Factory(HasUsers, Container.units_of_work)
    set_password = providers.Factory(
        SetPassword,
        Container.units_of_work,
        Container.passwords,
        Container.clock,
        Container.password_policy,
        Container.guess_limit,
    )
    verify_log = providers.Factory(VerifyLog, Container.units_of_work)
    seed_demo = providers.Factory(SeedDemo, Container.units_of_work, Container.passwords, Container.clock)
    # PostgreSQL alone has one, and the command that needs it refuses to begin elsewhere.
    log_cutter: providers.Provider[LogCutter] = Container.store.provided.log_cutter.call()
