"""What no run of a probe can meet: targets that do not exist, responses and answers that are never as expected.

Such a probe fails from its first run on, which looks like an outage.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from urllib.parse import SplitResult, parse_qsl, urlsplit

from generator.findings import Finding, Path
from generator.model.probes import RecordType
from generator.resolve.scope import Scope
from generator.spec.probes import AnyProbeSpec, DnsProbeSpec, HttpProbeSpec, ProbeExpectSpec

# https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LONGEST_NAME = 253
# The runner writes these itself; another value has servers wait for a body that does not come.
_OF_RUNNER = ("connection", "content-length", "expect", "transfer-encoding")
_CREDENTIAL = re.compile(
    r"(?:^|[-_])(?:access[-_]?key|api[-_]?key|authorization|cookie|credentials?|passw(?:or)?d|secret|signature|token)$",
    re.IGNORECASE,
)
_SWITCHING, _FIRST_FINAL = 101, 200
# Responses without a body: https://www.rfc-editor.org/rfc/rfc9110#section-6.4.1
_WITHOUT_BODY = (101, 204, 304)


def is_credential(name: str) -> bool:
    """True for the name of a header or parameter whose value is a credential."""
    return bool(_CREDENTIAL.search(name))


def target_faults(spec: AnyProbeSpec, path: Path, scope: Scope) -> Iterator[Finding]:
    """R05 for each; a text with an unknown placeholder has its own finding."""
    faults: Callable[[str, Path], Iterator[Finding]]
    if isinstance(spec, HttpProbeSpec):
        yield from _headers(spec, (*path, "headers"))
        yield from _expectation(spec.expect, spec.method, (*path, "expect"))
        name, text, faults = "url", spec.url, _url
    elif isinstance(spec, DnsProbeSpec):
        yield from _answers(spec, path, scope)
        name, text, faults = "name", spec.name, _host
    else:
        name, text, faults = "host", spec.host, _host
    unknown: list[Finding] = []
    filled = scope.fill(text, (), unknown)
    if not unknown:
        yield from faults(filled, (*path, name))


def _answers(spec: DnsProbeSpec, path: Path, scope: Scope) -> Iterator[Finding]:
    for index, text in enumerate(spec.expect):
        unknown: list[Finding] = []
        filled = _filled(text, spec.record, scope, (), unknown)
        if not unknown and not normal_answer(filled, spec.record):
            message = f"no answer of type {spec.record} is `{text}`"
            yield Finding("R05", message, (*path, "expect", index), hint=f"write it as {_EXAMPLES[spec.record]}")


def parts_of(url: str) -> SplitResult | None:
    """The parts of a URL; None where its host or port is none."""
    try:
        parts = urlsplit(url)
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _url(url: str, path: Path) -> Iterator[Finding]:
    parts = parts_of(url)
    if parts is None or parts.hostname is None:
        message = f"{url} has no valid host and port"
        yield Finding("R05", message, path, hint="use a URL such as https://example.com:8443/")
        return
    yield from _host(parts.hostname, path)
    credentials = [name for name, value in parse_qsl(parts.query) if value and is_credential(name)]
    if credentials:
        message = f"the parameter `{credentials[0]}` is a credential, and the file is in a repository"
        yield Finding("R05", message, path, hint="remove it, and use headers: {Authorization: {secret: shop/probe}}")


def _host(host: str, path: Path) -> Iterator[Finding]:
    if not _is_host(host):
        message = f"`{host}` is neither a host name nor an IP address"
        yield Finding("R05", message, path, hint="use a name such as db.example.com, of labels of 1 to 63 characters")


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return True
    try:
        labels = host.encode("ascii" if host.isascii() else "idna").decode().removesuffix(".").split(".")
    except UnicodeError:
        return False
    # No top-level domain is a number: https://www.rfc-editor.org/rfc/rfc3696#section-2
    is_name = all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    return is_name and sum(len(label) + 1 for label in labels) - 1 <= _LONGEST_NAME


def _headers(spec: HttpProbeSpec, path: Path) -> Iterator[Finding]:
    names: dict[str, str] = {}
    for name in sorted(spec.headers):
        lower = name.lower()
        if lower in names:
            also = (((*path, names[lower]), "the other"),)
            message = f"the header `{name}` is there twice"
            yield Finding("R05", message, (*path, name), hint="keep one of them", on="key", also=also)
        if lower in _OF_RUNNER:
            message = f"the runner sets the header `{name}` itself"
            yield Finding("R05", message, (*path, name), hint="remove it", on="key")
        names[lower] = name


def _expectation(expect: ProbeExpectSpec, method: str, path: Path) -> Iterator[Finding]:
    statuses = [expect.status] if isinstance(expect.status, int) else expect.status
    interim = [status for status in statuses if status < _FIRST_FINAL and status != _SWITCHING]
    if interim:
        message = f"{interim[0]} is the status of an interim response, and the final one is judged"
        yield Finding("R05", message, (*path, "status"), hint="use the status of the final response, such as 200")
    without = "a response to HEAD" if method == "HEAD" else ""
    if all(status in _WITHOUT_BODY for status in statuses):
        without = f"a response with status {statuses[0]}"
    for key in ("contains", "matches") if without else ():
        if getattr(expect, key) is not None:
            yield Finding("R05", f"{without} has no body", (*path, key), hint="remove it, or expect another response")


def answers_of(spec: DnsProbeSpec, path: Path, scope: Scope, findings: list[Finding]) -> tuple[str, ...]:
    """The allowed answers as the runner writes them, sorted."""
    texts = (
        _filled(text, spec.record, scope, (*path, "expect", index), findings) for index, text in enumerate(spec.expect)
    )
    return tuple(sorted({normal_answer(text, spec.record) for text in texts}))


def _filled(text: str, record: RecordType, scope: Scope, path: Path, findings: list[Finding]) -> str:
    """An answer with its placeholders replaced; texts have braces of their own, as SPF has in `%{i}`."""
    return text if record == "TXT" else scope.fill(text, path, findings)


_EXAMPLES: dict[RecordType, str] = {
    "A": "192.0.2.1",
    "AAAA": "2001:db8::1",
    "CNAME": "www.example.com",
    "MX": "10 mail.example.com",
    "NS": "ns1.example.com",
    "TXT": "v=spf1 -all",
}


def normal_answer(text: str, record: RecordType) -> str:
    """An answer as the runner writes it, which compares letter by letter; empty where there is no such answer."""
    text = text.strip()
    try:
        if record == "A":
            return str(ipaddress.IPv4Address(text))
        if record == "AAAA":
            return str(ipaddress.IPv6Address(text))
    except ValueError:
        return ""
    if record == "TXT":
        return text
    preference, _, name = text.rpartition(" ") if record == "MX" else ("", "", text)
    name = name.lower().removesuffix(".")
    if record != "MX":
        return name if _is_host(name) else ""
    # `0 .` says that a domain has no mail: https://www.rfc-editor.org/rfc/rfc7505
    is_preference = preference.strip().isascii() and preference.strip().isdigit()
    return f"{int(preference)} {name}" if is_preference and (not name or _is_host(name)) else ""
