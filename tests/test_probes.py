"""Probes: from the file to templates, packages, alarms and incidents, and played from the first day on."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives import serialization

import handlers.probes.run
from generator.build import Built
from generator.checks.truth import t73_probes_in_time
from generator.model import probes
from generator.packages import unpacked
from generator.render.routing import routing_table
from generator.render.section_words import changes_of
from tests.command import obsgen
from tests.handlers.probe_world import authority, server_context
from tests.played import ALPHA, MINUTE, REGION
from tests.support import built, codes, spec

VPC = "{vpc: vpc-0123456789abcdef0, subnets: [subnet-0000000b, subnet-0000000a]}"
SHOP = f"""
probes:
  checkout:
    type: http
    url: "https://checkout-{{environment}}.example.com/health"
    headers: {{Accept: application/json, Authorization: {{secret: shop/probe, key: token}}}}
    expect: {{status: [204, 200], contains: ok}}
    slow: "> 1500"
    certificate: {{before: 21d, severity: high}}
    severity: critical
    owner: shop
    runbook: https://runbooks.example.com/checkout
  db: {{type: tcp, host: db.internal, port: 5432, from: alpha}}
  zone: {{type: dns, name: example.com, expect: [192.0.2.2, 192.0.2.1], every: 5m}}
network: {{probes: {{accounts: {{alpha: {VPC}}}}}}}
"""
HUB_FILE, MEMBER_FILE = "hub.template.yaml", "member.template.yaml"


def made(change: str, *, lint: bool = False) -> Built:
    found = built(spec(change), lint=lint)
    assert found.artifacts, found.findings
    return found


def resources(found: Built, file: str) -> dict[str, Any]:
    return dict(found.templates["prod"][file]["Resources"])


def settings(found: Built) -> dict[str, list[dict[str, Any]]]:
    """The probes of each package, by the packages' keys."""
    packages = {key: unpacked(content) for key, content in found.packages["prod"].items() if "/probes/" in key}
    return {key: json.loads(files["handlers/probes/probes.json"])["probes"] for key, files in packages.items()}


def test_everything_is_deployable() -> None:
    assert made(SHOP, lint=True).findings == []


def test_each_runner_has_its_own_probes_and_no_secret() -> None:
    found = made(SHOP)
    by_name = {entry["probe"]: entry for entries in settings(found).values() for entry in entries}
    assert [len(entries) for entries in sorted(settings(found).values(), key=len)] == [1, 2]
    assert by_name["checkout-probe-prod"] == {
        "probe": "checkout-probe-prod",
        "type": "http",
        "from": ["hub"],
        "every": 60,
        "timeout": 5,
        "url": "https://checkout-prod.example.com/health",
        "status": [200, 204],
        "headers": {"Accept": "application/json"},
        "secrets": {"Authorization": {"name": "shop/probe", "key": "token"}},
        "contains": "ok",
    }
    assert by_name["db-probe-prod"]["from"] == [ALPHA]
    assert by_name["zone-probe-prod"]["expected"] == ["192.0.2.1", "192.0.2.2"]
    assert by_name["zone-probe-prod"].get("offset", 0) in range(5)


RUN = """
from handlers.probes.app import handler
class Context:
    def get_remaining_time_in_millis(self):
        return 55_000
handler({"at": PLANNED}, Context())
"""


def test_a_package_runs_as_lambda_runs_it(tmp_path: Path) -> None:
    """The whole function, with its own settings: a loopback address, which it refuses to connect to."""
    found = made("probes: {shop: {type: tcp, host: shop.example.com, port: 443}}")
    (package,) = (content for key, content in found.packages["prod"].items() if "/probes/" in key)
    for path, content in unpacked(package).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content.replace(b"shop.example.com", b"127.0.0.1"))
    function = resources(found, HUB_FILE)["ProbesFunction"]["Properties"]
    variables = function["Environment"]["Variables"] | {"AWS_LAMBDA_FUNCTION_NAME": function["FunctionName"]}
    planned = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    done = subprocess.run(
        [sys.executable, "-P", "-c", RUN.replace("PLANNED", repr(planned))],
        cwd=tmp_path,
        env={**os.environ, **variables, "PYTHONPATH": str(tmp_path), "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"},
        capture_output=True,
        text=True,
        check=True,
    )
    probe, whole = (json.loads(line) for line in done.stdout.splitlines())
    assert (probe["Probe"], probe["Up"], probe["Failure"]) == ("shop-probe-prod", 0, "address")
    assert (whole["Runner"], whole["ProbesRun"], whole["ProbesNotRun"]) == ("probe-runner-prod", 1, 0)


def test_a_runner_reads_the_secrets_of_its_own_probes_only() -> None:
    found = made(SHOP)
    texts = {file: json.dumps(resources(found, file)["ProbesRole"]) for file in (HUB_FILE, MEMBER_FILE)}
    assert "secret:shop/probe-??????" in texts[HUB_FILE]
    assert "secretsmanager" not in texts[MEMBER_FILE]
    assert "ec2:CreateNetworkInterface" in texts[MEMBER_FILE]
    assert "ec2:" not in texts[HUB_FILE]


def test_runs_neither_overlap_nor_are_retried() -> None:
    hub = resources(made(SHOP), HUB_FILE)
    target = hub["ProbesSchedule"]["Properties"]["Target"]
    assert hub["ProbesFunction"]["Properties"]["Timeout"] < MINUTE
    assert hub["ProbesInvocations"]["Properties"]["MaximumRetryAttempts"] == 0
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": MINUTE, "MaximumRetryAttempts": 0}
    assert json.loads(target["Input"]) == {"at": "<aws.scheduler.scheduled-time>"}


def test_the_account_with_probes_has_its_vpc_and_others_have_nothing() -> None:
    found = made(SHOP)
    (members,) = yaml.safe_load(found.artifacts["prod/manifest.yaml"])["stack_sets"]
    parameters = {account: group["parameters"] for group in members["groups"] for account in group["accounts"].values()}
    assert parameters == {
        ALPHA: {
            "ProbesRegion": REGION,
            "ProbesSubnetIds": "subnet-0000000a,subnet-0000000b",
            "ProbesVpcId": "vpc-0123456789abcdef0",
        },
        "333333333333": {},
        "444444444444": {},
    }
    probing = {name: one for name, one in resources(found, MEMBER_FILE).items() if name.startswith("Probes")}
    assert {one["Condition"] for one in probing.values()} == {"RunsProbes", "RunsProbesInVpc"}


@pytest.mark.parametrize(
    ("probe", "rules"),
    [
        ("{type: tcp, host: db.internal, port: 5432, from: alpha}", [("tcp", 5432, "0.0.0.0/0")]),
        ("{type: tls, host: 10.0.0.5, port: 636, from: alpha}", [("tcp", 636, "10.0.0.5/32")]),
        (
            "{type: http, url: 'http://app.internal/', follow_redirects: true, from: alpha}",
            [("tcp", 80, "0.0.0.0/0"), ("tcp", 443, "0.0.0.0/0")],
        ),
        (
            "{type: dns, name: app.internal, resolver: 10.0.0.2, from: alpha}",
            [("tcp", 53, "10.0.0.2/32"), ("udp", 53, "10.0.0.2/32")],
        ),
        # A group without a rule would let everything out; the resolver of the VPC needs none.
        ("{type: dns, name: app.internal, from: alpha}", [("-1", None, "127.0.0.1/32")]),
    ],
)
def test_the_security_group_lets_out_what_probes_need_and_no_more(probe: str, rules: list[Any]) -> None:
    found = made(f"probes: {{one: {probe}}}\nnetwork: {{probes: {{accounts: {{alpha: {VPC}}}}}}}\n")
    group = resources(found, MEMBER_FILE)["ProbesSecurityGroup"]["Properties"]
    assert "SecurityGroupIngress" not in group
    seen = [
        (r["IpProtocol"], r.get("FromPort"), r.get("CidrIp") or r["CidrIpv6"]) for r in group["SecurityGroupEgress"]
    ]
    assert seen == rules


@pytest.mark.parametrize(
    ("record", "written", "answer"),
    [
        ("AAAA", "2001:DB8:0:0::1", "2001:db8::1"),
        ("CNAME", "Edge-{environment}.Example.NET.", "edge-prod.example.net"),
        ("NS", "NS1.example.com.", "ns1.example.com"),
        ("MX", "010 Mail.example.com.", "10 mail.example.com"),
        ("MX", "0 .", "0 "),
        ("TXT", "v=spf1 exists:%{i}.spf.example.com -all", "v=spf1 exists:%{i}.spf.example.com -all"),
    ],
)
def test_an_expected_answer_is_compared_as_the_runner_reads_it(record: str, written: str, answer: str) -> None:
    """Otherwise the probe would fail from its first run on."""
    found = made(f"probes: {{zone: {{type: dns, name: example.com, record: {record}, expect: ['{written}']}}}}")
    ((entry,),) = settings(found).values()
    assert entry["expected"] == [answer]


def test_a_probe_in_accounts_of_two_regions_is_two_probes() -> None:
    change = """
regions: [us-east-1, eu-west-1]
accounts: {beta: {regions: [eu-west-1]}}
probes: {shop: {type: tcp, host: shop.example.com, port: 443, from: [alpha, beta]}}
"""
    (finding,) = built(spec(change)).findings
    assert (finding.code, finding.message) == (
        "R05",
        "its accounts run probes in different Regions: eu-west-1, us-east-1",
    )


def test_an_override_by_environment_removes_a_probe_and_its_alarms() -> None:
    change = """
environments: [dev, prod]
access: {owned_by: prod}
metric_filters: {errors: {metric: {name: "Errors-{environment}"}}}
probes:
  shop:
    type: http
    url: https://shop.example.com/
    slow: "> 100"
    overrides: [{where: {environment: dev}, enabled: false}, {where: {environment: prod}, severity: low}]
"""
    found = made(change)
    assert [probe.key for probe in found.estates["dev"].probes] == []
    assert not any("Probe" in name for name in found.templates["dev"][HUB_FILE]["Resources"])
    alarms = {alarm.key: alarm.tuning.severity for alarm in found.estates["prod"].alarms if "probe" in alarm.key}
    assert alarms == {"shop-probe": "low", "shop-probe-slow": "medium", "probe-runner": "low"}


def test_an_incident_finds_why_a_probe_failed() -> None:
    estate = made(SHOP).estates["prod"]
    alarms = routing_table(estate)["alarms"]
    logs = alarms["checkout-probe-alarm-prod"]["logs"]
    assert logs["log_group"] == "/aws/lambda/probe-runner-prod"
    assert logs["pattern"] == '{ $.Probe = "checkout-probe-prod" && $.Up = 0 }'
    assert logs["readable"]
    assert "logs" not in alarms["checkout-probe-slow-alarm-prod"]


@pytest.mark.parametrize("evidence", ["none", "tickets"])
def test_the_incident_function_reads_these_lines_only_where_it_quotes_lines(evidence: str) -> None:
    hub = resources(made(f"incidents: {{evidence: {evidence}}}\nchannels: {{jira: null}}\n{SHOP}"), HUB_FILE)
    assert ("probe-runner-prod:*" in json.dumps(hub["NotifierRole"])) is (evidence != "none")


def test_the_alarm_of_a_runner_has_severity_owner_and_runbook_of_its_most_severe_probe() -> None:
    alarms = {alarm.key: alarm for alarm in made(f"require: [owner, runbook]\n{SHOP}").estates["prod"].alarms}
    hub, members = alarms["probe-runner"], alarms["probe-runner-in-us-east-1"]
    assert (hub.tuning.severity, hub.owner, hub.runbook) == (
        "critical",
        "shop",
        "https://runbooks.example.com/checkout",
    )
    assert (members.tuning.severity, members.owner, members.runbook) == ("medium", "", "")


def test_a_user_alarm_of_the_same_name_is_refused() -> None:
    own = "alarms: {checkout-probe: {metric: {filter: errors}, statistic: Sum, threshold: '> 5'}}"
    assert codes(spec(SHOP + own)) >= {"R08"}


def test_a_diff_says_what_is_checked_otherwise() -> None:
    def data(change: str) -> dict[str, Any]:
        return dict(json.loads(made(change).artifacts["prod/estate.json"]))

    after = SHOP.replace("port: 5432", "port: 5433").replace("every: 5m", "every: 10m, timeout: 2s")
    after = after.replace("contains: ok", "contains: fine").replace("vpc-0123456789abcdef0", "vpc-0123456789abcdef1")
    found = [change for change in changes_of(data(SHOP), data(after)) if change.area == "probes"]
    assert [(change.kind, change.subject, change.sentence) for change in found] == [
        ("changed", "checkout", "has other values of: expected text"),
        ("changed", "db", "checks db.internal port 5433 (was: db.internal port 5432)"),
        (
            "changed",
            "zone",
            "runs every 10 minutes from the hub (was: every 5 minutes from the hub); has a timeout of 2 seconds"
            " (was: 5 seconds)",
        ),
        (
            "changed",
            "probes of alpha",
            "run in vpc-0123456789abcdef1, us-east-1 (was: vpc-0123456789abcdef0, us-east-1)",
        ),
    ]
    removed = [change for change in changes_of(data(SHOP), data("")) if change.area == "probes"]
    assert [(change.kind, change.sentence) for change in removed] == [
        ("removed", "no longer checks https://checkout-prod.example.com/health"),
        ("removed", "no longer checks db.internal port 5432"),
        ("removed", "no longer checks example.com A"),
    ]


class _Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = 200 if self.headers["Authorization"] == "Bearer hush-hush" else 401
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


def test_a_probe_is_run_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = socket.gethostname()
    authorities = tmp_path / "authorities.pem"
    authorities.write_bytes(authority()[1].public_bytes(serialization.Encoding.PEM))
    # OpenSSL's own variable: https://docs.openssl.org/3.0/man3/SSL_CTX_load_verify_locations/
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities))
    with HTTPServer(("", 0), _Shop) as server:
        server.socket = server_context(tmp_path, host).wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        change = f"""
probes:
  shop:
    type: http
    url: https://{host}:{server.server_address[1]}/
    headers: {{Authorization: {{secret: shop/probe}}}}
  closed: {{type: tcp, host: {host}, port: 1}}
"""
        (tmp_path / "observability.yaml").write_text(spec(change))
        up = obsgen(tmp_path, "probe", "shop", "--secret", "shop/probe=TOKEN", TOKEN="Bearer hush-hush")
        both = obsgen(tmp_path, "probe", "--json", "--secret", "shop/probe=TOKEN", TOKEN="Bearer other-one")
        without = obsgen(tmp_path, "probe", "shop")
        unknown = obsgen(tmp_path, "probe", "shpo")
        server.shutdown()
    assert (up.returncode, up.stdout.split()[:2]) == (0, ["shop", "up"])
    assert {result["probe"]: result["kind"] for result in json.loads(both.stdout)} == {
        "closed-probe-prod": "connect",
        "shop-probe-prod": "status",
    }
    assert both.returncode == 1
    assert "use --secret shop/probe=VARIABLE" in without.stdout
    assert unknown.returncode == 2
    assert "did you mean `shop`" in unknown.stderr


def test_the_check_counts_with_the_limits_of_the_runner() -> None:
    """T73 adds up what a run takes; neither side can import the other."""
    runner = handlers.probes.run
    assert (probes.CONCURRENT, probes.APART_SECONDS) == (runner.CONCURRENT, runner.APART_SECONDS)


def test_probes_that_begin_too_late_for_one_run_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """250 that begin 250 ms after one another take 62 seconds, however quick each of them is."""
    entry = "{type: tcp, host: a.example.com, port: 443, timeout: 1s}"
    many = "".join(f"  p{number}: {entry}\n" for number in range(250))
    assert "T73" not in codes(spec(f"probes:\n{many}"))
    monkeypatch.setattr(t73_probes_in_time, "APART_SECONDS", 0.25)
    # A comment, because tests build the same text once.
    assert "T73" in codes(spec(f"probes:\n{many}") + "# slower\n")


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.253", "224.0.0.251", "0.0.0.0", "::1", "fe80::1"])
def test_a_name_server_is_not_the_machine_of_the_function(address: str) -> None:
    probe = f"probes: {{d: {{type: dns, name: a.example.com, record: A, resolver: '{address}'}}}}\n"
    network = (
        "network: {probes: {accounts: {hub: {vpc: vpc-01234567, subnets: [subnet-01234567], resolvers: ['%s']}}}}\n"
    )
    for text in (probe, network % address):
        (message,) = [finding.message for finding in built(spec(text)).findings if finding.code == "S03"]
        assert "where no name server answers a Lambda function" in message


def test_own_dns_servers_of_a_vpc_can_be_reached() -> None:
    """AWS's resolver is not subject to security groups, but other servers are:
    https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    """

    def rules(change: str, side: str) -> set[tuple[str, int, str]]:
        made = built(spec(change))
        assert made.artifacts, made.findings
        group = made.templates["prod"][f"{side}.template.yaml"]["Resources"]["ProbesSecurityGroup"]
        egress = group["Properties"]["SecurityGroupEgress"]
        return {(rule["IpProtocol"], rule["FromPort"], rule.get("CidrIp") or rule["CidrIpv6"]) for rule in egress}

    vpc = "vpc: vpc-0123456789abcdef{}, subnets: [subnet-0123456789abcdef{}]"
    entries = (
        f"alpha: {{{vpc.format(0, 0)}, resolvers: [10.0.0.2]}}, beta: {{{vpc.format(1, 1)}, resolvers: ['fd00::53']}}"
    )
    members = f"""
probes: {{db: {{type: tcp, host: db.internal, port: 5432, from: [alpha, beta]}}}}
network: {{probes: {{accounts: {{{entries}}}}}}}
"""
    target = {("tcp", 5432, "0.0.0.0/0")}
    servers = {(way, 53, range_) for way in ("tcp", "udp") for range_ in ("10.0.0.2/32", "fd00::53/128")}
    assert rules(members, "member") == target | servers
    without = members.replace(", resolvers: [10.0.0.2]", "").replace(", resolvers: ['fd00::53']", "")
    assert rules(without, "member") == target
    hub = f"""
probes: {{db: {{type: tcp, host: 10.1.0.9, port: 5432}}}}
network: {{probes: {{accounts: {{hub: {{{vpc.format(2, 2)}, resolvers: [10.1.0.2]}}}}}}}}
"""
    assert rules(hub, "hub") == {("tcp", 5432, "10.1.0.9/32"), ("tcp", 53, "10.1.0.2/32"), ("udp", 53, "10.1.0.2/32")}
    before, after = (json.loads(built(spec(text)).artifacts["prod/estate.json"]) for text in (without, members))
    changed = [change.sentence for change in changes_of(before, after) if change.area == "probes"]
    assert changed[0].endswith("us-east-1, with the DNS servers 10.0.0.2 (was: vpc-0123456789abcdef0, us-east-1)")
