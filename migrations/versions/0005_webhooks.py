"""Webhooks, and what became of telling them.

Revision: 0005
Follows: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_UP = (
    "CREATE SEQUENCE webhook_ids AS bigint INCREMENT BY 64",
    """
    CREATE TABLE webhooks (
        id bigint NOT NULL,
        url text NOT NULL,
        description text,
        types text[] NOT NULL,
        is_active boolean NOT NULL,
        sealed_secret bytea NOT NULL,
        old_sealed_secret bytea,
        old_secret_until timestamptz,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        version bigint NOT NULL,
        CONSTRAINT pk_webhooks PRIMARY KEY (id),
        CONSTRAINT ck_webhooks_url_length CHECK (char_length(url) BETWEEN 1 AND 2000),
        CONSTRAINT ck_webhooks_description_length CHECK (char_length(description) <= 200),
        CONSTRAINT ck_webhooks_version_positive CHECK (version >= 1)
    )
    """,
    "CREATE INDEX ix_webhooks_created_at_id ON webhooks (created_at DESC, id DESC)",
    """
    CREATE TABLE webhook_deliveries (
        id bigint GENERATED ALWAYS AS IDENTITY,
        webhook_id bigint NOT NULL,
        event_id bigint NOT NULL,
        status text NOT NULL,
        attempts integer NOT NULL,
        next_attempt_at timestamptz,
        last_attempt_at timestamptz,
        response_status integer,
        error text,
        created_at timestamptz NOT NULL,
        CONSTRAINT pk_webhook_deliveries PRIMARY KEY (id),
        CONSTRAINT fk_webhook_deliveries_webhook_id_webhooks
            FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE,
        CONSTRAINT ck_webhook_deliveries_status_known CHECK (status IN ('pending', 'delivered', 'failed')),
        CONSTRAINT ck_webhook_deliveries_pending_is_due
            CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL)),
        CONSTRAINT ck_webhook_deliveries_attempts_counted CHECK (attempts >= 0)
    )
    """,
    "CREATE UNIQUE INDEX uq_webhook_deliveries_event_id_webhook_id ON webhook_deliveries (event_id, webhook_id)",
    "CREATE INDEX ix_webhook_deliveries_webhook_id_id ON webhook_deliveries (webhook_id, id)",
    """
    CREATE INDEX ix_webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at)
        WHERE status = 'pending'
    """,
)

_DOWN = (
    "DROP TABLE webhook_deliveries",
    "DROP TABLE webhooks",
    "DROP SEQUENCE webhook_ids",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
