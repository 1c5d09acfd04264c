"""Sessions of browsers beside those of programs.

Revision: 0006
Follows: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_UP = (
    "CREATE TYPE session_kind AS ENUM ('token', 'browser')",
    # The default stays, for instances of the version before that go on while this one starts.
    "ALTER TABLE sessions ADD COLUMN kind session_kind NOT NULL DEFAULT 'token'",
    "DROP TRIGGER tell_of_change ON sessions",
    # That a browser was seen is told, too: the other instances would else try in vain to note it themselves.
    """
    CREATE TRIGGER tell_of_change AFTER UPDATE ON sessions
        FOR EACH ROW
        WHEN (
            OLD.revoked_at IS DISTINCT FROM NEW.revoked_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at
            OR NEW.kind = 'browser'
        )
        EXECUTE FUNCTION tell_of_session()
    """,
)

_DOWN = (
    "DROP TRIGGER tell_of_change ON sessions",
    # Nothing but a browser could use them, and the version before knows no browsers.
    "DELETE FROM sessions WHERE kind = 'browser'",
    """
    CREATE TRIGGER tell_of_change AFTER UPDATE ON sessions
        FOR EACH ROW
        WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at)
        EXECUTE FUNCTION tell_of_session()
    """,
    "ALTER TABLE sessions DROP COLUMN kind",
    "DROP TYPE session_kind",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
