"""The dashboard and the alerts name only what a server really prints."""

import json
import re
import time

import httpx
import pytest
import yaml
from server import Porteiro, free_port, running
from tools import DEPLOY, run

RULES = DEPLOY / "prometheus/porteiro.rules.yaml"
DASHBOARD = DEPLOY / "grafana/porteiro.json"

# Prometheus' own, and labels that it adds.
OF_PROMETHEUS = {"up"}
LABELS_OF_PROMETHEUS = {"job", "instance", "le"}


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """Where a server's metrics are, after each thing that is counted has happened."""
    folder = tmp_path_factory.mktemp("watched")
    server = Porteiro(folder)
    address = f"127.0.0.1:{free_port()}"
    server.settings["PORTEIRO_METRICS__LISTEN"] = address
    password = folder / "password"
    password.write_text("correct horse")
    with server.serving():
        client = server.client("api", "--grant", "password")
        server.run("user", "create", "ana", "--password-file", str(password))
        token = client.token()
        client.post("introspect", token=token)
        client.revoke(token)
        for word in ("correct horse", "wrong"):
            client.post("token", grant_type="password", username="ana", password=word)
        client.client_secret = "wrong"
        while client.post("token", grant_type="client_credentials").status_code != 429:
            pass
        yield address


def text_of(address: str) -> str:
    return httpx.get(f"http://{address}/metrics").text


def series_in(text: str) -> dict[str, set]:
    series = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels = re.match(r"([a-z_]+)(?:\{(.*)\})? ", line).groups()
            series.setdefault(name, set()).update(re.findall(r'(\w+)="', labels or ""))
    return series


def expressions() -> list[str]:
    rules = yaml.safe_load(RULES.read_text())["groups"]
    found = [rule["expr"] for group in rules for rule in group["rules"]]
    dashboard = json.loads(DASHBOARD.read_text())
    found += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return found + [variable["query"]["query"] for variable in dashboard["templating"]["list"][1:]]


def test_every_series_and_label_that_is_asked_for_is_printed(watched):
    series = series_in(text_of(watched))
    asked = 0
    for expression in expressions():
        selectors = re.findall(r"\b((?:porteiro|http)_[a-z_]+|up)\b(?:\{([^}]*)\})?", expression)
        assert selectors, expression
        grouped = re.findall(r"by \(([^)]*)\)", expression)
        for name, matchers in selectors:
            if name in OF_PROMETHEUS or name.startswith("http_r"):
                continue
            asked += 1
            assert name in series, f"{name} in {expression}"
            labels = set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", matchers))
            labels |= {label.strip() for group in grouped for label in group.split(",")}
            assert labels - LABELS_OF_PROMETHEUS <= series[name], f"{labels} of {name}: {series[name]}"
    assert asked > 20


def test_every_value_of_a_label_that_is_asked_for_is_printed(watched):
    text = text_of(watched)
    values = {match for expression in expressions()
              for match in re.findall(r'(outcome|http_route|result|kind)="([^"]+)"', expression)}
    assert values
    for label, value in values:
        assert f'{label}="{value}"' in text, f"{label} {value}"


def test_prometheus_accepts_the_rules_and_they_fire_when_they_should():
    assert "SUCCESS" in run("promtool", "check", "rules", RULES)
    assert "SUCCESS" in run("promtool", "test", "rules", "porteiro.rules.test.yaml", cwd=RULES.parent)


def test_prometheus_reads_the_metrics_and_answers_every_question(watched, tmp_path):
    configuration = tmp_path / "prometheus.yml"
    configuration.write_text(yaml.safe_dump({
        "global": {"scrape_interval": "200ms"},
        "scrape_configs": [{"job_name": "porteiro", "static_configs": [{"targets": [watched]}]}],
        "rule_files": [str(RULES)],
    }))
    address = f"http://127.0.0.1:{free_port()}"
    command = ["prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={tmp_path}/data",
               f"--web.listen-address={address.removeprefix('http://')}", "--log.level=error"]

    def ask(expression: str) -> dict:
        return httpx.get(f"{address}/api/v1/query", params={"query": expression}).json()

    with running(command, f"{address}/-/ready", cwd=tmp_path):
        deadline = time.monotonic() + 20
        while not ask("porteiro_build_info")["data"]["result"]:
            assert time.monotonic() < deadline, "nothing was scraped"
            time.sleep(0.1)
        assert ask('up{job="porteiro"}')["data"]["result"][0]["value"][1] == "1"
        for expression in expressions():
            if not expression.startswith("label_values"):
                said = ask(expression.replace("$__rate_interval", "1m").replace("$instance", ".*"))
                assert said["status"] == "success", f"{expression}: {said}"
