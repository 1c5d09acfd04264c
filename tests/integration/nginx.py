"""nginx in front of Satchel, with the very files of `deploy/nginx` that operators use."""

import os
import shutil
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from adapters.postgres.postmaster import free_port
from tests.integration.cli_processes import await_that

DEPLOYED: Final = Path(__file__).parents[2] / "deploy" / "nginx"
# What is around them on a machine: as the packages of Debian and the image of nginx have it, where it matters.
_SURROUNDINGS: Final = """
daemon off;
worker_processes 1;
pid pid;
error_log error.log;
events { worker_connections 512; }
http {
    access_log off;
    gzip on;
    keepalive_timeout 65;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include conf.d/*.conf;
}
"""


@contextmanager
def nginx_before(folder: Path, addresses: list[str], *, server: str = "plain", **variables: str) -> Generator[str]:
    """Start nginx in front of these addresses, and yield its own.

    Args:
        folder: its configuration and its files go there.
        addresses: each a host and a port.
        server: the name of the template of the server; it listens for HTTP where it is reached.
        variables: what else is put into the templates.
    """
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin")
    if program is None:
        reason = "There is no nginx: apt-get install nginx-light"
        if os.environ.get("REQUIRE_NGINX"):
            pytest.fail(reason)
        pytest.skip(reason)
    at = f"127.0.0.1:{free_port()}"
    servers = " ".join(f"server {address} max_fails=1 fail_timeout=1s;" for address in addresses)
    given = {"SATCHEL_SERVERS": servers, "SATCHEL_BODY_LIMIT": "2m", "NGINX_HTTP": at, **variables}
    (folder / "conf.d").mkdir(parents=True)
    (folder / "satchel").mkdir()
    (folder / "nginx.conf").write_text(_SURROUNDINGS)
    for name in ("satchel", server):
        (folder / "conf.d" / f"{name}.conf").write_text(rendered(f"{name}.conf.template", given))
    shutil.copy(DEPLOYED / "locations.conf", folder / "satchel")
    # Its workers would be of another user, who may not enter the folder.
    user = ["-g", "user root;"] if os.geteuid() == 0 else []
    log = folder / "error.log"
    with subprocess.Popen([program, "-p", folder, "-c", folder / "nginx.conf", "-e", log, *user]) as process:
        try:
            await_that(lambda: (folder / "pid").exists() or process.poll() is not None)
            assert process.poll() is None, log.read_text()
            yield f"http://{at}"
        finally:
            process.terminate()


def rendered(template: str, variables: Mapping[str, str]) -> str:
    """Return a template with these variables put in, as envsubst does it; no others are touched."""
    text = (DEPLOYED / template).read_text()
    for name, value in variables.items():
        text = text.replace(f"${{{name}}}", value)
    assert "${" not in text, "a variable of the template was not given"
    return text
