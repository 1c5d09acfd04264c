"""Who may do what: one function a rule.

The actor is always someone who is signed in and may enter; a viewer of None is someone who is not signed in.
"""

from typing import Final

from domain.cheats import Cheat
from domain.events import Event, SubjectType
from domain.posts import Post
from domain.tasks import Task
from domain.users import Role, User, UserChanges, UserStatus

_READ_BY_EVERYONE: Final = frozenset(
    {SubjectType.TASK, SubjectType.CHEAT, SubjectType.PLATFORM, SubjectType.TOPIC}
)


def may_see_account_details(actor: User, account: User) -> bool:
    """The account's owner and admins see all of it; others see who it is and no more."""
    return actor.id == account.id or actor.role is Role.ADMIN


def may_see_account(actor: User, account: User) -> bool:
    """Everyone sees the team; who is not let in is seen by themselves and admins, who is deleted by nobody."""
    if account.deleted_at is not None:
        return False
    return account.is_approved or may_see_account_details(actor, account)


def may_administer(actor: User) -> bool:
    """Creating accounts, letting in, keeping out and bringing back is for admins."""
    return actor.role is Role.ADMIN


def may_list_accounts(actor: User, status: UserStatus | None) -> bool:
    """Everyone lists the team; those who wait, are switched off or deleted are for admins."""
    return status is None or actor.role is Role.ADMIN


def may_change_account(actor: User, account: User, changes: UserChanges) -> bool:
    """Its owner may change what it is called; admins also what it may do."""
    return actor.role is Role.ADMIN or (actor.id == account.id and not changes.concern_rights)


def may_delete_account(actor: User, account: User) -> bool:
    """Its owner and admins."""
    return actor.id == account.id or actor.role is Role.ADMIN


def may_assign_anyone(actor: User) -> bool:
    """Managers and admins."""
    return actor.role.includes(Role.MANAGER)


def may_assign(actor: User, assignee_id: int | None) -> bool:
    """Everyone gives tasks to themselves or to nobody; some to anyone."""
    return assignee_id in (None, actor.id) or may_assign_anyone(actor)


def may_change_any_task(actor: User) -> bool:
    """Managers and admins."""
    return actor.role.includes(Role.MANAGER)


def may_change_task(actor: User, task: Task) -> bool:
    """Its creator, its assignee, and who may change any."""
    return actor.id in (task.creator_id, task.assignee_id) or may_change_any_task(actor)


def may_delete_task(actor: User, task: Task) -> bool:
    """Its creator, managers and admins."""
    return actor.id == task.creator_id or actor.role.includes(Role.MANAGER)


def may_change_cheat(actor: User, cheat: Cheat) -> bool:
    """Its owner, managers and admins; deleting it included."""
    return actor.id == cheat.owner_id or actor.role.includes(Role.MANAGER)


def may_see_post(viewer: User | None, post: Post) -> bool:
    """Everyone, signed in or not, sees what is published; a draft is seen by its author and admins."""
    return post.is_published or (viewer is not None and _is_author_or_admin(viewer, post))


def may_change_post(actor: User, post: Post) -> bool:
    """Its author and admins; publishing it and taking that back included."""
    return _is_author_or_admin(actor, post)


def may_delete_post(actor: User, post: Post) -> bool:
    """Its author and admins."""
    return _is_author_or_admin(actor, post)


def may_see_event(actor: User, event: Event) -> bool:
    """Everyone sees what happens to what everyone may read; to an account, its owner; the rest is for admins.

    What happens to a post is seen by everyone where it is published before or after, else by its author.
    """
    if actor.role is Role.ADMIN:
        return True
    if event.subject_type is SubjectType.POST:
        return actor.id == event.data.get("authorId") or _was_or_is_published(event)
    if event.subject_type is SubjectType.USER:
        return actor.id == event.subject_id
    return event.subject_type in _READ_BY_EVERYONE


def may_change_taxonomy(actor: User) -> bool:
    """Everyone adds platforms and topics; managers and admins rename and delete them."""
    return actor.role.includes(Role.MANAGER)


def _is_author_or_admin(actor: User, post: Post) -> bool:
    return actor.id == post.author_id or actor.role is Role.ADMIN


def _was_or_is_published(event: Event) -> bool:
    names = event.data.get("changed")
    return event.data.get("isPublished") is True or (isinstance(names, tuple) and "isPublished" in names)
