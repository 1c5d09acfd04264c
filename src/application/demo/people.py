"""The people of the demo."""

from typing import NamedTuple

from domain.users import Role


class DemoPerson(NamedTuple):
    """Someone to try the service as. The password is public."""

    username: str
    password: str
    email: str
    role: Role


DEMO_PEOPLE = (
    DemoPerson("admin", "admin123", "admin@example.org", Role.ADMIN),
    DemoPerson("user", "user123", "user@example.org", Role.EMPLOYEE),
)
