"""The environment of a simulation: the deployed stacks, and the keys and names of alarms, accounts and log groups.

Resources are read from the templates; the estate has only the keys and names that tests use for them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from generator.evaluate.alarms.composite_order import referenced_alarm
from generator.evaluate.alarms.rule import RuleProblem, parse
from generator.evaluate.events.buses import EventBuses
from generator.evaluate.math import metric_math
from generator.evaluate.template.template import (
    CompositeAlarm,
    Contents,
    FilterResource,
    MetricAlarm,
    PromqlAlarm,
    read,
)
from generator.evaluate.types import AlarmId, Deployed, MetricId
from generator.manifest import ROUTING_FILE
from generator.model.accounts import Account
from generator.model.event_rules import EventRule
from generator.model.stack_values import filled, joined, with_placeholders

HUB = "hub"
JOINED = "new-account"
"""The name of an account of an organizational unit: it has the template's defaults, as one that joins later."""
OWN_ACCOUNT, OWN_REGION = "000000000000", "us-east-1"
"""The account and Region of a template without others."""


@dataclass(frozen=True, slots=True)
class AlarmLocation:
    """An alarm in an account and Region. account: its name. subject: the account that a hub alarm is about.

    key: of the spec; the name without one. is_own: whether it is of the tested spec or template, and not of what
    obsgen adds to monitor itself. region: only if a test has to name it, because the alarm is not the same in all
    Regions of the account.
    """

    alarm: AlarmId
    key: str
    account: str
    subject: str = ""
    is_own: bool = True
    region: str = ""

    def deployed_in(self, account: str) -> bool:
        """Whether a test that names this account means this alarm."""
        return account in (self.account, self.subject, self.alarm.account)

    def __str__(self) -> str:
        return f"{self.alarm.name} in {self.account}" if self.account else self.alarm.name

    @property
    def full_name(self) -> str:
        """Its name, account and Region: `errors-alarm-prod in checkout (222222222222), us-east-1`."""
        account = f"{self.account} ({self.alarm.account})" if self.account else self.alarm.account
        return f"{self.alarm.name} in {account}, {self.alarm.region}"


@dataclass(frozen=True)
class SimulatedEnvironment:
    """name: of the environment, or of the template's file.

    accounts: name to id; members: the accounts of tests that name none. log_groups: key to name, as
    generator.model.stack_values has it. words: placeholders. package: the incident function's files; empty where
    there is none. accounts_by_id: the accounts of the spec. event_rules: those of the spec.
    """

    name: str
    stacks: tuple[Deployed, ...]
    accounts: Mapping[str, str]
    members: tuple[str, ...]
    keys: Mapping[str, tuple[str, str]]
    log_groups: Mapping[str, str]
    words: Mapping[str, str]
    package: Mapping[str, bytes]
    accounts_by_id: Mapping[str, Account] = field(default_factory=dict)
    event_rules: tuple[EventRule, ...] = ()

    def filled_in(self, text: str, account: str, region: str) -> str:
        """A text, as a file or the model has it, in an account, by id, and a Region."""
        for word, value in self.words.items():
            text = text.replace(f"{{{word}}}", value)
        return filled(with_placeholders(text), self.accounts_by_id.get(account) or joined(account), region)

    def __str__(self) -> str:
        return self.name

    @property
    def parameters(self) -> str:
        """The parameters in words, which distinguish environments of the same template."""
        stack = self.stacks[0]
        values = [f"{name}={value}" for name, value in (*stack.parameters, *stack.imports, *stack.stored)]
        account = [stack.account] if stack.account != OWN_ACCOUNT else []
        return f" with {', '.join([*values, *account, stack.region])}"

    @cached_property
    def channels(self) -> Mapping[str, Any]:
        """The channels of the incident function, by name."""
        channels: Mapping[str, Any] = self.routing.get("channels", {})
        return channels

    @cached_property
    def routing(self) -> Mapping[str, Any]:
        """The incident function's table; empty where there is none."""
        routing: Mapping[str, Any] = json.loads(self.package.get(ROUTING_FILE, b"{}"))
        return routing

    @cached_property
    def buses(self) -> EventBuses:
        """The rules of EventBridge in all stacks."""
        return EventBuses(self.stacks)

    @cached_property
    def contents(self) -> tuple[Contents, ...]:
        """The alarms, filters and mute rules of each stack."""
        return tuple(read(stack) for stack in self.stacks)

    @cached_property
    def alarms(self) -> Mapping[AlarmId, MetricAlarm | CompositeAlarm]:
        """Every alarm that can be read."""
        alarms: dict[AlarmId, MetricAlarm | CompositeAlarm] = {}
        for stack_contents in self.contents:
            alarms |= {alarm.alarm: alarm for alarm in stack_contents.metric_alarms}
            alarms |= {alarm.alarm: alarm for alarm in stack_contents.composites}
        return alarms

    @cached_property
    def promql(self) -> Mapping[AlarmId, PromqlAlarm]:
        """The alarms on PromQL, which need the result of their query."""
        return {alarm.alarm: alarm for stack_contents in self.contents for alarm in stack_contents.promql}

    @cached_property
    def dependencies(self) -> Mapping[AlarmId, tuple[AlarmId, ...]]:
        """The alarms that each composite depends on: those of its rule, and its suppressor."""
        dependencies = {}
        for alarm, resource in self.alarms.items():
            if isinstance(resource, CompositeAlarm):
                rule = parse(resource.rule)
                names = () if isinstance(rule, RuleProblem) else rule.children
                below = [referenced_alarm(name, alarm) for name in (*names, resource.suppressor) if name]
                dependencies[alarm] = tuple(child for child in below if isinstance(child, AlarmId))
        return dependencies

    @cached_property
    def dependents(self) -> Mapping[AlarmId, frozenset[AlarmId]]:
        """The composites that depend on each alarm."""
        dependents: dict[AlarmId, set[AlarmId]] = {}
        for alarm, below in self.dependencies.items():
            for child in below:
                dependents.setdefault(child, set()).add(alarm)
        return {alarm: frozenset(above) for alarm, above in dependents.items()}

    @cached_property
    def locations_by_alarm(self) -> Mapping[AlarmId, AlarmLocation]:
        """The location of each alarm."""
        return {location.alarm: location for location in self.locations}

    @cached_property
    def alarms_by_metric(self) -> Mapping[MetricId, frozenset[AlarmId]]:
        """The alarms that read each metric; the metric without dimensions has those of all dimensions."""
        alarms_: dict[MetricId, set[AlarmId]] = {}
        for contents in self.contents:
            for alarm in contents.metric_alarms:
                for metric in (entry.stat.metric for entry in alarm.entries if entry.stat):
                    alarms_.setdefault(metric, set()).add(alarm.alarm)
                    alarms_.setdefault(replace(metric, dimensions=()), set()).add(alarm.alarm)
        return {metric: frozenset(alarms) for metric, alarms in alarms_.items()}

    @cached_property
    def deployed_in(self) -> Mapping[AlarmId, tuple[int, ...]]:
        """The stacks that have each alarm, by their number."""
        stacks: dict[AlarmId, list[int]] = {}
        for number, contents in enumerate(self.contents):
            of_metrics = (resource.alarm for resource in contents.metric_alarms)
            of_alarms = (resource.alarm for resource in contents.composites)
            for alarm in (*of_metrics, *of_alarms, *contents.unknown):
                stacks.setdefault(alarm, []).append(number)
        return {alarm: tuple(numbers) for alarm, numbers in stacks.items()}

    @cached_property
    def filters_by_log_group(self) -> Mapping[tuple[str, str, str], tuple[tuple[int, FilterResource], ...]]:
        """Account, Region and name of the log groups in which filters count: those, each with its stack's number."""
        filters: dict[tuple[str, str, str], list[tuple[int, FilterResource]]] = {}
        for number, contents in enumerate(self.contents):
            for filter_ in contents.filters:
                filters.setdefault((filter_.account, filter_.region, filter_.log_group), []).append((number, filter_))
        return {group: tuple(group_filters) for group, group_filters in filters.items()}

    @cached_property
    def by_name(self) -> Mapping[str, tuple[AlarmLocation, ...]]:
        """The alarms of each key, and of each name that is not a key."""
        keys: dict[str, list[AlarmLocation]] = {}
        names: dict[str, list[AlarmLocation]] = {}
        for location in self.locations:
            keys.setdefault(location.key, []).append(location)
            names.setdefault(location.alarm.name, []).append(location)
        return {name: tuple(locations) for name, locations in {**names, **keys}.items()}

    @cached_property
    def locations(self) -> tuple[AlarmLocation, ...]:
        """Every alarm with its location, also those that cannot be read."""
        names = {number: name for name, number in self.accounts.items()}
        locations = []
        for contents in self.contents:
            logical = {resource.alarm: resource.logical_id for resource in contents.metric_alarms}
            logical |= {resource.alarm: resource.logical_id for resource in contents.composites}
            logical |= contents.logical_ids
            for alarm in logical:
                key, subject = self.keys.get(alarm.name, ("", ""))
                ours = bool(key) or not self.package
                fallback = alarm.name if self.package else logical.get(alarm, alarm.name)
                account = names.get(alarm.account, "")
                locations.append(AlarmLocation(alarm, key or fallback, account, subject, ours))
        return tuple(locations)

    @cached_property
    def units_by_metric(self) -> Mapping[MetricId, frozenset[str]]:
        """The metrics that alarms read, each with the units."""
        units: dict[MetricId, set[str]] = {}
        for contents in self.contents:
            for alarm in contents.metric_alarms:
                for entry in alarm.entries:
                    if entry.stat:
                        units.setdefault(entry.stat.metric, set()).add(entry.stat.unit)
        return {metric: frozenset(units_) for metric, units_ in units.items()}

    @cached_property
    def alarms_by_query(self) -> Mapping[tuple[str, str], frozenset[AlarmId]]:
        """The alarms with a Metrics Insights query, by namespace and name of the metric."""
        alarms_: dict[tuple[str, str], set[AlarmId]] = {}
        for contents in self.contents:
            for alarm in contents.metric_alarms:
                for entry in alarm.entries:
                    query = None if entry.stat else metric_math.parse(entry.expression)
                    if isinstance(query, metric_math.Selection):
                        alarms_.setdefault((query.namespace, query.metric), set()).add(alarm.alarm)
        return {name: frozenset(alarms) for name, alarms in alarms_.items()}

    def regions(self, account: str) -> tuple[str, ...]:
        """The Regions of the stacks in an account; those of all stacks if it has none."""
        return self._regions.get(account) or tuple(dict.fromkeys(stack.region for stack in self.stacks))

    @cached_property
    def _regions(self) -> Mapping[str, tuple[str, ...]]:
        by_account: dict[str, dict[str, None]] = {}
        for stack in self.stacks:
            by_account.setdefault(stack.account, {})[stack.region] = None
        return {account: tuple(regions) for account, regions in by_account.items()}
