"""The files of each function's package: its own, shared ones, and those that are generated from the file.

Functions of one package name have the same files, whichever of them runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from generator.manifest import INCIDENT_PACKAGE, ROUTING_FILE, Asset
from generator.model.estate import Estate
from generator.packages import pack

Packed = tuple[Asset, bytes]
Files = Mapping[str, bytes]


def packed(estate: Estate, handlers: Files) -> tuple[Packed, ...]:
    """The packages of one environment's functions. handlers: path inside the package to content.

    Those of members have to lie in all Regions of the stack set, the others in the hub's.
    """
    return (
        *_incidents(estate, handlers),
        *_checker(estate, handlers),
        *_agent(estate, handlers),
        *_log_archive(estate, handlers),
        *_event_store(estate, handlers),
        *_probes(estate, handlers),
    )


def _incidents(estate: Estate, handlers: Files) -> Iterator[Packed]:
    from generator.blueprints import delivery_monitor as path_watch
    from generator.blueprints import incidents, notifier
    from generator.render.routing import routing_json

    # Both functions of the incidents have the same files: either decides, and either may send.
    files = {**_files(handlers, INCIDENT_PACKAGE), ROUTING_FILE: routing_json(estate)}
    hub = (estate.hub.region,)
    incident, content = pack(incidents.FUNCTION, incidents.HANDLER, INCIDENT_PACKAGE, files, regions=hub)
    yield incident, content
    yield replace(incident, name=notifier.FUNCTION, handler=notifier.HANDLER), content
    yield pack(path_watch.FUNCTION, path_watch.HANDLER, "watch", _files(handlers, "watch"), regions=hub)


def _checker(estate: Estate, handlers: Files) -> Iterator[Packed]:
    """The package of the checker of tags, which runs in every Region of the members."""
    if estate.compliance is None:
        return
    from generator.blueprints import compliance
    from generator.render.compliance_rules import RULES, rules_json

    files = {**_files(handlers, "bucket", "compliance"), RULES: rules_json(estate)}
    yield pack(compliance.FUNCTION, compliance.HANDLER, "compliance", files, regions=estate.regions)


def _agent(estate: Estate, handlers: Files) -> Iterator[Packed]:
    """The package of the agent that reads logs, which runs in every Region of the members."""
    if estate.error_logs is None:
        return
    from generator.blueprints import error_logs
    from generator.render.agent_settings import AGENT_SETTINGS, agent_settings_json

    files = {**_files(handlers, "error_logs"), AGENT_SETTINGS: agent_settings_json(estate)}
    yield pack(error_logs.FUNCTION, error_logs.HANDLER, "error_logs", files, regions=estate.regions)


def _log_archive(estate: Estate, handlers: Files) -> Iterator[Packed]:
    """The package of the function that empties the log archive, in every Region of the members."""
    if not any(estate.archived_log_groups()):
        return
    from generator.blueprints import log_archive

    files = _files(handlers, "bucket")
    yield pack(log_archive.FUNCTION, log_archive.HANDLER, "bucket", files, regions=estate.regions)


def _probes(estate: Estate, handlers: Files) -> Iterator[Packed]:
    """The packages of probe runners: each has its own probes and no others, so the hub's and the members' differ."""
    if not estate.probe_runners:
        return
    from generator.blueprints import probes
    from generator.render.probe_settings import PROBE_SETTINGS, probes_json

    if estate.hub_probe_runner:
        files = {**_files(handlers, "probes"), PROBE_SETTINGS: probes_json(estate, of_hub=True)}
        yield pack(probes.FUNCTION, probes.HANDLER, "probes", files, regions=(estate.hub.region,))
    if estate.member_probe_runners:
        files = {**_files(handlers, "probes"), PROBE_SETTINGS: probes_json(estate, of_hub=False)}
        yield pack(probes.MEMBERS_PACKAGE, probes.HANDLER, "probes", files, regions=estate.regions)


def _event_store(estate: Estate, handlers: Files) -> Iterator[Packed]:
    """The packages of the hub's functions of events, agents, reports and API, which share how events are kept."""
    if estate.events is None:
        return
    from generator.blueprints import agents_life, event_store, monitoring_api, reports
    from generator.render.event_settings import EVENT_SETTINGS, event_settings_json, report_settings_json

    settings = {EVENT_SETTINGS: event_settings_json(estate)}
    hub = (estate.hub.region,)
    files = {**_files(handlers, "events"), **settings}
    yield pack(event_store.FUNCTION, event_store.HANDLER, "events", files, regions=hub)
    if estate.error_logs:
        files = {**_files(handlers, "agents", "events"), **settings}
        yield pack(agents_life.FUNCTION, agents_life.HANDLER, "agents", files, regions=hub)
    if estate.reports:
        files = {**_files(handlers, "events", "reports"), EVENT_SETTINGS: report_settings_json(estate)}
        yield pack(reports.FUNCTION, reports.HANDLER, "reports", files, regions=hub)
    if estate.events.api:
        files = {**_files(handlers, "api", "events"), **settings, **_description(estate)}
        yield pack(monitoring_api.FUNCTION, monitoring_api.HANDLER, "api", files, regions=hub)


def _description(estate: Estate) -> dict[str, bytes]:
    """The description of the API's requests and answers, with which it also checks requests."""
    from generator.render.openapi import DOCUMENT, openapi_json

    return {DOCUMENT: openapi_json(estate)}


def _files(handlers: Files, *functions: str) -> dict[str, bytes]:
    """The files of these folders, and what all functions share."""
    folders = tuple(f"handlers/{name}/" for name in (*functions, "common"))
    return {
        path: content
        for path, content in handlers.items()
        if path.startswith(folders) or path == "handlers/__init__.py"
    }
