"""The schema of what the team knows: cheats, what they stand under, and whose bag they are in."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Sequence,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.sql.tables import ID_BLOCK, metadata, moment_type, title_key_start
from domain.cheats import CODE_MOST, LANGUAGE_MOST, NOTES_MOST, TITLE_MOST
from domain.taxonomy import NAME_MOST

cheat_ids = Sequence("cheat_ids", data_type=BigInteger, increment=ID_BLOCK, metadata=metadata)
platform_ids = Sequence("platform_ids", data_type=BigInteger, increment=ID_BLOCK, metadata=metadata)
topic_ids = Sequence("topic_ids", data_type=BigInteger, increment=ID_BLOCK, metadata=metadata)


def _tags(name: str) -> Table:
    table = Table(
        name,
        metadata,
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        Column("name", Text, nullable=False),
        Column("name_key", Text, nullable=False, unique=True),
        Column("name_text", Text(collation="C"), nullable=False),
        Column("version", BigInteger, nullable=False),
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {NAME_MOST}", name="name_length"),
        CheckConstraint("version >= 1", name="version_positive"),
    )
    Index(f"ix_{name}_name_text_id", table.c.name_text, table.c.id)
    return table


platforms = _tags("platforms")
topics = _tags("topics")

cheats = Table(
    "cheats",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Text(collation="C"), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("title_key", Text(collation="C"), nullable=False),
    Column("notes", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("language", Text),
    Column("owner_id", BigInteger, ForeignKey("users.id"), nullable=False),
    # What searching reads: the whole text as folded, and for what is too short for it, where words begin.
    Column("search_text", Text(collation="C"), nullable=False),
    Column("search_starts", ARRAY(Text(collation="C")), nullable=False),
    Column("created_at", moment_type, nullable=False),
    Column("updated_at", moment_type, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_MOST}", name="title_length"),
    CheckConstraint(f"char_length(notes) <= {NOTES_MOST}", name="notes_length"),
    CheckConstraint(f"char_length(code) <= {CODE_MOST}", name="code_length"),
    CheckConstraint(f"char_length(language) BETWEEN 1 AND {LANGUAGE_MOST}", name="language_length"),
    CheckConstraint("version >= 1", name="version_positive"),
)
Index("ix_cheats_created_at_id", cheats.c.created_at.desc(), cheats.c.id.desc())
Index("ix_cheats_updated_at_id", cheats.c.updated_at.desc(), cheats.c.id.desc())
Index("ix_cheats_owner_id_created_at_id", cheats.c.owner_id, cheats.c.created_at.desc(), cheats.c.id.desc())
Index("ix_cheats_title_key", title_key_start(cheats.c.title_key))
Index(
    "ix_cheats_search_text",
    cheats.c.search_text,
    postgresql_using="gin",
    postgresql_ops={"search_text": "gin_trgm_ops"},
)
Index("ix_cheats_search_starts", cheats.c.search_starts, postgresql_using="gin")

cheat_platforms = Table(
    "cheat_platforms",
    metadata,
    Column("cheat_id", BigInteger, ForeignKey("cheats.id", ondelete="CASCADE"), primary_key=True),
    Column("platform_id", BigInteger, ForeignKey("platforms.id"), primary_key=True),
)
Index("ix_cheat_platforms_platform_id_cheat_id", cheat_platforms.c.platform_id, cheat_platforms.c.cheat_id)

cheat_topics = Table(
    "cheat_topics",
    metadata,
    Column("cheat_id", BigInteger, ForeignKey("cheats.id", ondelete="CASCADE"), primary_key=True),
    Column("topic_id", BigInteger, ForeignKey("topics.id"), primary_key=True),
)
Index("ix_cheat_topics_topic_id_cheat_id", cheat_topics.c.topic_id, cheat_topics.c.cheat_id)

user_cheat = Table(
    "user_cheat",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True),
    Column("cheat_id", BigInteger, ForeignKey("cheats.id", ondelete="CASCADE"), primary_key=True),
)
Index("ix_user_cheat_cheat_id", user_cheat.c.cheat_id)
