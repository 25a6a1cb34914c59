"""How long a plan takes where much is deployed already: accounts × Regions × stack sets, behind a stand-in of our own.

    python -m bench.rollout [--accounts 10000] [--regions 2] [--sets 5] [--latency 0.02]

The stand-in pages as AWS does (a hundred instances, twenty accounts a page) and answers after `--latency` seconds.
Ten accounts join, ten leave, and a threshold changes.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import yaml

from generator.aws.pseudo import plain
from generator.render.yaml_text import parse_template
from generator.rollout.deploy.name_conflicts import NAME_LOOKUPS
from generator.shards.assignments import FILLED
from tests.support import BASE, laid_over

HUB = "111111111111"
REGIONS = ("us-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2")
PAGE, ACCOUNTS_A_PAGE = 100, 20
NO_SUCH_KEY = b"<Error><Code>NoSuchKey</Code><Message>There is none.</Message></Error>"
RESULT = (
    '<{0}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><{0}Result>{1}</{0}Result>'
    "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{0}Response>"
)


def _resource(logical_id: str, about: dict[str, Any]) -> str:
    """A resource as the stack lists it; by its name, where the template gives one."""
    given = (plain(about["Properties"].get(named.key), HUB, REGIONS[0]) for named in NAME_LOOKUPS.values())
    name = next(filter(None, given), logical_id)
    return (
        f"<member><LogicalResourceId>{logical_id}</LogicalResourceId><ResourceType>{about['Type']}</ResourceType>"
        f"<PhysicalResourceId>{name}</PhysicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
    )


class World:
    """What is deployed: bodies, instances, and the files of the last rollout."""

    def __init__(self, out: Path, accounts: list[str], regions: tuple[str, ...], latency: float) -> None:
        self.accounts, self.latency = accounts, latency
        self.instances = [(account, region) for account in accounts for region in regions]
        manifest = yaml.safe_load((out / "manifest.yaml").read_text())
        self.members = {one["name"]: (out / one["template"]).read_text() for one in manifest["stack_sets"]}
        made = parse_template((out / "hub.template.yaml").read_text())["Resources"]
        self.resources = "".join(_resource(logical_id, about) for logical_id, about in made.items())
        self.files = {path.name: path.read_bytes() for path in out.iterdir()}
        _, *further = self.members
        every = {account: [] for account in accounts}
        recorded = {"names": {}, "overrides": every, "further": dict.fromkeys(further, every)}
        self.files["members.json"] = json.dumps(recorded).encode()
        self.calls: collections.Counter[str] = collections.Counter()

    def query(self, operation: str, asked: dict[str, str]) -> str | None:
        """An answer of CloudFormation, STS or IAM; None for what is not there."""
        stack = "<StackName>observability-hub-prod</StackName><StackStatus>UPDATE_COMPLETE</StackStatus>"
        stack += "<StackId>arn:aws:cloudformation:us-east-1:1:stack/observability-hub-prod/1</StackId>"
        stack += "<CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs><member><OutputKey>SinkArn</OutputKey>"
        stack += "<OutputValue>arn:sink</OutputValue></member></Outputs>"
        change = "<Type>Resource</Type><ResourceChange><Action>Modify</Action><LogicalResourceId>A</LogicalResourceId>"
        change += "<ResourceType>AWS::CloudWatch::Alarm</ResourceType></ResourceChange>"
        match operation:
            case "GetCallerIdentity":
                return f"<Account>{HUB}</Account><Arn>arn:aws:sts::{HUB}:federated-user/bench</Arn>"
            case "DescribeStacks":
                return f"<Stacks><member>{stack}</member></Stacks>"
            case "GetTemplate":
                return f"<TemplateBody>{escape(self.files['hub.template.yaml'].decode())}</TemplateBody>"
            case "ListStackResources":
                return f"<StackResourceSummaries>{self.resources}</StackResourceSummaries>"
            case "GetAccountSummary":
                return "<SummaryMap><entry><key>Roles</key><value>9</value></entry></SummaryMap>"
            case "ListChangeSets" | "ListStackSetOperations" | "ListStacks":
                return "<Summaries/>"
            case "CreateChangeSet":
                return "<Id>arn:change</Id><StackId>arn:stack</StackId>"
            case "DescribeChangeSet":
                return f"<Status>CREATE_COMPLETE</Status><Changes><member>{change}</member></Changes>"
            case "DescribeStackSet":
                tags = "".join(
                    f"<member><Key>{key}</Key><Value>{value}</Value></member>"
                    for key, value in (("environment", "prod"), ("project", "shop"))
                )
                sink = "<member><ParameterKey>SinkArn</ParameterKey><ParameterValue>arn:sink</ParameterValue></member>"
                text = self.members[asked["StackSetName"]]
                given = sink if "SinkArn:" in text else ""
                body = f"<TemplateBody>{escape(text)}</TemplateBody><Tags>{tags}</Tags>"
                return f"<StackSet><Status>ACTIVE</Status>{body}<Parameters>{given}</Parameters></StackSet>"
            case "ListStackInstances":
                start = int(asked.get("NextToken", "0"))
                some = "".join(
                    f"<member><Account>{account}</Account><Region>{region}</Region><Status>CURRENT</Status></member>"
                    for account, region in self.instances[start : start + PAGE]
                )
                more = f"<NextToken>{start + PAGE}</NextToken>" if start + PAGE < len(self.instances) else ""
                return f"<Summaries>{some}</Summaries>{more}"
            case "DescribeOrganizationsAccess":
                return "<Status>ENABLED</Status>"
            case _:
                return ""

    def target(self, operation: str, asked: dict[str, str]) -> str:
        """An answer of a service that speaks JSON."""
        match operation:
            case "DescribeOrganization":
                return '{"Organization": {"Id": "o-a1b2c3d4e5", "MasterAccountId": "000000000000"}}'
            case "DescribeAccount":
                return '{"Account": {"State": "ACTIVE"}}'
            case "GetServiceQuota":
                # More than any account here has.
                return json.dumps({"Quota": {"QuotaCode": asked["QuotaCode"], "Value": 1_000_000.0}})
            case "ListAccounts":
                start = int(asked.get("NextToken", "0"))
                # Those that join are in the organization already.
                everyone = [f"{200_000_000_000 + n}" for n in range(len(self.accounts) + 10)]
                some = [{"Id": one, "State": "ACTIVE"} for one in everyone[start : start + ACCOUNTS_A_PAGE]]
                more = {"NextToken": str(start + ACCOUNTS_A_PAGE)} if start + ACCOUNTS_A_PAGE < len(everyone) else {}
                return json.dumps({"Accounts": some, **more})
            case _:
                return "{}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        world: World = self.server.world  # type: ignore[attr-defined]
        if "100-continue" in self.headers.get("Expect", ""):
            self.send_response_only(100)
            self.end_headers()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(world.latency)
        if "X-Amz-Target" in self.headers:
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            answer = world.target(operation, json.loads(body)).encode()
        elif b"Action=" in body:
            asked = {key: values[0] for key, values in parse_qs(body.decode()).items()}
            operation = asked["Action"]
            answer = RESULT.format(operation, world.query(operation, asked)).encode()
        else:
            operation = f"{self.command} {'object' if self.path.count('/') > 1 else 'bucket'}"
            # What is asked of a bucket, or put into it, has an empty answer.
            is_file = self.command == "GET" and "?" not in self.path and self.path.count("/") > 1
            answer = world.files.get(self.path.rpartition("/")[2], NO_SUCH_KEY) if is_file else b""
        world.calls[operation] += 1
        self.send_response(404 if answer is NO_SUCH_KEY else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = do_POST = do_HEAD = _any

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


def spec_of(first: int, last: int, regions: tuple[str, ...], threshold: int, sets: int) -> str:
    """The small spec with that many accounts, and as many alarms in each of them as make so many stack sets.

    Nothing reads in the members: a role that names thousands of accounts is too long for IAM.
    """
    accounts = dict.fromkeys(("alpha", "beta", "gamma"))
    accounts |= {f"m{n:05}": {"id": f"{200_000_000_000 + n}"} for n in range(first, last)}  # type: ignore[misc]
    spec = yaml.safe_load(BASE)
    usual = spec["alarms"]["errors"]
    more = {f"errors-{number}": usual for number in range((sets - 1) * FILLED.resources)}
    alarms = {**more, "errors": {"threshold": f"> {threshold}"}}
    made = laid_over(spec, {"accounts": accounts, "regions": list(regions), "alarms": alarms})
    made.pop("access", None)
    return str(yaml.dump(made, Dumper=yaml.CSafeDumper, sort_keys=False))


def main() -> None:
    """Print one line of figures, and the calls."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--regions", type=int, default=2)
    parser.add_argument("--sets", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.0)
    options = parser.parse_args()
    regions = REGIONS[: options.regions]
    obsgen = [sys.executable, "-c", "from generator.cli.main import main; main()"]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        known = {"HOME": folder, "PYTHONPATH": str(Path(__file__).parent.parent), "AWS_MAX_ATTEMPTS": "1"}
        known |= {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"}
        environment = {**os.environ, **known}

        def build(first: int, last: int, threshold: int) -> None:
            (place / "observability.yaml").write_text(spec_of(first, last, regions, threshold, options.sets))
            command = [*obsgen, "build", "--no-lint"]
            subprocess.run(command, cwd=place, env=environment, check=True, stdout=subprocess.DEVNULL)

        build(0, options.accounts, 5)
        there = [f"{200_000_000_000 + n}" for n in range(options.accounts)]
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        world = server.world = World(place / "out" / "prod", there, regions, options.latency)  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{server.server_address[1]}"
        build(10, options.accounts + 10, 9)
        began = time.monotonic()
        with (place / "said").open("wb") as said:
            running = subprocess.Popen([*obsgen, "deploy", "--plan"], cwd=place, env=environment, stdout=said)
            _, status, used = os.wait4(running.pid, 0)
        seconds = time.monotonic() - began
        text = (place / "said").read_text()
        server.shutdown()
    print(text[-1200:])
    cpu = used.ru_utime + used.ru_stime
    print(f"exit {os.waitstatus_to_exitcode(status)}, {len(world.members)} sets, {seconds:.2f} s,", end=" ")
    print(f"{cpu:.2f} s of CPU, {used.ru_maxrss / 1024:.0f} MB,", end=" ")
    print(f"{sum(world.calls.values())} calls: {dict(world.calls.most_common())}")


if __name__ == "__main__":
    main()
