"""DATABASE_URL as people write it: what is wrong with it, and how to show it without its secrets."""

import re
from contextlib import suppress
from urllib.parse import urlsplit

MASK = "********"
PORT_MOST = 65_535

# Up to the last @, since a password that was not percent-encoded may hold one itself.
_URL_PASSWORD = re.compile(r"(?<=://)([^:@/?]*):.*@", re.DOTALL)
_URL_PARAMETER = re.compile(r"((?:ssl)?password)=[^&]*", re.IGNORECASE)
_PERCENT_ENCODE = (
    "is no valid URL; write a password's special characters percent-encoded, such as %40 for @, "
    "%2F for /, %23 for # and %3A for :"
)


def masked_url(url: str) -> str:
    """Return a database's URL with the passwords in it masked."""
    return _URL_PARAMETER.sub(rf"\1={MASK}", _URL_PASSWORD.sub(rf"\1:{MASK}@", url))


def url_fault(url: str) -> str | None:
    """Say what is wrong with a postgresql:// URL, or None if nothing is; the message repeats none of it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return _PERCENT_ENCODE
    # A raw /, # or ? in a password ends the host part early, which leaves an @ behind in the rest; with a raw @ in
    # it, libpq takes what follows for the host, and would repeat it.
    if parts.fragment or "@" in parts.path + parts.query or parts.netloc.count("@") > 1:
        return _PERCENT_ENCODE
    with suppress(ValueError):
        if parts.port != 0:
            return None
    return f"the port after the host must be a whole number from 1 to {PORT_MOST}"
