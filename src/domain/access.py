"""Who may do what: one function a rule. The actor is always someone who is signed in and may enter."""

from domain.tasks import Task
from domain.users import Role, User


def may_see_account_details(actor: User, account: User) -> bool:
    """The account's owner and admins see all of it; others see who it is and no more."""
    return actor.id == account.id or actor.role is Role.ADMIN


def may_assign(actor: User, assignee_id: int | None) -> bool:
    """Everyone gives tasks to themselves or to nobody; managers and admins to anyone."""
    return assignee_id in (None, actor.id) or actor.role.includes(Role.MANAGER)


def may_change_task(actor: User, task: Task) -> bool:
    """Its creator, its assignee, managers and admins."""
    return actor.id in (task.creator_id, task.assignee_id) or actor.role.includes(Role.MANAGER)


def may_delete_task(actor: User, task: Task) -> bool:
    """Its creator, managers and admins."""
    return actor.id == task.creator_id or actor.role.includes(Role.MANAGER)
