"""The key that tokens are signed with: when one is good enough, and where development keeps its own."""

import contextlib
import os
import re
import secrets
from pathlib import Path

# RFC 7518, section 3.2: a key of HS256 has at least the size of its hash.
SECRET_KEY_LEAST_BYTES = 32

# What documentation, templates and tutorials write where a key belongs.
_PLACEHOLDER = re.compile(
    r"change[-_ ]?(me|this|it|in[-_ ]?prod)|(replace|enter)[-_ ]?(me|this|with)|insecure|placeholder|example"
    r"|(your|my|dev|development|test|super|top|very|jwt|app)[-_ ]?secret|secret[-_ ]?key|not[-_ ]?secret"
    r"|default|password|do[-_ ]?not[-_ ]?use",
    re.IGNORECASE,
)
_VARIETY_LEAST = 8


def is_well_known(key: str) -> bool:
    """Tell whether others may know or guess the key: a placeholder, one text over and over, few characters."""
    repeats = key in (key + key)[1:-1]
    return bool(_PLACEHOLDER.search(key)) or repeats or len(set(key)) < _VARIETY_LEAST


def kept_secret_key(data_dir: Path) -> str:
    """Return the key in the file `secret_key` of the folder, which is made with a new key if it is not there.

    Of several processes that come at once, all return the same key; none ever sees half of one.

    Raises:
        OSError: the folder or the file cannot be read or written.
        ValueError: what the file holds is no key; the message says what to do.
    """
    path = data_dir / "secret_key"
    if not path.exists():
        _make(path)
    key = path.read_bytes().decode(errors="replace").strip()
    if len(key.encode()) < SECRET_KEY_LEAST_BYTES or "\ufffd" in key:
        raise ValueError(
            f"{path} must hold at least {SECRET_KEY_LEAST_BYTES} bytes of text; "
            "delete it for a new one, which signs everyone out"
        )
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole or not at all, and never in place of another's.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
