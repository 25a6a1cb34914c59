"""Where tests are played: the stacks as they are deployed, and what people call the alarms, accounts and log groups.

What stands there is read from the templates; the estate only says by which keys and names people know it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from generator.evaluate.alarms.composite_order import referenced_alarm
from generator.evaluate.alarms.rule import RuleProblem, parse
from generator.evaluate.math import metric_math
from generator.evaluate.template.template import CompositeAlarm, Contents, FilterResource, MetricAlarm, read
from generator.evaluate.types import AlarmId, Deployed, MetricId
from generator.manifest import ROUTING_FILE
from generator.model.accounts import Account
from generator.model.estate import Estate
from generator.model.stack_values import filled, joined, with_placeholders

HUB = "hub"
JOINED = "new-account"
"""What an account of an organizational unit is called: it has the template's defaults, as one that joins later."""
OWN_ACCOUNT, OWN_REGION = "000000000000", "us-east-1"
"""The account and Region of a template that nobody says more of."""


@dataclass(frozen=True, slots=True)
class AlarmLocation:
    """An alarm where it stands. account: its name there; about: the account that an alarm of the hub is about.

    key: what people call it; the same as the name where it has none. ours: whether it is of the spec or template that
    is tested, and not of what obsgen adds to watch itself. region: where a test has to say it, as the alarm is another
    one in other Regions of the account; empty elsewhere.
    """

    alarm: AlarmId
    key: str
    account: str
    about: str = ""
    ours: bool = True
    region: str = ""

    def deployed_in(self, account: str) -> bool:
        """Whether somebody who names this account means it."""
        return account in (self.account, self.about, self.alarm.account)

    def __str__(self) -> str:
        return f"{self.alarm.name} in {self.account}" if self.account else self.alarm.name

    @property
    def whole(self) -> str:
        """Its name, account and Region: `errors-alarm-prod in checkout (222222222222), us-east-1`."""
        account = f"{self.account} ({self.alarm.account})" if self.account else self.alarm.account
        return f"{self.alarm.name} in {account}, {self.alarm.region}"


@dataclass(frozen=True)
class SimulatedEnvironment:
    """name: of the environment, or of the template's file.

    accounts: name to id; members: those meant where nobody is named. log_groups: key to name, as
    generator.model.stack_values has it. words: placeholders. package: the incident function's files; empty where
    there is none. named: what the file says of accounts, by ID.
    """

    name: str
    stacks: tuple[Deployed, ...]
    accounts: Mapping[str, str]
    members: tuple[str, ...]
    keys: Mapping[str, tuple[str, str]]
    log_groups: Mapping[str, str]
    words: Mapping[str, str]
    package: Mapping[str, bytes]
    referenced_alarm: Mapping[str, Account] = field(default_factory=dict)

    def in_place(self, text: str, account: str, region: str) -> str:
        """A text, as a file or the model has it, in an account, by id, and a Region."""
        return filled(with_placeholders(text), self.named.get(account) or joined(account), region)

    def __str__(self) -> str:
        return self.name

    @property
    def parameters(self) -> str:
        """What tells the stage of a template from another of the same template, in words."""
        stack = self.stacks[0]
        said = [f"{name}={value}" for name, value in (*stack.parameters, *stack.imports, *stack.stored)]
        account = [stack.account] if stack.account != OWN_ACCOUNT else []
        return f" with {', '.join([*said, *account, stack.region])}"

    @cached_property
    def channels(self) -> Mapping[str, Any]:
        """The channels that the incident function knows, by name."""
        held: Mapping[str, Any] = self.routing.get("channels", {})
        return held

    @cached_property
    def routing(self) -> Mapping[str, Any]:
        """The incident function's table; empty where there is none."""
        held: Mapping[str, Any] = json.loads(self.package.get(ROUTING_FILE, b"{}"))
        return held

    @cached_property
    def contents(self) -> tuple[Contents, ...]:
        """What each stack makes CloudWatch do."""
        return tuple(read(stack) for stack in self.stacks)

    @cached_property
    def alarms(self) -> Mapping[AlarmId, MetricAlarm | CompositeAlarm]:
        """Every alarm that can be read."""
        found: dict[AlarmId, MetricAlarm | CompositeAlarm] = {}
        for each in self.contents:
            found |= {one.alarm: one for one in each.metric_alarms}
            found |= {one.alarm: one for one in each.composites}
        return found

    @cached_property
    def stands_on(self) -> Mapping[AlarmId, tuple[AlarmId, ...]]:
        """What each composite depends on: its rule's alarms, and its suppressor."""
        found = {}
        for alarm, one in self.alarms.items():
            if isinstance(one, CompositeAlarm):
                rule = parse(one.rule)
                names = () if isinstance(rule, RuleProblem) else rule.children
                below = [referenced_alarm(name, alarm) for name in (*names, one.suppressor) if name]
                found[alarm] = tuple(each for each in below if isinstance(each, AlarmId))
        return found

    @cached_property
    def dependents(self) -> Mapping[AlarmId, frozenset[AlarmId]]:
        """The composites that depend on each alarm."""
        found: dict[AlarmId, set[AlarmId]] = {}
        for alarm, below in self.stands_on.items():
            for one in below:
                found.setdefault(one, set()).add(alarm)
        return {alarm: frozenset(above) for alarm, above in found.items()}

    @cached_property
    def locations_by_alarm(self) -> Mapping[AlarmId, AlarmLocation]:
        """Each alarm, as people know it."""
        return {one.alarm: one for one in self.location}

    @cached_property
    def alarms_by_metric(self) -> Mapping[MetricId, frozenset[AlarmId]]:
        """The alarms that look at each metric; without dimensions, at any of them that has some."""
        found: dict[MetricId, set[AlarmId]] = {}
        for contents in self.contents:
            for alarm in contents.metric_alarms:
                for metric in (entry.stat.metric for entry in alarm.entries if entry.stat):
                    found.setdefault(metric, set()).add(alarm.alarm)
                    found.setdefault(replace(metric, dimensions=()), set()).add(alarm.alarm)
        return {metric: frozenset(alarms) for metric, alarms in found.items()}

    @cached_property
    def deployed_in(self) -> Mapping[AlarmId, tuple[int, ...]]:
        """The stacks that have each alarm, by their number."""
        found: dict[AlarmId, list[int]] = {}
        for number, contents in enumerate(self.contents):
            alarms = (*(one.alarm for one in contents.metric_alarms), *(one.alarm for one in contents.composites))
            for alarm in (*alarms, *contents.unknown):
                found.setdefault(alarm, []).append(number)
        return {alarm: tuple(numbers) for alarm, numbers in found.items()}

    @cached_property
    def readers(self) -> Mapping[tuple[str, str, str], tuple[tuple[int, FilterResource], ...]]:
        """Account, Region and name of the log groups in which filters count: those, each with its stack's number."""
        found: dict[tuple[str, str, str], list[tuple[int, FilterResource]]] = {}
        for number, contents in enumerate(self.contents):
            for one in contents.filters:
                found.setdefault((one.account, one.region, one.log_group), []).append((number, one))
        return {group: tuple(several) for group, several in found.items()}

    @cached_property
    def called(self) -> Mapping[str, tuple[AlarmLocation, ...]]:
        """The alarms that somebody means who says a key; or a name, where it is nobody's key."""
        keys: dict[str, list[AlarmLocation]] = {}
        names: dict[str, list[AlarmLocation]] = {}
        for one in self.location:
            keys.setdefault(one.key, []).append(one)
            names.setdefault(one.alarm.name, []).append(one)
        return {name: tuple(several) for name, several in {**names, **keys}.items()}

    @cached_property
    def location(self) -> tuple[AlarmLocation, ...]:
        """Every alarm, as people know it; those that can not be read as well."""
        names = {number: name for name, number in self.accounts.items()}
        found = []
        for contents in self.contents:
            logical = {one.alarm: one.logical_id for one in contents.metric_alarms}
            logical |= {one.alarm: one.logical_id for one in contents.composites}
            logical |= contents.logical_ids
            for alarm in logical:
                key, about = self.keys.get(alarm.name, ("", ""))
                ours = bool(key) or not self.package
                fallback = alarm.name if self.package else logical.get(alarm, alarm.name)
                account = names.get(alarm.account, "")
                found.append(AlarmLocation(alarm, key or fallback, account, about, ours))
        return tuple(found)

    @cached_property
    def watched(self) -> Mapping[MetricId, frozenset[str]]:
        """The metrics that some alarm looks at, each with the units it asks for."""
        units: dict[MetricId, set[str]] = {}
        for contents in self.contents:
            for alarm in contents.metric_alarms:
                for entry in alarm.entries:
                    if entry.stat:
                        units.setdefault(entry.stat.metric, set()).add(entry.stat.unit)
        return {metric: frozenset(found) for metric, found in units.items()}

    @cached_property
    def queried(self) -> Mapping[tuple[str, str], frozenset[AlarmId]]:
        """Namespace and name of the metrics that Metrics Insights queries ask for, each with the alarms that do."""
        found: dict[tuple[str, str], set[AlarmId]] = {}
        for contents in self.contents:
            for alarm in contents.metric_alarms:
                for entry in alarm.entries:
                    query = None if entry.stat else metric_math.parse(entry.expression)
                    if isinstance(query, metric_math.Selection):
                        found.setdefault((query.namespace, query.metric), set()).add(alarm.alarm)
        return {asked: frozenset(alarms) for asked, alarms in found.items()}

    def regions(self, account: str) -> tuple[str, ...]:
        """The Regions in which something of ours stands in an account; all where nothing does."""
        return self._regions.get(account) or tuple(dict.fromkeys(stack.region for stack in self.stacks))

    @cached_property
    def _regions(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for stack in self.stacks:
            found.setdefault(stack.account, {})[stack.region] = None
        return {account: tuple(regions) for account, regions in found.items()}


def simulated_environment(
    estate: Estate,
    templates: Mapping[str, Mapping[str, Any]],
    manifest: Mapping[str, Any],
    package: Mapping[str, bytes],
) -> SimulatedEnvironment:
    """The stage of an environment: each stack of the manifest where it stands, with its parameters there.

    templates: of the hub and the members, by file; a sink of another Region has nothing to play.
    """
    stacks = [
        Deployed(templates[one["template"]], one["account"], one["region"], HUB, (), one["name"])
        for one in manifest["stacks"]
        if one["template"] in templates
    ]
    accounts = {HUB: str(manifest["stacks"][0]["account"])}
    members: list[str] = []
    for stack_set in manifest["stack_sets"]:
        for group in stack_set["groups"]:
            parameters = tuple(sorted(group["parameters"].items()))
            accounts |= group["accounts"]
            members += group["accounts"]
            stacks += [
                Deployed(templates[stack_set["template"]], number, region, name, parameters, stack_set["name"])
                for name, number in group["accounts"].items()
                for region in stack_set.get("own_regions", {}).get(name, stack_set["regions"])
            ]
        if stack_set["organizational_units"]:
            accounts.setdefault(JOINED, OWN_ACCOUNT)
            stacks += [
                Deployed(templates[stack_set["template"]], OWN_ACCOUNT, region, JOINED, (), stack_set["name"])
                for region in stack_set["regions"]
            ]
    members = members or [name for name in accounts if name == JOINED]
    keys = {one.name: (one.key, one.account or "") for one in estate.alarms}
    keys |= {one.name: (one.key, "") for one in estate.composites}
    words = {"environment": estate.environment, "project": estate.project}
    groups = {group.key: group.name for group in estate.log_groups}
    referenced_alarm = {account.id: account for account in estate.accounts}
    shown = tuple(sorted(members))
    return SimulatedEnvironment(
        estate.environment, tuple(stacks), accounts, shown, keys, groups, words, package, referenced_alarm
    )


def template_environment(name: str, deployed: Deployed) -> SimulatedEnvironment:
    """The stage of one template, any tool's. The accounts whose metrics its alarms watch are called by their ids."""
    alone = SimulatedEnvironment(name, (deployed,), {"": deployed.account}, ("",), {}, {}, {}, {})
    others = {metric.account for metric in alone.watched} - {deployed.account}
    return replace(alone, accounts={"": deployed.account} | {one: one for one in sorted(others)})
