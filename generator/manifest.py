"""The contract between build and deploy: the files of out/, and the order of their rollout.

`deploy` follows this file and nothing else, so everything it needs is here: stacks, the stack set, parameters for
each group of accounts, and the packages of the functions with their digests. `redrive` and `incidents` find the hub's
queues and table here.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

MANIFEST_VERSION = 1
MANIFEST = "manifest.yaml"
ESTATE_FILE = "estate.json"
HUB_TEMPLATE = "hub.template.yaml"
MEMBER_TEMPLATE = "member.template.yaml"
# The template of a sink outside the hub's Region; only where members share in every Region.
SINK_TEMPLATE = "sink.template.yaml"
# The API's document; only where an environment has an API.
API_DOCUMENT = "openapi.json"
# Where the incident function's package has the table that is made for each environment.
ROUTING_FILE = "handlers/incident/routing.json"
# The name of the package that both functions of the incidents have.
INCIDENT_PACKAGE = "incident"
# A template as a manifest lists it; a stack with its Region, and one that has nothing any more.
_LISTED = re.compile(r"^  template: ([a-z0-9.-]+)$", re.MULTILINE)
_STACK = re.compile(r"^- name: (\S+)\n  account: \S+\n  region: ([a-z0-9-]+)$", re.MULTILINE)
_RETIRED = re.compile(r"^  - name: (\S+)\n    region: ([a-z0-9-]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asset:
    """A function's package. `deploy` packs the same files again, compares the digest, and uploads it under `key`.

    code: the folder of `handlers` that it is made of; functions that share one share its package, too.
    regions: those with a bucket that it has to lie in, since a function takes its code from S3 of its own Region only.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
    """

    name: str
    handler: str
    code: str
    sha256: str
    size: int
    files: tuple[tuple[str, str], ...]
    regions: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its place in each assets bucket; the digest makes changed code a changed template."""
        return f"functions/{self.code}/{self.sha256}.zip"


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack of the hub's account, in the hub's Region or another, or of the management account.

    parameters: those with values of their own. from_hub: parameter to the hub output that fills it.
    """

    name: str
    template: str
    sha256: str
    account: str
    region: str
    termination_protection: bool = False
    parameters: tuple[tuple[str, str], ...] = ()
    from_hub: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Management:
    """The management account, a member that no stack set reaches. stacks: by Region, as the stack sets are ordered."""

    name: str
    account: str
    stacks: tuple[Stack, ...]


@dataclass(frozen=True, slots=True)
class ParameterGroup:
    """Members that share one set of parameter values: account name to id, and parameter to value."""

    accounts: tuple[tuple[str, str], ...]
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StackSet:
    """A stack set of the members. from_hub: parameter to the hub output that fills it, for every account alike.

    preferences: of every operation, in CloudFormation's words. first: ids of accounts and units that go before others.
    excluded: accounts of the units that are no members, name to id. own_regions: by account name, where not in all.
    """

    name: str
    template: str
    sha256: str
    permission_model: str
    call_as: str
    regions: tuple[str, ...]
    organizational_units: tuple[str, ...]
    from_hub: tuple[tuple[str, str], ...]
    groups: tuple[ParameterGroup, ...]
    preferences: tuple[tuple[str, str | int], ...] = ()
    first: tuple[str, ...] = ()
    excluded: tuple[tuple[str, str], ...] = ()
    own_regions: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class RetiredStack:
    """A stack of the hub's account that has nothing any more. region: empty for the hub's."""

    name: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Retired:
    """Stacks of the hub and names of stack sets that have nothing any more; a rollout deletes those there are."""

    stacks: tuple[RetiredStack, ...] = ()
    stack_sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of the hub that `redrive` works with. purpose: `incidents`, `wake_ups`, or whose dead letters it holds.

    log_group: where whoever gave up on its messages says why. back_to: the purpose of the queue to which its messages
    are sent back; empty for the incidents.
    """

    purpose: str
    name: str
    account: str
    region: str
    log_group: str = ""
    back_to: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The hub's table of incidents and what is owed of them, which `incidents` and `redrive` read."""

    name: str
    account: str
    region: str


@dataclass(frozen=True, slots=True)
class TagCompliance:
    """The names that `compliance scan` and `compliance report` need, the same in every account and Region.

    operator_role: `{region}` stands for the Region. external_id, readers: the hub's roles that may take it on, and with
    which id; where there are none, the hub's own policies say who may, without an id. accounts: the ids of the named
    accounts that are checked; None for all. later: whether accounts that join later are. regions: empty for all.
    """

    queue: str
    table: str
    dead_letters: str
    operator_role: str
    external_id: str = ""
    readers: tuple[str, ...] = ()
    accounts: tuple[str, ...] | None = None
    later: bool = True
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything of one environment, in the order of its rollout: assets, stacks, stack sets, management account.

    volumes: what an account uses a month, for estimates of the cost: its name, `hub`, or `*` for each member without
    its own; then items of the price list. Nothing is deployed by it. named_alarms: alarms whose names do not end with
    the environment.
    """

    project: str
    environment: str
    tags: tuple[tuple[str, str], ...]
    assets: tuple[Asset, ...]
    stacks: tuple[Stack, ...]
    stack_sets: tuple[StackSet, ...]
    queues: tuple[Queue, ...]
    table: Table
    compliance: TagCompliance | None = None
    written_by: str = ""
    retired: Retired = Retired()
    management: Management | None = None
    volumes: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()
    named_alarms: tuple[str, ...] = ()


def listed_templates(manifest: bytes) -> frozenset[str]:
    """The files of the templates that a manifest lists; it is not parsed, and may be none."""
    return frozenset(_LISTED.findall(manifest.decode("utf-8", "replace")))


def listed_elsewhere(manifest: bytes, hub_region: str) -> frozenset[RetiredStack]:
    """The stacks that a manifest lists outside the hub's Region, including those without resources.

    It is not parsed, and may be none. Its first stack is the hub's: what is in that Region is not taken for elsewhere
    where the hub has moved.
    """
    text = manifest.decode("utf-8", "replace")
    stacks = _STACK.findall(text)
    hub_regions = {hub_region, *(region for _, region in stacks[:1])}
    stacks_found = (RetiredStack(name, region) for name, region in (*stacks, *_RETIRED.findall(text)))
    return frozenset(stack for stack in stacks_found if stack.region not in hub_regions)


def as_data(manifest: Manifest) -> dict[str, Any]:
    """The manifest as the data of manifest.yaml."""
    return {
        "version": MANIFEST_VERSION,
        **({"written_by": manifest.written_by} if manifest.written_by else {}),
        "project": manifest.project,
        "environment": manifest.environment,
        "tags": dict(manifest.tags),
        "assets": [_asset(asset) for asset in manifest.assets],
        "stacks": [_stack(stack) for stack in manifest.stacks],
        "stack_sets": [_stack_set(stack_set) for stack_set in manifest.stack_sets],
        **({"management": _management(manifest.management)} if manifest.management else {}),
        "queues": {queue.purpose: _queue(queue) for queue in manifest.queues},
        "table": asdict(manifest.table),
        **({"compliance": _compliance(manifest.compliance)} if manifest.compliance else {}),
        **_retired(manifest.retired),
        **({"named_alarms": list(manifest.named_alarms)} if manifest.named_alarms else {}),
        **({"volumes": {name: dict(items) for name, items in manifest.volumes}} if manifest.volumes else {}),
    }


def _retired(retired: Retired) -> dict[str, Any]:
    stacks = [asdict(stack) if stack.region else stack.name for stack in retired.stacks]
    data = {"stacks": stacks, "stack_sets": list(retired.stack_sets)}
    return {"retired": data} if any(data.values()) else {}


def _compliance(compliance: TagCompliance) -> dict[str, Any]:
    """The names as data; an empty external ID and an empty placement are left out."""
    where = {
        **({} if compliance.accounts is None else {"accounts": list(compliance.accounts)}),
        **({} if compliance.later else {"later": False}),
        **({"regions": list(compliance.regions)} if compliance.regions else {}),
    }
    names = {name: getattr(compliance, name) for name in ("queue", "table", "dead_letters", "operator_role")}
    id_ = {"external_id": compliance.external_id} if compliance.external_id else {}
    return {**names, **id_, "readers": list(compliance.readers), **where}


def _asset(asset: Asset) -> dict[str, Any]:
    return {
        "name": asset.name,
        "handler": asset.handler,
        "key": asset.key,
        "sha256": asset.sha256,
        "size": asset.size,
        "regions": list(asset.regions),
        "files": dict(asset.files),
    }


def _stack(stack: Stack) -> dict[str, Any]:
    return {
        "name": stack.name,
        "account": stack.account,
        "region": stack.region,
        "template": stack.template,
        "sha256": stack.sha256,
        "capabilities": ["CAPABILITY_NAMED_IAM"],
        "termination_protection": stack.termination_protection,
    }


def _management(management: Management) -> dict[str, Any]:
    stacks = [
        {
            **_stack(stack),
            "parameters_from_hub_outputs": dict(stack.from_hub),
            "parameters": dict(stack.parameters),
        }
        for stack in management.stacks
    ]
    return {"name": management.name, "account": management.account, "stacks": stacks}


def _stack_set(stack_set: StackSet) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": stack_set.name,
        "template": stack_set.template,
        "sha256": stack_set.sha256,
        "capabilities": ["CAPABILITY_NAMED_IAM"],
        "permission_model": stack_set.permission_model,
        "call_as": stack_set.call_as,
        "regions": list(stack_set.regions),
        "organizational_units": list(stack_set.organizational_units),
        **({"except": dict(stack_set.excluded)} if stack_set.excluded else {}),
        **({"own_regions": {n: list(r) for n, r in stack_set.own_regions}} if stack_set.own_regions else {}),
        "auto_deployment": bool(stack_set.organizational_units),
        "operation_preferences": dict(stack_set.preferences),
        "first": list(stack_set.first),
        "parameters_from_hub_outputs": dict(stack_set.from_hub),
        "groups": [{"accounts": dict(g.accounts), "parameters": dict(g.parameters)} for g in stack_set.groups],
    }
    return data


def _queue(queue: Queue) -> dict[str, Any]:
    data = {"name": queue.name, "account": queue.account, "region": queue.region}
    more = {"log_group": queue.log_group, "back_to": queue.back_to}
    return {**data, **{name: value for name, value in more.items() if value}}
