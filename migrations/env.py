"""What Alembic runs for every command: connects, and lets one migrator at a time do its work."""

import os
from logging.config import fileConfig

from alembic import context
from alembic.util import CommandError

from adapters.sql.cheat_tables import cheats
from adapters.sql.migration import exclusive_connection
from adapters.sql.webhook_tables import webhooks

config = context.config
# One and the same for all tables, which are in it once their modules are imported.
(metadata,) = {cheats.metadata, webhooks.metadata}
# Only the plain `alembic` command has a file; `satchel migrate` keeps the service's own logging.
if config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)

if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    url = config.attributes.get("url") or os.environ.get("DATABASE_URL")
    if not url:
        raise CommandError(
            "Set DATABASE_URL to the database to migrate, for example postgresql://localhost/satchel."
        )
    with exclusive_connection(url) as connection:
        # Each migration is a transaction of its own, so that one which fails takes none before it along.
        context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
