"""Probes: what each checks, from where, and which accounts have a runner."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

from generator.findings import Finding, Path, suggest, unknown_reference
from generator.model.probes import (
    OF_HUB,
    DnsCheck,
    EndpointCheck,
    HeaderSecret,
    HttpCheck,
    Probe,
    ProbeRunner,
)
from generator.resolve.names import resource_name
from generator.resolve.probe_alarms import ALARM_OF, with_alarms
from generator.resolve.probe_places import own_overrides, place_names, region_of, runners_network
from generator.resolve.probe_targets import answers_of, is_credential, parts_of, target_faults
from generator.resolve.scope import Scope, environment_names
from generator.resolve.section import Section
from generator.spec.document import Document
from generator.spec.probes import (
    AnyProbeSpec,
    DnsProbeSpec,
    HeaderSecretSpec,
    HttpProbeSpec,
    ProbeOverrideSpec,
)

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
LONGEST_TIMEOUT = 30
# https://cabforum.org/working-groups/server/baseline-requirements/requirements/ (6.3.2)
LONGEST_CERTIFICATE_DAYS = 398
_DIFFERING = ("datapoints", "severity", "enabled")


def probes(scope: Scope, findings: list[Finding]) -> tuple[Probe, ...]:
    """Every probe that runs in this environment, by key; the findings of all."""
    decided = []
    for key, spec in sorted(scope.document.probes.items()):
        path: Path = ("probes", key)
        findings += _faults(spec, path, scope)
        places = place_names(spec, scope)
        if own_overrides(spec, scope).enabled and places:
            decided.append(_probe(key, spec, path, places, scope, findings))
    return tuple(decided)


def probe_runners(scope: Scope) -> tuple[ProbeRunner, ...]:
    """The accounts with probes of this environment, the hub first."""
    places = {
        place
        for spec in scope.document.probes.values()
        if own_overrides(spec, scope).enabled
        for place in place_names(spec, scope)
    }
    return tuple(_runner(place, scope) for place in sorted(places, key=lambda place: (place != OF_HUB, place)))


def _runner(place: str, scope: Scope) -> ProbeRunner:
    network = runners_network(scope.document).get(place)
    path: Path = ("network", "probes", "accounts", place) if network else ("probes",)
    subnets = tuple(sorted(set(network.subnets))) if network else ()
    resolvers = tuple(sorted(set(network.resolvers))) if network else ()
    return ProbeRunner(place, region_of(place, scope), network.vpc if network else "", subnets, path, resolvers)


def _probe(
    key: str, spec: AnyProbeSpec, path: Path, places: tuple[str, ...], scope: Scope, findings: list[Finding]
) -> Probe:
    return Probe(
        key=key,
        name=resource_name(key, "probe", scope.environment),
        path=path,
        type=spec.type,
        places=places,
        every=spec.every,
        timeout=spec.timeout,
        # Those of one interval are spread over its minutes.
        offset=zlib.crc32(key.encode()) % max(spec.every // _MINUTE, 1),
        check=_check(spec, path, scope, findings),
        alarm=ALARM_OF.format(key=key),
        certificate=bool(getattr(spec, "certificate", None)),
    )


def _check(
    spec: AnyProbeSpec, path: Path, scope: Scope, findings: list[Finding]
) -> HttpCheck | EndpointCheck | DnsCheck:
    def filled(text: str, *steps: str) -> str:
        return scope.fill(text, (*path, *steps), findings)

    if isinstance(spec, HttpProbeSpec):
        return _http(spec, filled)
    if isinstance(spec, DnsProbeSpec):
        expected = answers_of(spec, path, scope, findings)
        return DnsCheck(filled(spec.name, "name"), spec.record, expected, spec.resolver or "")
    return EndpointCheck(filled(spec.host, "host"), spec.port, tls=spec.type == "tls")


def _http(spec: HttpProbeSpec, filled: Callable[..., str]) -> HttpCheck:
    texts = {name: value for name, value in spec.headers.items() if isinstance(value, str)}
    secrets = {name: value for name, value in spec.headers.items() if isinstance(value, HeaderSecretSpec)}
    expect = spec.expect
    return HttpCheck(
        url=filled(spec.url, "url"),
        method=spec.method,
        headers=tuple(sorted(texts.items())),
        secrets=tuple(
            HeaderSecret(name, filled(secret.secret, "headers", name, "secret"), secret.key or "")
            for name, secret in sorted(secrets.items())
        ),
        body=spec.body,
        follow_redirects=spec.follow_redirects,
        status=tuple(sorted({expect.status} if isinstance(expect.status, int) else set(expect.status))),
        contains=expect.contains or "",
        matches=expect.matches or "",
        expected_headers=tuple(sorted(expect.headers.items())),
    )


def _faults(spec: AnyProbeSpec, path: Path, scope: Scope) -> Iterator[Finding]:
    yield from _times(spec, path)
    yield from _places(spec, path, scope)
    yield from target_faults(spec, path, scope)
    for index, override in enumerate(spec.overrides):
        yield from _override(override, scope, (*path, "overrides", index))
    if isinstance(spec, HttpProbeSpec):
        yield from _secrets(spec, path)
        yield from _unencrypted(spec, path)
        if spec.body and spec.method in ("GET", "HEAD"):
            message = f"a {spec.method} request has no body"
            yield Finding("R05", message, (*path, "body"), hint="set method: POST, or remove the body")


def _times(spec: AnyProbeSpec, path: Path) -> Iterator[Finding]:
    """R05: an interval, a time limit or a number of days that no run can have."""
    if spec.every % _MINUTE or not _MINUTE <= spec.every <= _HOUR:
        message = "expected an interval in whole minutes from 1 to 60"
        yield Finding("R05", message, (*path, "every"), hint="use an interval such as 1m or 5m")
    if spec.timeout > LONGEST_TIMEOUT:
        message = f"expected a timeout from 1 to {LONGEST_TIMEOUT} seconds"
        yield Finding("R05", message, (*path, "timeout"), hint="use a timeout such as 5s")
    certificate = getattr(spec, "certificate", None)
    before, at = certificate, (*path, "certificate")
    if certificate is not None and not isinstance(certificate, int):
        before, at = certificate.before, (*path, "certificate", "before")
    if before and before % _DAY:
        yield Finding("R05", "expected whole days", at, hint="use a duration such as 21d")
    elif before and before > LONGEST_CERTIFICATE_DAYS * _DAY:
        message = f"no public certificate is valid for more than {LONGEST_CERTIFICATE_DAYS} days"
        yield Finding("R05", message, at, hint="use a duration such as 21d")
    slow = spec.slow
    if slow is None:
        return
    threshold, at = (
        (slow, (*path, "slow")) if isinstance(slow, tuple) else (slow.threshold, (*path, "slow", "threshold"))
    )
    if threshold.comparison not in (">", ">=") or threshold.value <= 0:
        yield Finding("R05", "a probe is slow above a duration", at, hint='use a threshold such as "> 1500"')
    elif threshold.value >= spec.timeout * 1000:
        message = f"the probe times out after {spec.timeout * 1000} ms, before this can be exceeded"
        yield Finding("R05", message, at, hint="use less than `timeout`, in milliseconds")


def _secrets(spec: HttpProbeSpec, path: Path) -> Iterator[Finding]:
    """R05: credentials in a file that lies in a repository."""
    parts = parts_of(spec.url)
    if parts and "@" in parts.netloc:
        message = "the URL has a user name or a password, and the file is in a repository"
        hint = "remove it, and use headers: {Authorization: {secret: shop/probe}}"
        yield Finding("R05", message, (*path, "url"), hint=hint)
    for name, value in spec.headers.items():
        if isinstance(value, str) and is_credential(name):
            message = f"the header `{name}` is a credential, and its value is in the file"
            hint = f"write {name}: {{secret: shop/probe}}, and rotate the value that was here"
            yield Finding("R05", message, (*path, "headers", name), hint=hint)


def _unencrypted(spec: HttpProbeSpec, path: Path) -> Iterator[Finding]:
    """R05 for a secret that everybody on the way could read; after a redirect to another scheme it is not sent."""
    for name, value in spec.headers.items():
        if isinstance(value, HeaderSecretSpec) and spec.url.startswith("http://"):
            message = f"the secret of the header `{name}` would be sent without encryption"
            hint = f"write url: {spec.url.replace('http://', 'https://', 1)}, or remove the header"
            yield Finding("R05", message, (*path, "headers", name), hint=hint)


def _places(spec: AnyProbeSpec, path: Path, scope: Scope) -> Iterator[Finding]:
    """R02 for accounts that do not exist; R05 for places that one alarm cannot be in."""
    document = scope.document
    names = [spec.from_] if isinstance(spec.from_, str) else spec.from_
    for index, name in enumerate(names):
        at: Path = (*path, "from") if isinstance(spec.from_, str) else (*path, "from", index)
        if name == OF_HUB and len(names) > 1:
            message = "a probe runs either in the hub or in members, as its alarm does"
            yield Finding("R05", message, at, hint="write a second probe with `from: hub`")
        elif name != OF_HUB and name not in document.accounts:
            yield unknown_reference(
                "R02", "account", name, [*document.accounts, OF_HUB], at, "use hub, or add it to accounts"
            )
    regions = {region_of(name, scope) for name in place_names(spec, scope)}
    if len(regions) > 1:
        message = f"its accounts run probes in different Regions: {', '.join(sorted(regions))}"
        yield Finding("R05", message, (*path, "from"), hint="write a probe for each Region")


def _override(override: ProbeOverrideSpec, scope: Scope, path: Path) -> Iterator[Finding]:
    """R04: an override that never applies or changes nothing."""
    known = environment_names(scope.document)
    for name, words in override.where.items():
        at: Path = (*path, "where", name)
        if name != "environment":
            message = f"a probe can differ only by environment and not by `{name}`"
            yield Finding("R04", message, at, hint=f"use {{environment: {known[0]}}}", on="key")
            continue
        for word in [words] if isinstance(words, str) else words:
            if word not in known:
                message = f"nothing has `environment: {word}`; the override never applies"
                yield Finding("R04", message, at, hint=suggest(word, known))
    if all(getattr(override, name) is None for name in _DIFFERING):
        yield Finding("R04", "this override changes nothing", path, hint=f"set one of {', '.join(_DIFFERING)}")


def network_faults(document: Document) -> Iterator[Finding]:
    """R02 for the VPC of an account that does not exist; R07 for a VPC in which no probe runs."""
    used = {
        name
        for spec in document.probes.values()
        for name in ([spec.from_] if isinstance(spec.from_, str) else spec.from_)
    }
    for name in runners_network(document):
        path: Path = ("network", "probes", "accounts", name)
        if name != OF_HUB and name not in document.accounts:
            yield unknown_reference(
                "R02", "account", name, [*document.accounts, OF_HUB], path, "use hub, or add it to accounts", on="key"
            )
        elif name not in used:
            hint = f"add a probe with `from: {name}`, or remove it"
            yield Finding("R07", f"no probe runs in `{name}`", path, hint=hint, on="key")


def _compare(document: Document) -> list[Finding]:
    return list(network_faults(document))


SECTIONS = (
    Section(
        "probes",
        {
            "probes": lambda resolved: probes(resolved.scope, resolved.findings),
            "probe_runners": lambda resolved: probe_runners(resolved.scope),
        },
        compare=_compare,
        add_alarms=with_alarms,
    ),
)
