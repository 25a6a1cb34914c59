"""Which alarms `obsgen mute` means: by key, name, service, owner and account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from generator.cli.exit import usage_error
from generator.findings import did_you_mean
from generator.manifest import ESTATE_FILE
from generator.model.incidents import OWN_SERVICE
from generator.rollout.deploy.desired import DesiredState, NotWhatWasBuilt, estate_of

EXAMPLES = 5
HUB = "hub"


@dataclass(frozen=True, slots=True)
class AlarmSelection:
    """What was asked for; an empty tuple leaves it open. globs: like keys or full names."""

    globs: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it leaves everything open."""
        return not (self.globs or self.services or self.owners or self.accounts)


@dataclass(frozen=True, slots=True)
class SelectedAlarms:
    """names: of the alarms, sorted. accounts: ids; empty for all. own: those of the monitoring path that were left out
    because nobody named them.
    """

    names: tuple[str, ...]
    accounts: tuple[str, ...]
    own: tuple[str, ...]


def select_alarms(wanted: DesiredState, selection: AlarmSelection) -> SelectedAlarms:
    """The alarms that are meant; ends the command where there are none. Raises NotWhatWasBuilt."""
    try:
        return _selected(wanted, estate_of(wanted.files), selection)
    except (KeyError, TypeError, AttributeError):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not as a build writes it") from None


def _selected(wanted: DesiredState, data: Mapping[str, Any], selection: AlarmSelection) -> SelectedAlarms:
    alarms = [*data["alarms"], *data["composites"]]
    accounts = _account_ids(wanted, data, selection.accounts)
    _refuse_unknown("service", selection.services, (one.get("service", "") for one in alarms))
    _refuse_unknown("owner", selection.owners, (one.get("owner", "") for one in alarms))
    found = [one for one in alarms if _is_meant(one, selection)]
    for glob in selection.globs:
        if not any(_is_like(one, glob) for one in alarms):
            names = [*(one["key"] for one in alarms), *(one["name"] for one in alarms)]
            near = did_you_mean(glob, names).strip()
            raise usage_error(f"no alarm is like `{glob}`", near or f"such as {', '.join(sorted(names)[:EXAMPLES])}")
    own = {one["name"] for one in found if one.get("service") == OWN_SERVICE and not _is_named(one, selection.globs)}
    names = sorted({one["name"] for one in found} - own)
    if not names and own:
        named = sorted(one["key"] for one in found)[:EXAMPLES]
        message = "these are all alarms of the monitoring path, which are only muted by their keys"
        raise usage_error(message, f"name them, such as {named[0]}")
    if not names:
        raise usage_error("no alarm is all of that", "leave one of the options out, or look into catalogue.md")
    return SelectedAlarms(tuple(names), accounts, tuple(sorted(own)))


def _is_meant(one: dict[str, Any], selection: AlarmSelection) -> bool:
    if selection.globs and not any(_is_like(one, glob) for glob in selection.globs):
        return False
    if selection.services and one.get("service") not in selection.services:
        return False
    if selection.owners and one.get("owner") not in selection.owners:
        return False
    if not selection.accounts:
        return True
    if one["side"] == HUB:
        return (one.get("account") or HUB) in selection.accounts
    return any(account != HUB and _is_in(one, account) for account in selection.accounts)


def _is_in(one: dict[str, Any], account: str) -> bool:
    """Whether a member has it."""
    named = (one.get("placement") or {}).get("accounts")
    if named is not None and account not in named:
        return False
    tunings = {variant["account"]: variant["tuning"] for variant in one.get("variants", ())}
    tuning = tunings.get(account, one.get("tuning", {}))
    return bool(tuning.get("enabled", True))


def _is_like(one: dict[str, Any], glob: str) -> bool:
    return fnmatchcase(one["key"], glob) or fnmatchcase(one["name"], glob)


def _is_named(one: dict[str, Any], globs: Sequence[str]) -> bool:
    return one["key"] in globs or one["name"] in globs


def _account_ids(wanted: DesiredState, data: Mapping[str, Any], names: Iterable[str]) -> tuple[str, ...]:
    known = {one["name"]: one["id"] for one in data["accounts"]} | {HUB: wanted.hub.account}
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known).strip() or f"one of {', '.join(sorted(known))}"
            raise usage_error(f"there is no account `{name}`", hint)
    return tuple(sorted(known[name] for name in names))


def _refuse_unknown(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    words = {word for word in known if word}
    for word in given:
        if word not in words:
            hint = did_you_mean(word, words).strip() or f"one of {', '.join(sorted(words)[:EXAMPLES])}"
            raise usage_error(f"no alarm has the {what} `{word}`", hint if words else f"no alarm has a {what}")
