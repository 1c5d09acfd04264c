"""The schema of what someone tells everyone."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Sequence,
    Table,
    Text,
)

from adapters.sql.tables import ID_BLOCK, metadata, moment_type, title_key_start
from domain.posts import CONTENT_LEAST, CONTENT_MOST, TITLE_LEAST, TITLE_MOST

post_ids = Sequence("post_ids", data_type=BigInteger, increment=ID_BLOCK, metadata=metadata)

posts = Table(
    "posts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("author_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("title", Text, nullable=False),
    # What sorting and searching read, folded by `domain.text.fold`: code points compare alike on every server.
    Column("title_key", Text(collation="C"), nullable=False),
    Column("content", Text, nullable=False),
    Column("search_text", Text(collation="C"), nullable=False),
    Column("is_published", Boolean, nullable=False),
    Column("created_at", moment_type, nullable=False),
    Column("updated_at", moment_type, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint(f"char_length(title) BETWEEN {TITLE_LEAST} AND {TITLE_MOST}", name="title_length"),
    CheckConstraint(f"char_length(content) BETWEEN {CONTENT_LEAST} AND {CONTENT_MOST}", name="content_length"),
    CheckConstraint("version >= 1", name="version_positive"),
)
Index("ix_posts_created_at_id", posts.c.created_at.desc(), posts.c.id.desc())
# What most readers see; drafts between them would have to be passed over.
Index(
    "ix_posts_published_created_at_id",
    posts.c.created_at.desc(),
    posts.c.id.desc(),
    postgresql_where=posts.c.is_published,
)
Index("ix_posts_author_id_created_at_id", posts.c.author_id, posts.c.created_at.desc(), posts.c.id.desc())
Index("ix_posts_title_key", title_key_start(posts.c.title_key))
Index(
    "ix_posts_search_text",
    posts.c.search_text,
    postgresql_using="gin",
    postgresql_ops={"search_text": "gin_trgm_ops"},
)
