"""What older services call their tables and columns."""

from collections.abc import Iterable, Mapping
from typing import Final

from application.ports.older_services import Kind

# The first that is found counts. Case and underscores do not: createdAt and created_at are one name.
TABLES: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.USERS: ("users", "user", "accounts", "account", "app_users", "app_user", "members", "employees"),
    Kind.PLATFORMS: ("platforms", "platform"),
    Kind.TOPICS: ("topics", "topic", "categories", "category"),
    Kind.CHEATS: ("cheats", "cheat", "cheat_sheets", "cheat_sheet", "snippets", "snippet"),
    Kind.CHEAT_PLATFORMS: ("cheat_platforms", "cheat_platform", "cheats_platforms", "platform_cheats"),
    Kind.CHEAT_TOPICS: ("cheat_topics", "cheat_topic", "cheats_topics", "topic_cheats"),
    Kind.BAGS: ("user_cheats", "user_cheat", "users_cheats", "bags", "bag", "favorites", "favourites"),
    Kind.TASKS: ("tasks", "task", "todos", "todo"),
    Kind.POSTS: ("posts", "post", "blog_posts", "blog_post", "articles", "article"),
}

_ID: Final = ("id",)
_CREATED: Final = (
    "created_at",
    "created",
    "created_on",
    "created_date",
    "date_created",
    "creation_date",
    "timestamp",
)
_UPDATED: Final = (
    "updated_at",
    "updated",
    "updated_on",
    "date_updated",
    "modified_at",
    "modified",
    "last_modified",
)
_OWNER: Final = (
    "owner_id",
    "user_id",
    "author_id",
    "creator_id",
    "created_by",
    "created_by_id",
    "created_by_user_id",
)

COLUMNS: Final[Mapping[Kind, Mapping[str, tuple[str, ...]]]] = {
    Kind.USERS: {
        "id": (*_ID, "user_id"),
        "username": ("username", "user_name", "login", "handle", "nickname", "user", "name"),
        "email": ("email", "email_address", "mail", "e_mail"),
        "password_hash": (
            "password_hash",
            "hashed_password",
            "password",
            "password_digest",
            "pw_hash",
            "pwd_hash",
            "passwd",
        ),
        "role": ("role", "user_role", "role_name"),
        "is_admin": ("is_admin", "admin", "is_superuser"),
        "is_approved": ("is_approved", "approved"),
        "is_active": ("is_active", "active", "enabled"),
        "created_at": (*_CREATED, "registered_at", "registered_on", "date_joined", "joined_at", "member_since"),
        "updated_at": _UPDATED,
    },
    Kind.PLATFORMS: {"id": (*_ID, "platform_id"), "name": ("name", "platform_name", "title", "platform", "label")},
    Kind.TOPICS: {"id": (*_ID, "topic_id"), "name": ("name", "topic_name", "title", "topic", "label")},
    Kind.CHEATS: {
        "id": (*_ID, "cheat_id"),
        "title": ("title", "name", "heading"),
        "code": ("code", "snippet", "command", "cheat", "content", "body"),
        "notes": ("notes", "note", "description", "explanation", "comment"),
        "language": ("language", "lang", "syntax"),
        "owner": _OWNER,
        "platform": ("platform_id",),
        "topic": ("topic_id", "category_id"),
        "is_public": ("is_public", "public"),
        "created_at": _CREATED,
        "updated_at": _UPDATED,
    },
    Kind.CHEAT_PLATFORMS: {"cheat": ("cheat_id", "cheat"), "platform": ("platform_id", "platform")},
    Kind.CHEAT_TOPICS: {"cheat": ("cheat_id", "cheat"), "topic": ("topic_id", "topic")},
    Kind.BAGS: {"cheat": ("cheat_id", "cheat"), "user": ("user_id", "user")},
    Kind.TASKS: {
        "id": (*_ID, "task_id"),
        "title": ("title", "name", "summary", "task"),
        "description": ("description", "details", "content", "body", "notes"),
        "priority": ("priority",),
        "status": ("status", "state"),
        "is_done": ("is_done", "done", "is_completed", "completed", "complete", "finished"),
        "deadline": ("deadline", "due_date", "due_at", "due", "due_on"),
        "assignee": ("assignee_id", "assigned_to", "assigned_to_id", "assigned_user_id", "assignee"),
        "creator": ("creator_id", "created_by", "created_by_id", "owner_id", "author_id", "user_id", "creator"),
        "created_at": _CREATED,
        "updated_at": _UPDATED,
    },
    Kind.POSTS: {
        "id": (*_ID, "post_id"),
        "title": ("title", "subject", "headline"),
        "content": ("content", "body", "text"),
        "author": (*_OWNER, "poster_id", "author", "username"),
        "is_published": ("is_published", "published", "is_public", "public"),
        "created_at": (*_CREATED, "date_posted", "posted_at", "pub_date", "published_at", "date"),
        "updated_at": _UPDATED,
    },
}


def found(wanted: Iterable[str], names: Iterable[str]) -> str | None:
    """Return which of the names is the first of the wanted ones that is there at all."""
    there = {_plain(name): name for name in sorted(names, reverse=True)}
    return next((there[_plain(name)] for name in wanted if _plain(name) in there), None)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
