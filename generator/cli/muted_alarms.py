"""The alarms that `obsgen mute` selects: by key, name, service, owner and account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from generator.cli.exit import usage_error
from generator.findings import suggest
from generator.manifest import ESTATE_FILE
from generator.model.incidents import OWN_SERVICE
from generator.rollout.deploy.desired import DesiredState, NotWhatWasBuilt, estate_of

EXAMPLES = 5
HUB = "hub"


@dataclass(frozen=True, slots=True)
class AlarmSelection:
    """The options that select alarms; an empty tuple selects all. globs: patterns of keys or full names."""

    globs: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True if no option selects alarms."""
        return not (self.globs or self.services or self.owners or self.accounts)


@dataclass(frozen=True, slots=True)
class SelectedAlarms:
    """names: of the alarms, sorted. accounts: IDs; empty for all. own: alarms on alarm delivery itself, which are
    left out unless they are named.
    """

    names: tuple[str, ...]
    accounts: tuple[str, ...]
    own: tuple[str, ...]


def select_alarms(desired: DesiredState, selection: AlarmSelection) -> SelectedAlarms:
    """The alarms that match the options; ends the command without any. Raises NotWhatWasBuilt."""
    try:
        return _selected(desired, estate_of(desired.files), selection)
    except (KeyError, TypeError, AttributeError):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not the output of a build") from None


def _selected(desired: DesiredState, data: Mapping[str, Any], selection: AlarmSelection) -> SelectedAlarms:
    alarms = [*data["alarms"], *data["composites"]]
    accounts = _account_ids(desired, data, selection.accounts)
    _refuse_unknown("service", selection.services, (alarm.get("service", "") for alarm in alarms))
    _refuse_unknown("owner", selection.owners, (alarm.get("owner", "") for alarm in alarms))
    matches = [alarm for alarm in alarms if _is_selected(alarm, selection)]
    for glob in selection.globs:
        if not any(_is_like(alarm, glob) for alarm in alarms):
            names = [*(alarm["key"] for alarm in alarms), *(alarm["name"] for alarm in alarms)]
            hint = suggest(glob, names, f"use a key or name such as {', '.join(sorted(names)[:EXAMPLES])}")
            raise usage_error(f"no alarm matches `{glob}`", hint)
    own = {
        alarm["name"]
        for alarm in matches
        if alarm.get("service") == OWN_SERVICE and not _is_named(alarm, selection.globs)
    }
    names = sorted({alarm["name"] for alarm in matches} - own)
    if not names and own:
        examples = sorted(alarm["key"] for alarm in matches)[:EXAMPLES]
        message = "all of these alarms are on alarm delivery itself, and muted by key only"
        raise usage_error(message, f"use their keys, such as {examples[0]}")
    if not names:
        raise usage_error(
            "no alarm matches all of the options", "remove one of them, or see catalogue.md for the alarms"
        )
    return SelectedAlarms(tuple(names), accounts, tuple(sorted(own)))


def _is_selected(alarm: dict[str, Any], selection: AlarmSelection) -> bool:
    if selection.globs and not any(_is_like(alarm, glob) for glob in selection.globs):
        return False
    if selection.services and alarm.get("service") not in selection.services:
        return False
    if selection.owners and alarm.get("owner") not in selection.owners:
        return False
    if not selection.accounts:
        return True
    if alarm["side"] == HUB:
        return (alarm.get("account") or HUB) in selection.accounts
    return any(account != HUB and _is_in(alarm, account) for account in selection.accounts)


def _is_in(alarm: dict[str, Any], account: str) -> bool:
    """True if the member has the alarm."""
    accounts = (alarm.get("placement") or {}).get("accounts")
    if accounts is not None and account not in accounts:
        return False
    tunings = {variant["account"]: variant["tuning"] for variant in alarm.get("variants", ())}
    tuning = tunings.get(account, alarm.get("tuning", {}))
    return bool(tuning.get("enabled", True))


def _is_like(alarm: dict[str, Any], glob: str) -> bool:
    return fnmatchcase(alarm["key"], glob) or fnmatchcase(alarm["name"], glob)


def _is_named(alarm: dict[str, Any], globs: Sequence[str]) -> bool:
    return alarm["key"] in globs or alarm["name"] in globs


def _account_ids(desired: DesiredState, data: Mapping[str, Any], names: Iterable[str]) -> tuple[str, ...]:
    known = {account["name"]: account["id"] for account in data["accounts"]} | {HUB: desired.hub.account}
    for name in names:
        if name not in known:
            hint = suggest(name, sorted(known))
            raise usage_error(f"there is no account `{name}`", hint)
    return tuple(sorted(known[name] for name in names))


def _refuse_unknown(what: str, values: Iterable[str], known: Iterable[str]) -> None:
    words = {word for word in known if word}
    for word in values:
        if word not in words:
            hint = suggest(word, words, f"use one of {', '.join(sorted(words)[:EXAMPLES])}")
            raise usage_error(
                f"no alarm has the {what} `{word}`", hint if words else f"remove the option: no alarm has a {what}"
            )
