"""The options of `obsgen drill`, and which of them exclude each other."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields

from generator.cli.exit import usage_error


@dataclass(frozen=True, slots=True)
class DeployedOptions:
    """Options for a deployed alarm only. wait: seconds for each of the two changes."""

    profile: str | None = None
    alarm_profile: str | None = None
    wait: int | None = None
    anyway: bool = False
    yes: bool = False


@dataclass(frozen=True, slots=True)
class DrillOptions:
    """The options of the command. storm: the number of alarms. down: a channel; down_for: seconds of its outage."""

    alarm: str | None
    local: bool = False
    storm: int | None = None
    down: str | None = None
    down_for: int | None = None
    account: str | None = None
    region: str | None = None
    as_json: bool = False
    quiet: bool = False
    keep: bool = False
    deployed: DeployedOptions = DeployedOptions()

    @property
    def prints_story(self) -> bool:
        """True if every step is printed, and not the result alone."""
        return not self.as_json and not self.quiet


def check(options: DrillOptions) -> None:
    """End the command where an option is without the one that it belongs to."""
    _check_simulation(options)
    if options.keep and not options.local:
        raise usage_error("--keep requires --local: a drill of a deployed alarm leaves no files")
    deployed = [field.name for field in fields(options.deployed) if getattr(options.deployed, field.name)]
    if options.local and deployed:
        raise usage_error(f"--{deployed[0].replace('_', '-')} is for deployed alarms, not for --local")
    if not options.local and not options.deployed.yes and (options.as_json or not sys.stdin.isatty()):
        raise usage_error(
            "confirmation requires a terminal, since this pages people", "--yes, or `obsgen drill --local`"
        )


def _check_simulation(options: DrillOptions) -> None:
    option = "--storm" if options.storm else "--down" if options.down else ""
    if options.down_for and not options.down:
        raise usage_error("--for requires --down: it is the duration of the outage", "--down ops-jira --for 6h")
    if option and not options.local:
        raise usage_error(f"{option} requires --local")
    if option and options.alarm:
        raise usage_error(f"{option} selects its alarms itself", f"remove `{options.alarm}`, or {option}")
    if option and options.keep:
        raise usage_error(f"--keep is for the drill of one alarm: {option} leaves no files")
    if not option and not options.alarm:
        raise usage_error(
            "an alarm is required", "its key or its name; or --local --storm 300, or --local --down CHANNEL"
        )
