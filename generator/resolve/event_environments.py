"""The environments that read logs, keep events and send reports; no other module reads further environments.

Two agents would count each error of an account twice, so that an account's agent belongs to one environment. What the
hub keeps is each environment's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.findings import Finding, Path, Severity, unknown_reference
from generator.resolve.scope import environment_names, scope
from generator.spec.document import Document
from generator.spec.error_logs import ErrorLogsSpec
from generator.spec.events import EventsSpec

ERROR_LOGS: Path = ("error_logs",)
EVENTS: Path = ("events",)
REPORTS: Path = ("reports",)


def error_logs_spec(document: Document) -> ErrorLogsSpec | None:
    """The section with its defaults; None where it is missing or false."""
    spec = document.error_logs
    if isinstance(spec, ErrorLogsSpec):
        return spec
    return ErrorLogsSpec() if spec else None


def events_spec(document: Document) -> EventsSpec | None:
    """The section with its defaults; None where it is missing or false."""
    spec = document.events
    if isinstance(spec, EventsSpec):
        return spec
    return EventsSpec() if spec else None


def reads_logs(document: Document, environment: str) -> bool:
    """True if an environment has agents: it is among those of the section, and no other one owns its accounts."""
    owner = document.access.owned_by
    return owner in (None, environment) and _among(document, environment)


def keeps_events(document: Document, environment: str) -> bool:
    """True if an environment has an event store: it is asked for, or agents or reports need it."""
    spec = events_spec(document)
    if spec is not None and (not spec.environments or environment in spec.environments):
        return True
    return reads_logs(document, environment) or sends_reports(document, environment)


def sends_reports(document: Document, environment: str) -> bool:
    """True if an environment has reports."""
    spec = document.reports
    return spec is not None and (not spec.environments or environment in spec.environments)


def unknown_environments(names: Sequence[str], document: Document, path: Path) -> Iterator[Finding]:
    """Names that are no environments (R02), and duplicates (R07)."""
    known = environment_names(document)
    for index, name in enumerate(names):
        at = (*path, "environments", index)
        if name not in known:
            yield unknown_reference("R02", "environment", name, known, at)
        elif name in names[:index]:
            yield Finding("R07", f"`{name}` is listed twice", at, hint="remove one of them")


def shared_accounts(document: Document) -> list[Finding]:
    """Two environments that would both read an account's logs (R10), none that does (R07), accounts that none reads."""
    if error_logs_spec(document) is None:
        return []
    names = environment_names(document)
    if not any(reads_logs(document, name) for name in names):
        message = "no environment reads logs: none of `environments` owns its accounts"
        return [Finding("R07", message, ERROR_LOGS, hint="remove `environments`, or change it", on="key")]
    return [*_unread(document, names)] if document.access.owned_by else [*_twice(document, names)]


def _among(document: Document, environment: str) -> bool:
    spec = error_logs_spec(document)
    return spec is not None and (not spec.environments or environment in spec.environments)


def _twice(document: Document, names: tuple[str, ...]) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    for name in names:
        for member in _members(document, name) if _among(document, name) else ():
            if owners.setdefault(member, name) != name:
                message = (
                    f"{owners[member]} and {name} share {member}, and would both count its errors;"
                    " set which environment does"
                )
                hint = f"set access: {{owned_by: {name}}}, or error_logs: {{environments: [{name}]}}"
                yield Finding("R10", message, ERROR_LOGS, hint=hint, on="key")
                return


def _unread(document: Document, names: tuple[str, ...]) -> Iterator[Finding]:
    owner = document.access.owned_by
    if owner not in names:
        return
    read = _members(document, owner)
    left_out = sorted(
        {member for name in names if _among(document, name) for member in _members(document, name)} - {*read}
    )
    if left_out:
        message = f"logs of {', '.join(left_out)} are not read: {owner} owns the accounts but does not list them"
        hint = f"add it to the accounts of {owner}"
        yield Finding("R10", message, ERROR_LOGS, Severity.WARNING, hint, on="key")


def _members(document: Document, environment: str) -> list[str]:
    places = scope(document, environment, [])
    return [*(account.name for account in places.accounts), *places.organizational_units]
