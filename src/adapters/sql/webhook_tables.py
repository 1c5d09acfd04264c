"""The tables of webhooks, in the same schema as all others."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.sql.tables import ID_BLOCK, metadata, moment_type
from domain.webhooks import DESCRIPTION_MOST, URL_MOST

webhook_ids = Sequence("webhook_ids", data_type=BigInteger, increment=ID_BLOCK, metadata=metadata)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("url", Text, nullable=False),
    Column("description", Text),
    Column("types", ARRAY(Text), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("old_sealed_secret", LargeBinary),
    Column("old_secret_until", moment_type),
    Column("created_at", moment_type, nullable=False),
    Column("updated_at", moment_type, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint(f"char_length(url) BETWEEN 1 AND {URL_MOST}", name="url_length"),
    CheckConstraint(f"char_length(description) <= {DESCRIPTION_MOST}", name="description_length"),
    CheckConstraint("version >= 1", name="version_positive"),
)
Index("ix_webhooks_created_at_id", webhooks.c.created_at.desc(), webhooks.c.id.desc())

deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("webhook_id", BigInteger, ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("event_id", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", moment_type),
    Column("last_attempt_at", moment_type),
    Column("response_status", Integer),
    Column("error", Text),
    Column("created_at", moment_type, nullable=False),
    CheckConstraint("status IN ('pending', 'delivered', 'failed')", name="status_known"),
    CheckConstraint("(status = 'pending') = (next_attempt_at IS NOT NULL)", name="pending_is_due"),
    CheckConstraint("attempts >= 0", name="attempts_counted"),
)
Index("uq_webhook_deliveries_event_id_webhook_id", deliveries.c.event_id, deliveries.c.webhook_id, unique=True)
Index("ix_webhook_deliveries_webhook_id_id", deliveries.c.webhook_id, deliveries.c.id)
Index(
    "ix_webhook_deliveries_due",
    deliveries.c.webhook_id,
    deliveries.c.next_attempt_at,
    postgresql_where=deliveries.c.status == "pending",
)
Index(
    "ix_webhook_deliveries_settled",
    deliveries.c.last_attempt_at,
    postgresql_where=deliveries.c.status != "pending",
)
