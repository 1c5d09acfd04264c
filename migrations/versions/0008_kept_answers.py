"""The answers to requests that may be sent again.

Revision: 0008
Follows: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_UP = (
    """
    CREATE TABLE kept_answers (
        caller_id bigint NOT NULL,
        key text NOT NULL,
        fingerprint bytea NOT NULL,
        sealed_answer bytea NOT NULL,
        kept_at timestamptz NOT NULL,
        CONSTRAINT pk_kept_answers PRIMARY KEY (caller_id, key),
        CONSTRAINT ck_kept_answers_key_length CHECK (char_length(key) BETWEEN 1 AND 255)
    )
    """,
    "CREATE INDEX ix_kept_answers_kept_at ON kept_answers (kept_at)",
)

_DOWN = ("DROP TABLE kept_answers",)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
