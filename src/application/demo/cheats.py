"""The cheats of the demo, all themes together."""

from application.demo.containers import CONTAINER_CHEATS
from application.demo.git import GIT_CHEATS
from application.demo.javascript import JAVASCRIPT_CHEATS
from application.demo.linux import LINUX_CHEATS
from application.demo.network import NETWORK_CHEATS
from application.demo.postgresql import POSTGRESQL_CHEATS
from application.demo.python import PYTHON_CHEATS
from application.demo.shell import SHELL_CHEATS

DEMO_CHEATS = (
    *GIT_CHEATS,
    *SHELL_CHEATS,
    *LINUX_CHEATS,
    *POSTGRESQL_CHEATS,
    *PYTHON_CHEATS,
    *JAVASCRIPT_CHEATS,
    *CONTAINER_CHEATS,
    *NETWORK_CHEATS,
)
