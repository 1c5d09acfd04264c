"""What someone is signed in with, in words that they know it by."""

from typing import Final

from entrypoints.http.input import printable

# The first that a user agent holds says what it is: most also name those that they want to be taken for.
_BROWSERS: Final = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS: Final = {
    "iPhone": "an iPhone",
    "iPad": "an iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Mac OS X": "a Mac",
    "Linux": "Linux",
}


def device_of(user_agent: str | None) -> str:
    """Return what a session's user agent tells of the device, such as "Firefox on Linux".

    Args:
        user_agent: as the client sent it; anything whatever, or None.
    """
    if not user_agent or not user_agent.strip():
        return "An unknown device"
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    if browser is None:
        # Programs name themselves first (RFC 9110, section 10.1.5).
        browser = printable(user_agent.split()[0].partition("/")[0] or user_agent, most=40)
    return browser if system is None else f"{browser} on {system}"


def _first(names: dict[str, str], user_agent: str) -> str | None:
    return next((name for mark, name in names.items() if mark in user_agent), None)
