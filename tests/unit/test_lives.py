"""Whatever becomes of accounts and tasks, on the in-memory store."""

from tests.contracts import account_lives, task_lives


class TestAccountLives(account_lives.AccountLivesContract):
    """In memory."""


class TestTaskLives(task_lives.TaskLivesContract):
    """In memory."""
