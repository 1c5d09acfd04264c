"""What `satchel doctor` finds around the database: settings, files, proxies."""

import ipaddress
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from application.diagnosis.findings import Finding, Verdict
from entrypoints.secret_key import is_well_known
from entrypoints.settings import Settings

_GIB: Final = 1024**3
_FREE_LEAST: Final = _GIB // 10
_FREE_ENOUGH: Final = _GIB
# Networks of which nobody has the whole: most of one so wide would be strangers.
_WIDEST: Final = {4: 8, 6: 16}


def surroundings(settings: Settings, env_file: Path) -> Iterator[Finding]:
    """Yield what is so on this machine; nothing is made or changed.

    Args:
        settings: as they were read.
        env_file: where some of them may come from.
    """
    yield _read(settings)
    yield _secret_key(settings)
    yield _files(settings, env_file)
    yield _proxies(settings)
    if settings.database_url is None:
        yield _disk(settings.data_dir)


def _read(settings: Settings) -> Finding:
    given = sum(source != "default" for source in settings.sources.values())
    return Finding("settings", Verdict.OK, f"{settings.environment}; {given} of {len(settings.sources)} are set")


def _secret_key(settings: Settings) -> Finding:
    if not settings.secret_key:
        return Finding("secret key", Verdict.OK, "will be made at the first start")
    if is_well_known(settings.secret_key):
        advice = "Others may know or guess it, and production refuses it. Make a new one: see docs/operating.md."
        return Finding("secret key", Verdict.WARN, "is a placeholder or a pattern", advice)
    former = len(settings.previous_secret_keys)
    also = f"; {former} former {'counts' if former == 1 else 'count'}, too" if former else ""
    return Finding("secret key", Verdict.OK, f"has {len(settings.secret_key.encode())} bytes{also}")


def _files(settings: Settings, env_file: Path) -> Finding:
    key = settings.data_dir / "secret_key"
    named = (settings.signing_key_file, *settings.previous_signing_key_files)
    # The public half of a key may be read by anyone, but then nobody needs to.
    kept = [path for path in (env_file, key, *named) if path is not None and os.access(path, os.F_OK)]
    open_to_others = [path for path in kept if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    if not open_to_others:
        return Finding("secret files", Verdict.OK, f"{len(kept)} found, for their owner alone" if kept else "none")
    names = ", ".join(path.name for path in open_to_others)
    return Finding("secret files", Verdict.WARN, f"others may read {names}", f"Run chmod 600 on {names}.")


def _proxies(settings: Settings) -> Finding:
    networks = [ipaddress.ip_network(each) for each in settings.trusted_proxies]
    wide = [str(each) for each in networks if each.prefixlen < _WIDEST[each.version]]
    if wide:
        return Finding(
            "proxies",
            Verdict.FAIL,
            f"{', '.join(wide)}: nearly anyone is believed about where they come from",
            "Name the proxies alone in TRUSTED_PROXIES, by address or a small network.",
        )
    public = [str(each) for each in networks if each.is_global and each.num_addresses > 1]
    if public:
        advice = "Make sure that nobody but the proxies has an address there."
        return Finding("proxies", Verdict.WARN, f"{', '.join(public)} is on the internet", advice)
    if networks:
        return Finding("proxies", Verdict.OK, f"{', '.join(map(str, networks))} may name clients")
    if settings.is_production:
        advice = "Behind a proxy, name it in TRUSTED_PROXIES: else all strangers share one address and its limits."
        return Finding("proxies", Verdict.WARN, "none", advice)
    return Finding("proxies", Verdict.OK, "none")


def _disk(data_dir: Path) -> Finding:
    there = next(path for path in (data_dir, *data_dir.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(there).free
    found = f"{free / _GIB:,.1f} GiB free for {data_dir}"
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding(
            "disk", Verdict.FAIL, f"{there} cannot be written", "Give it to this user, or set DATA_DIR."
        )
    if free < _FREE_ENOUGH:
        verdict = Verdict.FAIL if free < _FREE_LEAST else Verdict.WARN
        return Finding("disk", verdict, found, "PostgreSQL stops when nothing is left: make room.")
    return Finding("disk", Verdict.OK, found)
