"""Channels and facts of each alarm: the routing table that `obsgen build` puts into the package, and its queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from handlers.common.event_names import rule_of
from handlers.common.partitions import partition
from handlers.incident.channel_types import EVEN_TYPES
from handlers.incident.channels import Channel, DeliveryPolicy
from handlers.incident.contributor import alarm_of
from handlers.incident.events import Key
from handlers.incident.finding import check_of
from handlers.incident.grouping.grouping_policy import GroupingPolicy, grouping_policy
from handlers.incident.routing_table import (
    AlarmDetails,
    AlarmEntry,
    DeliveryEntry,
    EventRuleEntry,
    RoutingTable,
    RuleEntry,
)
from handlers.incident.state.records import SEVERITIES

# What a rule may ask of an alarm itself; what else it asks for is about the alarm's account.
_OF_ALARMS = ("severity", "owner", "service")
DAY_MS = 86_400_000
MINUTE_MS = 60_000
# When incidents of event rules are over, where no event says so and the table says nothing of it.
NO_END_MS, REMOVED_RULE_MS = 7 * DAY_MS, 60 * MINUTE_MS
# What holds where the table says nothing, as after an update of the code alone.
POLICIES = {
    "pagerduty": DeliveryPolicy(rate=100, retry_ms=DAY_MS, missed="never"),
    "jira": DeliveryPolicy(rate=60, retry_ms=14 * DAY_MS, missed="each"),
    "jsm": DeliveryPolicy(rate=100, retry_ms=DAY_MS, missed="never"),
    "servicenow": DeliveryPolicy(rate=60, retry_ms=14 * DAY_MS, missed="each"),
    "opsitem": DeliveryPolicy(rate=60, retry_ms=14 * DAY_MS, missed="each"),
    "slack": DeliveryPolicy(rate=50, retry_ms=3 * DAY_MS, missed="digest", digest_above=10),
    "email": DeliveryPolicy(
        rate=10, retry_ms=3 * DAY_MS, missed="digest", digest_above=5, digest_every_ms=5 * MINUTE_MS
    ),
    "webhook": DeliveryPolicy(rate=120, retry_ms=3 * DAY_MS, missed="each"),
    "sms": DeliveryPolicy(rate=10, retry_ms=DAY_MS, missed="never", digest_above=3, digest_every_ms=15 * MINUTE_MS),
    "sns": DeliveryPolicy(rate=120, retry_ms=3 * DAY_MS, missed="each"),
    "event_bus": DeliveryPolicy(rate=120, retry_ms=3 * DAY_MS, missed="each"),
}


@dataclass(frozen=True, slots=True)
class LogQuery:
    """The metric filter behind an alarm. readable: whether the hub may read the log group's lines."""

    log_group: str
    pattern: str
    query: str
    readable: bool


@dataclass(frozen=True, slots=True)
class Routing:
    """The routing table, and its queries."""

    data: RoutingTable

    @property
    def project(self) -> str:
        """The project's name."""
        return self.data["project"]

    @property
    def environment(self) -> str:
        """The environment's name."""
        return self.data["environment"]

    @property
    def reopen_within(self) -> int:
        """The window, in milliseconds after an OK, in which an ALARM reopens the episode."""
        return self.data["reopen_within"] * 1000

    def knows(self, alarm: str) -> bool:
        """Whether the alarm, or that of a contributor, is of this build, or its name that of the subject of a check or
        event rule of the build.
        """
        return self._named_entry(alarm) is not None

    def names(self, account: str) -> bool:
        """Whether the file names the account, by its id; the hub is named, too."""
        return account in self.data["accounts"]

    @property
    def accounts_closed(self) -> bool:
        """Whether the named accounts are all; where units bring accounts, others join without a build."""
        return self.data["accounts_closed"]

    def severity(self, key: Key) -> str:
        """The severity of an alarm in that account; at `none` no channel is notified. Raises KeyError if not known."""
        entry = self._named_entry(key.alarm)
        if entry is None:
            raise KeyError(key.alarm)
        return entry.get("severity_by_account", {}).get(key.account, entry["severity"])

    def worst_first(self, keys: Iterable[Key]) -> list[Key]:
        """Alarms by their severities; those that are not known come last."""
        order = [*SEVERITIES, "none"]
        return sorted(keys, key=lambda key: order.index(self.severity(key) if self.knows(key.alarm) else "none"))

    def listeners(self, key: Key) -> dict[str, tuple[str, ...]]:
        """By severity, the names of the channels that are notified of an alarm, in the order of the route."""
        account, facts = self._facts(key, self.definition(key))
        return {severity: self._listeners(severity, account, facts) for severity in SEVERITIES}

    def _facts(self, key: Key, definition: AlarmDetails) -> tuple[str, dict[str, str]]:
        """The account that an alarm is about, and what else rules may ask for; the account only where there are any."""
        known = {"owner": definition.get("owner", ""), "service": definition.get("service", "")}
        facts = {name: value for name, value in known.items() if value}
        return self.location(key).account if self.data.get("rules") else "", facts

    def storm_listeners(self, account: str, severity: str) -> tuple[str, ...]:
        """The channels that are notified of a storm. account: its only account; empty for several accounts."""
        return self._listeners(severity, account, {})

    def _listeners(self, severity: str, account: str, facts: Mapping[str, str]) -> tuple[str, ...]:
        """The channels of the first rule that holds, else those of the severity's route."""
        rule = self._rule(severity, account, facts)
        return tuple(rule["to"] if rule else self.data["routes"].get(severity, ()))

    def _rule(self, severity: str, account: str, facts: Mapping[str, str]) -> RuleEntry | None:
        """The first rule that holds; None where none does."""
        rules: Sequence[RuleEntry] = self.data.get("rules", ())
        labels = self.data.get("labels", {}).get(account, {})
        known = {**labels, **facts, "severity": severity, "account": account}
        is_later = bool(account) and not self.names(account)
        return next((rule for rule in rules if _holds(rule, known, is_later)), None)

    def notifies_end(self, key: Key, severity: str) -> bool:
        """Whether people are sent the end of an alarm's incident; tickets and pages are closed all the same."""
        definition = self.definition(key)
        if definition.get("ok") is False:
            return False
        rule = self._rule(severity, *self._facts(key, definition))
        return rule is None or rule.get("ok") is not False

    def channel(self, name: str) -> Channel | None:
        """A channel by name; None where it has been taken out since."""
        entry = self.data["channels"].get(name)
        if entry is None:
            return None
        settings = {key: value for key, value in entry.items() if key not in ("type", "secret", "delivery")}
        policy = _policy(entry["type"], entry.get("delivery"))
        return Channel(name, entry["type"], entry.get("secret"), settings, policy)

    def channels(self) -> tuple[str, ...]:
        """The names of all channels."""
        return tuple(self.data["channels"])

    @property
    def evidence(self) -> str:
        """Which channels log lines are added to: tickets, everywhere or none."""
        return self.data.get("evidence", "tickets")

    def account(self, account: str) -> str:
        """The name people use for an account id; the id itself where it joined later."""
        return self.data["accounts"].get(account, account)

    def account_name(self, key: Key) -> str:
        """The account that an alarm is about; alarms of the hub may be about a member."""
        return self.definition(key).get("account") or self.account(key.account)

    def location(self, key: Key) -> Key:
        """The key with the account that the alarm is about, by id; its lines lie there, its console page does not."""
        name = self.definition(key).get("account")
        ids = (id_ for id_, account in self.data["accounts"].items() if account == name)
        return replace(key, account=next(ids, key.account))

    def definition(self, key: Key) -> AlarmDetails:
        """Summary, condition, runbook, owner, as far as they are given; of a finding what its check has."""
        return self._named_entry(key.alarm) or {}

    def _named_entry(self, name: str) -> AlarmEntry | None:
        known = self.data["alarms"].get(alarm_of(name)) or self.data.get("findings", {}).get(check_of(name))
        return known or self.event_rule(rule_of(name))

    def event_rule(self, rule: str) -> EventRuleEntry | None:
        """An event rule by its key; None where the build has none of that."""
        return self.data.get("event_rules", {}).get(rule)

    def ends_after(self, key: Key) -> int | None:
        """Milliseconds without an event after which an incident of an event rule is over; None for alarms and checks.

        So those of a rule that was taken out of the file end, too, and those whose end no event has told.
        """
        rule = rule_of(key.alarm)
        if not rule:
            return None
        entry = self.event_rule(rule)
        if entry is None:
            return REMOVED_RULE_MS
        seconds = entry["ends"].get("after_seconds")
        return 1000 * seconds if seconds else NO_END_MS

    def dashboard(self, key: Key | None = None) -> str | None:
        """The name of the dashboard of what was found, else of the overview dashboard."""
        own = self.definition(key).get("dashboard") if key else None
        return own or self.data.get("dashboard")

    @property
    def hub_account(self) -> str:
        """The account of the hub."""
        return self.data["hub"].get("account", "")

    @property
    def hub_region(self) -> str:
        """The Region of the hub."""
        return self.data["hub"]["region"]

    @property
    def grouping(self) -> GroupingPolicy:
        """How incidents of several alarms are made."""
        return grouping_policy(self.data)

    def service(self, key: Key) -> str:
        """The service that an alarm is about; empty for none."""
        return self.definition(key).get("service", "")

    def labels(self, key: Key, severity: str) -> tuple[str, ...]:
        """What an alarm is counted under where several are listed, such as `severity:critical` and `account:ledger`."""
        service = self.service(key)
        labels = (f"severity:{severity}", f"account:{self.account_name(key)}")
        return (*labels, f"service:{service}") if service else labels

    def parts_of(self, key: Key) -> tuple[str, ...]:
        """The composites whose incidents an alarm is part of, the nearest first; a composite is part of its own."""
        return tuple(self.definition(key).get("parts_of", ()))

    def objective(self, key: Key) -> str:
        """The objective whose budget an alarm is about; empty for none."""
        return self.definition(key).get("objective", "")

    def level_of(self, key: Key) -> str:
        """What an alarm is one of several thresholds of; empty for none."""
        return self.definition(key).get("level_of", "")

    def most_contributors(self, key: Key) -> int:
        """How many contributors of an alarm may have incidents of their own at a time; 0 where none has."""
        return self.definition(key).get("contributors", 0)

    def notifies_no_data(self, key: Key) -> bool:
        """Whether people are notified that an alarm has no data."""
        return self.definition(key).get("no_data") is not False

    def stays_alone(self, key: Key) -> bool:
        """Whether an alarm is not to be grouped with others."""
        return bool(self.definition(key).get("alone"))

    def page_again_ms(self, key: Key) -> int | None:
        """How far apart pagers are called for repeats of an alarm; None where the alarm says nothing of it."""
        seconds = self.definition(key).get("page_again_seconds")
        return None if seconds is None else 1000 * seconds

    def log_query(self, key: Key) -> LogQuery | None:
        """The metric filter that the alarm counts, if it counts one."""
        logs = self.definition(key).get("logs")
        if not logs:
            return None
        location = self.location(key)
        names = logs.get("log_groups", {})
        name = names.get(location.account, logs["log_group"])
        for word, value in (
            ("{account_id}", location.account),
            ("{region}", location.region),
            ("{partition}", partition(location.region)),
        ):
            name = name.replace(word, value)
        return LogQuery(name, logs["pattern"], logs["query"], logs["readable"])

    def suppressor(self, key: Key) -> tuple[Key, int] | None:
        """What suppresses a composite, and for how many milliseconds longer than it is in ALARM."""
        suppressor = self.definition(key).get("suppressor")
        return (Key(key.account, key.region, suppressor["alarm"]), suppressor["extend"] * 1000) if suppressor else None

    def suppressed_by(self, key: Key) -> Iterator[tuple[Key, int]]:
        """The composites that an alarm suppresses, in its own account and Region."""
        for name, entry in self.data["alarms"].items():
            suppressor = entry.get("suppressor")
            if suppressor and suppressor["alarm"] == key.alarm:
                yield Key(key.account, key.region, name), suppressor["extend"] * 1000


def _holds(rule: RuleEntry, facts: Mapping[str, str], is_later: bool) -> bool:
    """Whether all is true that a rule asks for. is_later: of an account that the file does not name, as yet."""
    when, later = rule["when"], rule.get("later")
    if not is_later or later is None:
        return all(facts.get(name) in words for name, words in when.items())
    return later and all(facts.get(name) in words for name, words in when.items() if name in _OF_ALARMS)


def _policy(kind: str, entry: DeliveryEntry | None) -> DeliveryPolicy:
    if entry is None:
        return POLICIES[kind]
    digest = entry.get("digest")
    return DeliveryPolicy(
        rate=float(entry["rate_per_minute"]),
        retry_ms=round(1000 * entry["retry_seconds"]),
        missed=entry["missed"],
        time_limit_s=float(entry["time_limit_seconds"]),
        digest_above=digest["above_per_minute"] if digest else None,
        digest_every_ms=round(1000 * digest["every_seconds"]) if digest else MINUTE_MS,
        private=entry["private"],
        bursts=kind not in EVEN_TYPES,
    )


def read_routing() -> Routing:
    """The table beside this file."""
    return Routing(json.loads((Path(__file__).parent / "routing.json").read_text(encoding="utf-8")))
