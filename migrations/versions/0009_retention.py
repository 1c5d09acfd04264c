"""What finds the sessions and deliveries that are no longer needed.

Revision: 0009
Follows: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_UP = (
    "CREATE INDEX ix_sessions_expires_at ON sessions (expires_at)",
    """
    CREATE INDEX ix_webhook_deliveries_settled ON webhook_deliveries (last_attempt_at)
        WHERE status <> 'pending'
    """,
)

_DOWN = ("DROP INDEX ix_webhook_deliveries_settled", "DROP INDEX ix_sessions_expires_at")


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
