"""Tag compliance in words: required tags, time of the checks, notified channels; and changes of these.

Works on the data of estate.json, so that both sides of a difference read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.findings import Path, parse_path
from generator.render.long_lists import MOST_READ, names_in_words
from generator.render.section_words import Kind
from generator.wording import duration_in_words, pluralize

Data = Mapping[str, Any]
LATER = "all other accounts"
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_NOTIFICATIONS = {"each": "one by one", "summary": "in a summary", "none": "not at all"}


def rule_in_words(rule: Data) -> str:
    """`Environment is one of dev, prod, where Team is shop`."""
    keys = [rule["key"], *rule["any_of"]]
    subject = keys[0] if len(keys) == 1 else f"one of {', '.join(keys)}"
    clauses = []
    if rule["allowed"]:
        values = rule["allowed"]
        clauses.append(f"is one of {', '.join(values)}" if len(values) > 1 else f"is {values[0]}")
    if rule["pattern"]:
        clauses.append(f"matches `{rule['pattern']}`")
    words = f"{subject} {' and '.join(clauses) or 'is there'}"
    words += " (upper and lower case of the key do not matter)" if rule["ignore_case"] else ""
    conditions = " and ".join(_tag_in_words(key, values) for key, values in rule["when"])
    return f"{words}, where {conditions}" if conditions else words


def exemption_in_words(exemption: Data) -> str:
    """`i-1 and i-2, until 2027-01-31: they are going away`."""
    parts = [*(_tag_in_words(key, values) for key, values in exemption["tags"])]
    parts += [" or ".join(exemption["ids"])] if exemption["ids"] else []
    parts += [f"in the auto-scaling group {' or '.join(exemption['auto_scaling_groups'])}"] * bool(
        exemption["auto_scaling_groups"]
    )
    parts += [f"launched by {' or '.join(exemption['launched_by'])}"] if exemption["launched_by"] else []
    subject = " and ".join(parts) or "everything"
    until = f", until {exemption['until']}" if exemption["until"] else ""
    return f"{subject}{until}: {exemption['reason']}"


def schedule_in_words(scan: Data | None) -> str:
    """`every day`, `every 6 hours`, `at cron(0 6 * * ? *) in Europe/Berlin`."""
    if scan is None:
        return "never by a scan"
    if rate := _RATE.fullmatch(scan["expression"]):
        return f"every {rate[2]}" if rate[1] == "1" else f"every {rate[1]} {rate[2]}s"
    zone = f" in {scan['time_zone']}" if scan["expression"].startswith("cron(") else ""
    return f"at {scan['expression']}{zone}"


def changes_in_words(change: Data | None) -> str:
    """`when instances are running, 2 minutes later (10 minutes for what auto-scaling, EKS, EMR or spot launch)`."""
    if change is None:
        return "not when it changes"
    later = f"{duration_in_words(change['wait'])} later"
    slow = f"{duration_in_words(change['slow_wait'])} for what auto-scaling, EKS, EMR or spot launch"
    return f"when instances are {' or '.join(change['states'])}, {later} ({slow}), and when their tags change"


def notify_in_words(notify: Data) -> str:
    """`changes one by one, scans one by one, above 10 in a summary; later, who launched an instance`."""
    above = f", above {notify['summary_above']} in a summary" if notify["scans"] == "each" else ""
    later = "; later, who launched an instance" if notify.get("launcher") else ""
    return f"changes {_NOTIFICATIONS[notify['changes']]}, scans {_NOTIFICATIONS[notify['scans']]}{above}{later}"


def remediation_in_words(remediation: Data | None) -> str:
    """`only said what would be set: Owner = unassigned`; `set where missing: …`."""
    if remediation is None:
        return "nothing is set"
    tags = ", ".join(_default_in_words(tag) for tag in remediation["tags"])
    return f"{'set' if remediation['mode'] == 'apply' else 'only reported, not set,'} where missing: {tags}"


def catalogued(data: Data | None) -> Iterator[str]:
    """The catalogue's section; nothing where no tags are checked. data: the section as estate.json has it."""
    if not data:
        return
    yield from ("", "## Required tags", "")
    usual, *other_policies = data["policies"]
    for number, policy in enumerate((*other_policies, usual)):
        if len(data["policies"]) > 1:
            yield from (*([""] if number else []), f"In {_where(policy)}:", "")
        yield from (f"- {rule_in_words(rule)}" for rule in policy["tags"])
        yield from (f"- **Exempt** {exemption_in_words(exemption)}" for exemption in policy["exemptions"])
        yield from () if policy["tags"] else ("- nothing is required",)
    yield ""
    yield from (f"- **{title}** {words}" for title, _, words in _settings_in_words(data))


def explained(path: Path, data: Data) -> Iterator[str]:
    """The effects of a path of the section in an environment; none where it has none there."""
    part = str(path[1]) if len(path) > 1 else ""
    usual, *other_policies = data["policies"]
    for policy in (*other_policies, usual):
        rows = [rule_in_words(rule) for rule in policy["tags"] if part in ("", "required_tags") and _at(path, rule)]
        rows += [
            f"exempt: {exemption_in_words(exemption)}"
            for exemption in policy["exemptions"]
            if part in ("", "exempt") and _at(path, exemption)
        ]
        where = f"in {_where(policy)}: " if len(data["policies"]) > 1 else ""
        yield from (f"{where}{row}" for row in rows)
    yield from (f"{title.lower()}: {words}" for title, keys, words in _settings_in_words(data) if part in ("", *keys))


def _where(policy: Data) -> str:
    return ", ".join(policy["accounts"]) or LATER


def _at(path: Path, policy: Data) -> bool:
    """True if a rule or an exemption is at or above a path, or below it."""
    own = parse_path(policy["path"])
    return own[: len(path)] == path or path[: len(own)] == own


def _severities_in_words(by_account: Sequence[tuple[str, str]]) -> list[str]:
    if len(by_account) <= MOST_READ:
        return [f"{severity} in {name}" for name, severity in by_account]
    alike: dict[str, list[str]] = {}
    for name, severity in by_account:
        alike.setdefault(severity, []).append(name)
    return [f"{severity} in {names_in_words(names)}" for severity, names in alike.items()]


def _settings_in_words(data: Data) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Title, the keys of the section that it is about, and words."""
    checks = f"{', '.join(data['resources'])} {schedule_in_words(data['scan'])}"
    yield "Checks", ("resources", "scan"), checks
    yield "Changes", ("on_change",), changes_in_words(data["on_change"])
    elsewhere = "".join(f", {words}" for words in _severities_in_words(data["severity_by_account"]))
    yield "Notifies", ("notify",), notify_in_words(data["notify"])
    yield "Severity", ("severity", "overrides"), f"{data['severity']}{elsewhere}"
    yield "Records", ("records",), f"kept for {pluralize(data['retain_days'], 'day')}"
    if data["remediation"]:
        yield "Remediation", ("remediate",), remediation_in_words(data["remediation"])
    for name in ("owner", "runbook"):
        if data[name]:
            yield name.capitalize(), (name,), data[name]


def differences(before: Data, after: Data) -> Iterator[tuple[Kind, str]]:
    """Of two estates' JSON: added, removed or changed, and a sentence."""
    was, now = before.get("compliance"), after.get("compliance")
    if was is None and now is not None:
        rules = "; ".join(rule_in_words(rule) for rule in now["policies"][0]["tags"])
        yield "added", f"tags are checked from now on, of {', '.join(now['resources'])}: {rules or 'none in general'}"
    elif now is None and was is not None:
        yield (
            "removed",
            "tags are no longer checked: all records of it are DELETED, and open incidents about tags stay open",
        )
    elif was is not None and now is not None:
        yield from _policies(_by_location(was, after), _by_location(now, after))
        yield from (("changed", sentence) for sentence in _settings(was, now))


def _by_location(data: Data, estate: Data) -> dict[str, Data]:
    """Account, or all that are not named, to what holds there."""
    by_account = {name: policy for policy in data["policies"] for name in policy["accounts"]}
    usual = data["policies"][0]
    return {LATER: usual, **{account["name"]: by_account.get(account["name"], usual) for account in estate["accounts"]}}


def _policies(was: Mapping[str, Data], now: Mapping[str, Data]) -> Iterator[tuple[Kind, str]]:
    """Each change once, with the accounts that see it."""
    grouped: dict[tuple[Kind, str], list[str]] = {}
    for account, policy in now.items():
        for change in (*_rules(was[account], policy), *_exemptions(was[account], policy)):
            grouped.setdefault(change, []).append(account)
    for (kind, sentence), places in grouped.items():
        alike = set(places) == {*now}
        yield kind, sentence if alike else f"{sentence}; in {', '.join(places)}"


def _rules(was: Data, now: Data) -> Iterator[tuple[Kind, str]]:
    old, new = ({rule["key"]: rule_in_words(rule) for rule in policy["tags"]} for policy in (was, now))
    for key in sorted({*old, *new}):
        if key not in old:
            yield "added", f"{key} is required from now on: {new[key]}"
        elif key not in new:
            yield "removed", f"{key} is no longer required"
        elif old[key] != new[key]:
            yield "changed", f"{key}: {new[key]} (was: {old[key]})"


def _exemptions(was: Data, now: Data) -> Iterator[tuple[Kind, str]]:
    old, new = ([exemption_in_words(exemption) for exemption in policy["exemptions"]] for policy in (was, now))
    yield from (("added", f"no longer checked: {words}") for words in new if words not in old)
    yield from (("removed", f"checked again: {words}") for words in old if words not in new)


def _settings(was: Data, now: Data) -> Iterator[str]:
    """Everything else that changed."""
    also, removed = ({*side["resources"]} - {*other["resources"]} for side, other in ((now, was), (was, now)))
    if also:
        yield f"also checks {', '.join(sorted(also))}"
    if removed:
        yield f"no longer checks {', '.join(sorted(removed))}"
    for name, words, subject in (
        ("scan", schedule_in_words, "everything is checked"),
        ("on_change", changes_in_words, "an instance is checked"),
        ("notify", notify_in_words, "notifications are sent for"),
        ("remediation", remediation_in_words, "tags are"),
    ):
        if words(was[name]) != words(now[name]):
            yield f"{subject} {words(now[name])} (was: {words(was[name])})"
    if was["retain_days"] != now["retain_days"]:
        yield f"records are kept for {pluralize(now['retain_days'], 'day')} (was {was['retain_days']})"
    yield from _people(was, now)


def _people(was: Data, now: Data) -> Iterator[str]:
    if was["severity"] != now["severity"]:
        yield f"what is found is of severity {now['severity']} (was {was['severity']})"
    old, new = (dict(side["severity_by_account"]) for side in (was, now))
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            before, after = old.get(name, was["severity"]), new.get(name, now["severity"])
            yield f"in {name} it is of severity {after} (was {before})"
    for name in ("owner", "runbook"):
        if was[name] != now[name]:
            yield f"{name} of what is found is now {now[name] or 'none'} (was {was[name] or 'none'})"
    if was["dashboard"] != now["dashboard"]:
        yield f"the dashboard is {'made' if now['dashboard'] else 'no longer made'}"


def _tag_in_words(key: str, values: list[str]) -> str:
    return f"{key} is {' or '.join(values)}" if values else f"{key} is there"


def _default_in_words(tag: Data) -> str:
    sources = [f"copied from {' or '.join(tag['copy_from'])}"] if tag["copy_from"] else []
    return f"{tag['key']} = {', else '.join([*sources, *([tag['value']] if tag['value'] else [])])}"
