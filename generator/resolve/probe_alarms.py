"""The alarms of probes and of their runners: entries of `alarms`, so that they have all features of alarms.

A probe that has not run says nothing about its target: its alarms keep their state, and one alarm of the runner says
that probes do not run. So a runner that fails is one incident, and not one for each of its probes
(docs/decisions/0089-one-alarm-for-a-silent-runner.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from generator.findings import Finding, Path
from generator.model.incidents import OWN_SERVICE
from generator.model.probes import NAMESPACE, OF_HUB, RUNNER
from generator.model.routing import SEVERITIES, AlarmSeverity
from generator.resolve.alarms.cascade import BUILT_IN
from generator.resolve.names import resource_name
from generator.resolve.probe_places import own_overrides, place_names, region_of
from generator.resolve.scope import AlarmProvenance, Scope
from generator.spec.alarms import AlarmSpec
from generator.spec.probes import AnyProbeSpec, CertificateSpec, HttpProbeSpec, SlowSpec, TlsProbeSpec
from generator.spec.quantities import Datapoints, Threshold
from generator.spec.signals import MeasuredMetricSpec

# The layer of values that neither the file nor a default sets.
LAYER = "probe runner"
ALARM_OF, SLOW_OF, CERTIFICATE_OF = "{key}-probe", "{key}-probe-slow", "{key}-probe-certificate"
HUB_ALARM, MEMBERS_ALARM = RUNNER, RUNNER + "-in-{region}"
_DAY, _MINUTE, _HOUR = 86_400, 60, 3_600
# A run that is lost does not page, and neither does one that fails once.
FAILED, SLOW, SILENT = Datapoints(2, 3), Datapoints(3, 5), Datapoints(3, 5)
WARM_UP_SECONDS = 900
_NOT_RUN = "a probe that has not run says nothing about its target; the alarm of the probe runner has its own incident"
_NOT_SEEN = "a run that fails has no duration and may see no certificate; the probe's own alarm fires then"
_Where = Literal["hub", "members"]


@dataclass(frozen=True, slots=True)
class _Own:
    """The definition of one alarm. values: fields of its entry. origins: of those that the file sets."""

    key: str
    path: Path
    values: dict[str, Any]
    origins: dict[str, Path]
    silence: str


@dataclass(frozen=True, slots=True)
class _Probing:
    """A probe of one runner, and its severity in the environment."""

    key: str
    spec: AnyProbeSpec
    severity: AlarmSeverity


def with_alarms(scope: Scope, findings: list[Finding]) -> Scope:
    """The scope with these among the document's own alarms; R08 where their keys exist already."""
    generated = [*_of_probes(scope), *_of_runners(scope)]
    conflicting = [alarm for alarm in generated if alarm.key in scope.document.alarms]
    for alarm in conflicting:
        message = f"`{alarm.key}` is the name of an alarm of `probes`"
        also = ((alarm.path, "the other"),)
        path = scope.path_of(alarm.key)
        findings.append(Finding("R08", message, path, hint="use another name", on="key", also=also))
    added = {alarm.key: alarm for alarm in generated if alarm not in conflicting}
    if not added:
        return scope
    alarms = {**scope.document.alarms, **{key: AlarmSpec.model_construct(**own.values) for key, own in added.items()}}
    provenance = {key: _provenance(own) for key, own in added.items()}
    document = scope.document.model_copy(update={"alarms": alarms})
    return replace(scope, document=document, lowered={**scope.lowered, **provenance})


def _provenance(own: _Own) -> AlarmProvenance:
    origins: dict[str, tuple[str, Path]] = {
        name: ("entry", own.origins[name]) if name in own.origins else (LAYER, ()) for name in own.values
    }
    return AlarmProvenance(own.path, origins, (), own.silence, hubs_own=own.values["in_"] == "hub")


def _of_probes(scope: Scope) -> Iterator[_Own]:
    for key, spec in sorted(scope.document.probes.items()):
        is_known = spec.from_ == OF_HUB or place_names(spec, scope) or _has_account(spec, scope)
        if is_known:
            yield _failing(key, spec, scope)
            if spec.slow is not None:
                yield _slow(key, spec, spec.slow, scope)
            if isinstance(spec, HttpProbeSpec | TlsProbeSpec) and spec.certificate is not None:
                yield _certificate(key, spec, spec.certificate, scope)


def _has_account(spec: AnyProbeSpec, scope: Scope) -> bool:
    """True if another environment has one of its accounts."""
    names = [spec.from_] if isinstance(spec.from_, str) else spec.from_
    return any(name in scope.document.accounts for name in names)


def _failing(key: str, spec: AnyProbeSpec, scope: Scope) -> _Own:
    own = own_overrides(spec, scope, ("probes", key))
    own_values = {name: value for name in ("severity", "datapoints") if (value := getattr(own, name)) is not None}
    values = {
        **_shared(key, spec, scope, "Up", "Minimum"),
        "threshold": Threshold("<", 1.0),
        "period": spec.every,
        "datapoints": FAILED,
        "summary": spec.summary or f"The probe {key} fails: {_target(spec, scope)}",
        **own_values,
    }
    return _alarm(ALARM_OF, key, spec, values, _NOT_RUN, {name: own.paths[name] for name in own_values})


def _slow(key: str, spec: AnyProbeSpec, slow: Threshold | SlowSpec, scope: Scope) -> _Own:
    path: Path = ("probes", key, "slow")
    is_spec = isinstance(slow, SlowSpec)
    threshold = slow.threshold if isinstance(slow, SlowSpec) else slow
    origins: dict[str, Path] = {"threshold": (*path, "threshold") if is_spec else path}
    own_values: dict[str, Any] = {}
    if isinstance(slow, SlowSpec):
        own_values = {
            name: getattr(slow, name) for name in ("severity", "datapoints") if getattr(slow, name) is not None
        }
        origins |= {name: (*path, name) for name in own_values}
    values = {
        **_shared(key, spec, scope, "DurationMs", "Average"),
        "threshold": threshold,
        "period": spec.every,
        "datapoints": SLOW,
        "summary": f"The probe {key} is slow: {_target(spec, scope)}",
        **own_values,
    }
    return _alarm(SLOW_OF, key, spec, values, _NOT_SEEN, origins)


def _certificate(key: str, spec: AnyProbeSpec, certificate: int | CertificateSpec, scope: Scope) -> _Own:
    path: Path = ("probes", key, "certificate")
    before = certificate.before if isinstance(certificate, CertificateSpec) else certificate
    origins: dict[str, Path] = {"threshold": path}
    own_values: dict[str, Any] = {}
    if isinstance(certificate, CertificateSpec):
        origins = {"threshold": (*path, "before")}
        if certificate.severity is not None:
            own_values, origins["severity"] = {"severity": certificate.severity}, (*path, "severity")
    days = before // _DAY
    values = {
        **_shared(key, spec, scope, "CertificateDaysLeft", "Minimum"),
        "threshold": Threshold("<", float(days)),
        # Days change slowly: an hour holds runs of every interval.
        "period": _HOUR,
        "datapoints": Datapoints(1, 1),
        "summary": f"The certificate of the probe {key} expires in less than {days} days: {_target(spec, scope)}",
        **own_values,
    }
    return _alarm(CERTIFICATE_OF, key, spec, values, _NOT_SEEN, origins)


def _shared(key: str, spec: AnyProbeSpec, scope: Scope, metric: str, statistic: str) -> dict[str, Any]:
    """The values of every alarm of a probe, with its place."""
    name = resource_name(key, "probe", scope.environment)
    own_values = {
        field: getattr(spec, field) for field in ("owner", "runbook", "warm_up") if getattr(spec, field) is not None
    }
    return {
        **_place(spec, scope),
        "metric": MeasuredMetricSpec(namespace=NAMESPACE, name=metric, dimensions={"Probe": name}),
        "statistic": statistic,
        "missing_data": "ignore",
        "enabled": own_overrides(spec, scope).enabled,
        "service": spec.service,
        **own_values,
    }


def _place(spec: AnyProbeSpec, scope: Scope) -> dict[str, Any]:
    if spec.from_ in (OF_HUB, [OF_HUB]):
        return {"in_": "hub"}
    names = [spec.from_] if isinstance(spec.from_, str) else spec.from_
    accounts = sorted({name for name in names if name in scope.document.accounts})
    regions = sorted({region_of(name, scope) for name in place_names(spec, scope)})
    return {"in_": "members", "accounts": accounts, **({"regions": regions} if regions else {})}


def _alarm(
    pattern: str, key: str, spec: AnyProbeSpec, values: dict[str, Any], silence: str, origins: dict[str, Path]
) -> _Own:
    path: Path = ("probes", key)
    # What the probe itself says has its own place; severity and datapoints are the caller's.
    names = ("owner", "runbook", "warm_up", "enabled")
    written: dict[str, Path] = {
        **{name: (*path, name) for name in names if name in spec.model_fields_set},
        **({"period": (*path, "every")} if "every" in spec.model_fields_set and values["period"] == spec.every else {}),
        **({"enabled": (*path, "overrides")} if values["enabled"] != spec.enabled else {}),
        **origins,
    }
    return _Own(pattern.format(key=key), path, values, written, silence)


def _of_runners(scope: Scope) -> Iterator[_Own]:
    """An alarm for the hub's runner, and one for those of members in each Region."""
    usual = scope.document.defaults.alarms.severity or BUILT_IN["severity"]
    by_place: dict[str, list[_Probing]] = {}
    for key, spec in sorted(scope.document.probes.items()):
        own = own_overrides(spec, scope)
        for place in place_names(spec, scope) if own.enabled else ():
            by_place.setdefault(place, []).append(_Probing(key, spec, own.severity or usual))
    if OF_HUB in by_place:
        yield _silent(HUB_ALARM, {"in_": "hub"}, by_place[OF_HUB], scope)
    by_region: dict[str, list[str]] = {}
    for place in sorted(by_place.keys() - {OF_HUB}):
        by_region.setdefault(region_of(place, scope), []).append(place)
    for region, accounts in sorted(by_region.items()):
        where = {"in_": "members", "accounts": accounts, "regions": [region]}
        probing = [probe for account in accounts for probe in by_place[account]]
        yield _silent(MEMBERS_ALARM.format(region=region), where, probing, scope)


def _silent(key: str, where: dict[str, Any], probing: Sequence[_Probing], scope: Scope) -> _Own:
    """The alarm of a runner. Who answers for its most severe probe answers for it."""
    runner = f"{RUNNER}-{scope.environment}"
    worst = min(probing, key=lambda probe: (SEVERITIES.index(probe.severity), probe.key))
    inherited = {name: value for name in ("owner", "runbook") if (value := getattr(worst.spec, name)) is not None}
    values = {
        **where,
        "metric": MeasuredMetricSpec(namespace=NAMESPACE, name="ProbesNotRun", dimensions={"Runner": runner}),
        "statistic": "Maximum",
        "threshold": Threshold(">", 0.0),
        "period": _MINUTE,
        "datapoints": SILENT,
        "missing_data": "breaching",
        "severity": worst.severity,
        "enabled": True,
        "warm_up": WARM_UP_SECONDS,
        "service": OWN_SERVICE,
        "summary": f"Probes do not run, or not all of them: see the log /aws/lambda/{runner}",
        **inherited,
    }
    origins: dict[str, Path] = {name: ("probes", worst.key, name) for name in inherited}
    return _Own(key, ("probes",), values, origins, "")


def _target(spec: AnyProbeSpec, scope: Scope) -> str:
    """The target in words; findings about placeholders are those of the probe itself."""
    if spec.type == "http":
        return scope.fill(spec.url, (), [])
    if spec.type == "dns":
        return f"{scope.fill(spec.name, (), [])} {spec.record}"
    return f"{scope.fill(spec.host, (), [])} port {spec.port}"
