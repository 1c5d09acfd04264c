"""As whom PostgreSQL's programs run: the service's own user, or an unprivileged one when that is root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.postgres.binaries import CLEAN_ENVIRONMENT, Binaries
from adapters.postgres.errors import EmbeddedPostgresError, last_lines

SHELL = "/bin/sh"
_UNPRIVILEGED = "nobody"
_REACH = 'cd "$1" && exec "$2" --version'
# The least first. Reading and entering suffice unless the programs themselves are for root alone; containers
# often have only the second.
_CAPABILITIES = ("dac_read_search", "dac_override")


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs PostgreSQL's programs and how they come to be that user.

    Attributes:
        uid: the user; None stands for the service's own.
        gid: the user's group; None likewise.
        through: a command that changes the user itself and then runs what follows it.
    """

    uid: int | None = None
    gid: int | None = None
    through: tuple[str, ...] = ()

    def own(self, path: Path) -> None:
        """Make a file of Satchel's belong to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def require_name(self) -> None:
        """Make sure that the user has a name, which PostgreSQL's programs ask for, though the server does not.

        Raises:
            EmbeddedPostgresError: it is a bare number, as containers often have.
        """
        uid = os.geteuid() if self.uid is None else self.uid
        try:
            pwd.getpwuid(uid)
        except KeyError:
            raise EmbeddedPostgresError(
                f"PostgreSQL would run as user {uid}, who has no name on this machine, and it wants one to\n"
                "prepare its data. Run Satchel as a user of /etc/passwd, add a line there, or set DATABASE_URL."
            ) from None

    def run(
        self, command: Sequence[str], *, feed: str = "", seconds: float, inherit: Sequence[int] = ()
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program to its end, with `feed` as its input; both its outputs come back as one.

        Raises:
            OSError: it cannot be run at all.
            subprocess.TimeoutExpired: it took longer than `seconds`.
        """
        return subprocess.run(  # noqa: S603 - PostgreSQL's own programs, by full path
            [*self.through, *command],
            input=feed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
            cwd="/",
            env=CLEAN_ENVIRONMENT,
            start_new_session=True,
            pass_fds=inherit,
            user=self._switch_to(self.uid),
            group=self._switch_to(self.gid),
            extra_groups=self._no_groups(),
        )

    def spawn(
        self, command: Sequence[str], *, stdout: int, stderr: int, inherit: Sequence[int]
    ) -> "subprocess.Popen[bytes]":
        """Start a program in a session of its own, where no Ctrl-C at the service's terminal reaches it.

        Raises:
            OSError: it cannot be run at all.
        """
        return subprocess.Popen(  # noqa: S603 - PostgreSQL's own programs, by full path
            [*self.through, *command],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd="/",
            env=CLEAN_ENVIRONMENT,
            start_new_session=True,
            pass_fds=inherit,
            user=self._switch_to(self.uid),
            group=self._switch_to(self.gid),
            extra_groups=self._no_groups(),
        )

    def _switch_to(self, identity: int | None) -> int | None:
        return None if self.through else identity

    def _no_groups(self) -> list[int] | None:
        return None if self._switch_to(self.uid) is None else []


def account_for(directory: Path, binaries: Binaries) -> Account:
    """The account that shall run the server of a data directory, able to reach both it and the programs.

    PostgreSQL refuses to run as root. A service that does run as root therefore uses the owner of the directory,
    or `nobody` when that is root too; the directory is then handed over.

    Raises:
        EmbeddedPostgresError: no unprivileged user can be had who gets at the directory and the programs.
    """
    if os.geteuid() != 0:
        return Account()
    owner = directory.stat()
    uid, gid = owner.st_uid, owner.st_gid
    if uid == 0:
        unprivileged = pwd.getpwnam(_UNPRIVILEGED)
        uid, gid = unprivileged.pw_uid, unprivileged.pw_gid
        try:
            _hand_over(directory, Account(uid, gid))
        except PermissionError as fault:
            raise _refused(uid, directory, binaries, str(fault)) from fault
    said: list[str] = []
    for through in _ways(uid, gid):
        account = Account(uid, gid, through)
        try:
            answer = account.run(
                [SHELL, "-c", _REACH, "sh", str(directory), binaries.program("postgres")], seconds=10
            )
        except (OSError, subprocess.SubprocessError) as fault:
            said.append(str(fault))
            continue
        if answer.returncode == 0:
            return account
        said.append(answer.stdout)
    raise _refused(uid, directory, binaries, "\n".join(said))


def _refused(uid: int, directory: Path, binaries: Binaries, said: str) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"Satchel runs as root, which PostgreSQL refuses, and user {uid}, who would run it instead, cannot use\n"
        f"    {directory}\n    {binaries.directory}\n"
        "Run Satchel as an ordinary user, or keep both below folders that every user may enter: set DATA_DIR for\n"
        f"the first, move the installation for the second. What was tried said:\n{last_lines(said)}"
    )


def _ways(uid: int, gid: int) -> list[tuple[str, ...]]:
    """How to become a user: plainly, and where folders like /root are in the way, with leave to pass them."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return [()]
    change = (setpriv, f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--no-new-privs")
    # PostgreSQL asks access() whether its programs are there, which forgets capabilities without this bit.
    bits = "--securebits=+noroot,+no_setuid_fixup"
    return [
        (),
        *(
            (*change, bits, f"--inh-caps=-all,+{leave}", f"--ambient-caps=-all,+{leave}", "--")
            for leave in _CAPABILITIES
        ),
    ]


def _hand_over(directory: Path, account: Account) -> None:
    """Give a directory with all its content to an account."""
    account.own(directory)
    for folder, folders, files in os.walk(directory):
        for name in (*folders, *files):
            account.own(Path(folder, name))
