"""systemd, Compose and Kubernetes, as their own tools read them."""

import os
import re
import shlex
import subprocess

import kubernetes_validate
import pytest
import yaml
from server import Porteiro, running
from tools import DEPLOY, run

UNIT = DEPLOY / "systemd/porteiro.service"

# Of 10; systemd calls less than 2 "OK" and less than 5 "MEDIUM".
EXPOSURE = "20"


def test_systemd_accepts_the_unit(tmp_path):
    # The program is looked for; here it is another one.
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/local/bin/porteiro", os.environ["PORTEIRO"]))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_finds_little_exposed():
    run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", UNIT)


def test_the_unit_starts_the_server(tmp_path):
    """Its command, its environment, and its credential as systemd would hand it over."""
    unit = UNIT.read_text()
    [command] = re.findall(r"^ExecStart=(.*)$", unit, re.M)
    [variable] = re.findall(r"^Environment=(.*)$", unit, re.M)
    server = Porteiro(tmp_path)
    credential = tmp_path / "master_key"
    credential.write_text("0123456789abcdef0123456789abcdef")
    credential.chmod(0o400)
    configuration = tmp_path / "porteiro.toml"
    listen = server.settings["PORTEIRO_SERVER__LISTEN"]
    configuration.write_text(f'issuer = "{server.issuer}"\n[server]\nlisten = "{listen}"\n'
                             f'[database]\nurl = "sqlite:{tmp_path}/porteiro.db"\n')
    words = shlex.split(command.replace("/usr/local/bin/porteiro", server.program)
                        .replace("/etc/porteiro/porteiro.toml", str(configuration)))
    name, _, value = variable.partition("=")
    server.settings = {"PATH": os.environ["PATH"], name: value.replace("%d", str(tmp_path))}
    with running(words, f"{server.issuer}/readyz", env=server.settings, cwd=tmp_path) as process:
        assert process.poll() is None
        server.settings["PORTEIRO_CONFIG"] = str(configuration)
        assert all(key["sealed"] for key in server.run("key", "list"))
    assert process.returncode == 0


def compose(*files: str, profile: str | None = None) -> dict:
    flags = [part for file in files for part in ("-f", DEPLOY / file)]
    extra = ["--profile", profile] if profile else []
    return yaml.safe_load(run("docker-compose", *flags, *extra, "config"))


def hardened(service: dict) -> bool:
    return service["read_only"] and service["cap_drop"] == ["ALL"] and \
        service["security_opt"] == ["no-new-privileges:true"]


def test_compose_accepts_the_one_server():
    services = compose("compose.yaml")["services"]
    assert set(services) == {"porteiro", "database"}
    assert hardened(services["porteiro"])
    assert "ports" not in services["database"]
    assert all(str(port).startswith(("127.0.0.1:", "{")) for port in services["porteiro"]["ports"])


def test_compose_accepts_the_replicas():
    services = compose("compose.yaml", "compose.replicas.yaml")["services"]
    assert {"porteiro-1", "porteiro-2", "proxy", "database"} <= set(services)
    addresses = {services[name].pop("networks")["default"]["ipv4_address"] for name in ("porteiro-1", "porteiro-2")}
    assert len(addresses) == 2
    assert hardened(services["porteiro-1"]) and services["porteiro-1"] == services["porteiro-2"]
    upstreams = re.findall(r"server (\S+):8080", (DEPLOY / "nginx/porteiro.conf").read_text())
    assert upstreams == ["porteiro-1", "porteiro-2"]


@pytest.fixture(scope="module")
def manifests() -> list[dict]:
    return [document for document in yaml.safe_load_all(run("kubectl", "kustomize", DEPLOY / "kubernetes"))]


def test_kubernetes_accepts_the_manifests(manifests):
    known = [manifest for manifest in manifests if "monitoring.coreos.com" not in manifest["apiVersion"]]
    assert len(known) >= 6
    for manifest in known:
        kubernetes_validate.validate(manifest, "1.34", strict=True)


def test_what_the_manifests_name_is_there(manifests):
    """What no schema sees: names in one manifest that stand in another."""
    by_kind = {}
    for manifest in manifests:
        by_kind.setdefault(manifest["kind"], []).append(manifest)
    [deployment], [service] = by_kind["Deployment"], by_kind["Service"]
    [monitor], [budget] = by_kind["ServiceMonitor"], by_kind["PodDisruptionBudget"]
    pod = deployment["spec"]["template"]
    ports = {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
    assert {port["targetPort"] for port in service["spec"]["ports"]} == ports
    assert {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]} <= {p["name"] for p in service["spec"]["ports"]}
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    for selector in (service["spec"]["selector"], budget["spec"]["selector"]["matchLabels"],
                     deployment["spec"]["selector"]["matchLabels"]):
        assert selector.items() <= pod["metadata"]["labels"].items()
    assert deployment["spec"]["replicas"] == 2 and budget["spec"]["minAvailable"] == 1


def test_every_pod_has_as_few_rights_as_it_needs(manifests):
    pods = [manifest["spec"]["template"]["spec"] for manifest in manifests if manifest["kind"] in ("Deployment", "Job")]
    assert len(pods) == 2
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 65532
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]
            assert security["capabilities"] == {"drop": ["ALL"]}


def test_the_settings_are_settings(manifests, tmp_path):
    """An unknown variable would be refused."""
    [settings] = [manifest["data"] for manifest in manifests if manifest["kind"] == "ConfigMap"]
    server = Porteiro(tmp_path)
    server.settings |= settings
    shown = server.run("config", "show")
    assert shown["server"]["drain_delay"] == "5s" and shown["issuer"] == settings["PORTEIRO_ISSUER"]
