"""Whatever becomes of accounts and tasks, on PostgreSQL."""

from tests.contracts import account_lives, task_lives


class TestAccountLives(account_lives.AccountLivesContract):
    """On PostgreSQL."""

    lives = 25


class TestTaskLives(task_lives.TaskLivesContract):
    """On PostgreSQL."""

    lives = 25
