"""The input of `obsgen discover` and `obsgen coverage`: a capture, and the file of its environment if there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli.captures import capture_errors
from generator.cli.collector import without_collector
from generator.cli.exit import usage_error
from generator.cli.options import BuildTarget, build_target, compiled_or_exit, read_own_packs

if TYPE_CHECKING:
    from generator.build import Built
    from generator.capture.capture import Capture
    from generator.evaluate.template.contents import CompositeAlarm, Contents, MetricAlarm
    from generator.hygiene.owned import OwnedAlarms
    from generator.inventory.coverage import AlarmCoverage
    from generator.inventory.shapes import Shapes
    from generator.inventory.types import ProbedHost

DEFAULT_FILE = Path("observability.yaml")


@dataclass(frozen=True, slots=True)
class CaptureCoverage:
    """A capture with what watches its resources. target, built, environment: None and empty without a file.

    before: without the change of a pull request, where that was asked for.
    """

    capture: Capture
    shapes: Shapes
    coverage: AlarmCoverage
    target: BuildTarget | None
    built: Built | None
    environment: str
    before: AlarmCoverage | None = None

    @property
    def places(self) -> frozenset[tuple[str, str]] | None:
        """The accounts, by name, and Regions of the environment; None without a file."""
        if self.built is None:
            return None
        estate = self.built.estates[self.environment]
        places = {(it.name, region) for it in estate.accounts for region in it.regions_of(estate.regions)}
        regions = {estate.hub.region, *(region for _, region in places)}
        names = {it.id: it.name for it in self.capture.accounts}
        return frozenset({*places, *((names.get(estate.hub.account, "hub"), region) for region in regions)})


# The contents of an environment's templates before a change; None where there are none.
ContentsBefore = Callable[["Capture", str], "tuple[Contents, ...] | None"]


def capture_coverage(
    folder: Path,
    file: Path | None,
    environment: str | None,
    built: Built | None = None,
    base: ContentsBefore | None = None,
) -> CaptureCoverage:
    """Read a capture and the file. built: where the file is compiled already. Ends the command for what is wrong.

    base: of a change, whose coverage is then that after its deployment.
    """
    from generator.capture.read import read_capture
    from generator.cli.inventory_packs import inventory_shapes
    from generator.hygiene.owned import owned_alarms
    from generator.inventory.coverage import coverage

    with capture_errors(), without_collector():
        capture = read_capture(folder)
        target = _target(capture, file, environment)
        if target is not None and built is None:
            built = compiled_or_exit(target)
        name = (environment or capture.environment or next(iter(built.estates))) if built else ""
        if built and name not in built.estates:
            raise usage_error(f"there is no environment `{name}`", f"use one of {', '.join(built.estates)}")
        if environment and capture.environment and environment != capture.environment:
            raise usage_error(f"the capture is of `{capture.environment}`", "capture the environment that you ask for")
        own = read_own_packs(target.file) if target else {}
        shapes = inventory_shapes(own)
        if built is None:
            return CaptureCoverage(capture, shapes, coverage(capture, shapes), None, None, "")
        index = owned_alarms(built.estates[name])
        contents = _contents(built, name, capture)
        routed = _Routed(index)
        probes = tuple(_probes(index))
        old = base(capture, name) if base else None
        if old is None:
            result = coverage(capture, shapes, contents, routed.calls, probes)
            return CaptureCoverage(capture, shapes, result, target, built, name)
        before = coverage(capture, shapes, old, routed.calls, probes)
        removed = frozenset(_alarms_of(old)) - frozenset(_alarms_of(contents))
        result = coverage(capture, shapes, contents, routed.calls, probes, removed)
        return CaptureCoverage(capture, shapes, result, target, built, name, before)


def _alarms_of(contents: Iterable[Contents]) -> Iterator[tuple[str, str, str]]:
    for content in contents:
        alarms: list[MetricAlarm | CompositeAlarm] = [*content.metric_alarms, *content.composites]
        for alarm in alarms:
            yield alarm.alarm.account, alarm.alarm.region, alarm.alarm.name


@dataclass(frozen=True, slots=True)
class _Routed:
    index: OwnedAlarms

    def calls(self, account: str, region: str, name: str) -> bool | None:
        """Whether an alarm of the file has channels; None for an alarm of others."""
        owned = self.index.find(account, region, name)
        return None if owned is None else bool(owned.channels)


def _target(capture: Capture, file: Path | None, environment: str | None) -> BuildTarget | None:
    """What to build; None for a capture of others. Only a file that is named has to exist."""
    where = file or DEFAULT_FILE
    is_named = file is not None or environment is not None
    if not is_named and (capture.environment is None or not where.exists()):
        return None
    if environment is None and capture.environment is None:
        raise usage_error("the capture is of no environment", "use --environment")
    return build_target(where, None, ())


def _contents(built: Built, name: str, capture: Capture) -> tuple[Contents, ...]:
    import yaml

    from generator.cli.backtest_run import deployed_contents
    from generator.manifest import MANIFEST

    manifest = yaml.load(built.artifacts[f"{name}/{MANIFEST}"], Loader=yaml.CSafeLoader)
    return deployed_contents(built.spread[name].templates, manifest, capture)


def _probes(index: OwnedAlarms) -> Iterator[ProbedHost]:
    """The hosts of canaries and probes of an environment."""
    from urllib.parse import urlsplit

    from generator.hygiene.owned import Owned
    from generator.inventory.types import ProbedHost
    from generator.model.alarm_locations import HUB

    estate = index.estate
    alarms = {alarm.key: alarm for alarm in estate.alarms}
    hosts = [(it.name, urlsplit(it.url).hostname or "", it.alarm) for it in estate.canaries]
    hosts += [(it.name, it.host, it.alarm) for it in estate.probes]
    for name, host, key in hosts:
        alarm = alarms.get(key)
        calls = bool(alarm and Owned(alarm, HUB, estate.hub.region, index).channels)
        if host:
            yield ProbedHost(name, host.lower(), calls)
