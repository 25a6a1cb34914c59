"""The pipeline from a spec to artifacts and findings. Touches no disk, no clock, no network.

    text ──spec.load_spec──► data ──spec.document──► Document          what was written, typed and located
         ──resolve──► Estate                                      one for each environment, every decision made
         ──packages──► Asset                                      each function's files, packed byte for byte alike
         ──blueprints──► templates                                plain data in CloudFormation's shape
         ──shards──► stacks                                       the same over several, where one is full
         ──checks──► findings                                     house, truth, quota, cfn-lint; less what is waived
         ──render──► artifacts                                    out/<environment>/…, as bytes

Findings travel beside the data; a stage that found errors stops the line, so nothing half-right is ever written.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from generator.findings import Finding, NotRun, Path, Severity, has_errors
from generator.manifest import API_DOCUMENT, HUB_TEMPLATE, MANIFEST, MEMBER_TEMPLATE, SINK_TEMPLATE, Asset
from generator.spec.parts_protocol import NO_PARTS, Parts

if TYPE_CHECKING:
    # Every command names what is in this module, and `--help` has no use for the compiler.
    from generator.cost.estimate import Estimate
    from generator.model.estate import Estate
    from generator.resolve.event_packs import EventPackRegistry
    from generator.resolve.services.packs import PackRegistry
    from generator.shards.spread import Spread
    from generator.spec.coverage_lock import CoverageLockSpec
    from generator.spec.document import Document
    from generator.spec.load import Source

GENERATED = "Written by `obsgen build` from observability.yaml. Edit that file, not this one."


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a build depends on. handlers: path inside the `handlers` package's parent to content.

    parts: the files that the spec may include, read when it does. packs, event_packs: obsgen's own, name to content.
    own_packs, own_event_packs: the user's, path as messages show it to content. version: obsgen's, as the manifest has
    it; empty where it does not.
    before: what the last build wrote, environment to file to content; it says which stack each resource is in.
    """

    text: bytes
    name: str
    handlers: Mapping[str, bytes]
    today: datetime.date
    environments: tuple[str, ...] = ()
    lint: bool = True
    packs: Mapping[str, bytes] = field(default_factory=dict)
    event_packs: Mapping[str, bytes] = field(default_factory=dict)
    own_packs: Mapping[str, bytes] = field(default_factory=dict)
    own_event_packs: Mapping[str, bytes] = field(default_factory=dict)
    version: str = ""
    parts: Parts = NO_PARTS
    before: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)


@dataclass(slots=True)
class Built:
    """The result of a build. artifacts: path below out/ to content; empty where there are errors.

    not_run: checks that were skipped because of what others found; not those that nobody asked for.

    templates: for each environment what the hub and a member have, whole, by file. spread: the same over the stacks
    that are rolled out. sinks: for each environment with sinks outside the hub's Region their template, by file.

    variables: the places that name each variable.

    costs: what each environment costs a month, at AWS's list prices; empty where there are errors.

    packages: for each environment the functions' packages, by their key in the assets bucket; listed in out/, not kept.
    """

    source: Source
    findings: list[Finding] = field(default_factory=list)
    not_run: list[NotRun] = field(default_factory=list)
    environments: tuple[str, ...] = ()
    estates: dict[str, Estate] = field(default_factory=dict)
    templates: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    spread: dict[str, Spread] = field(default_factory=dict)
    sinks: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    packages: dict[str, dict[str, bytes]] = field(default_factory=dict)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    costs: dict[str, Estimate] = field(default_factory=dict)
    variables: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    version: str = ""

    def stacks(self, environment: str) -> dict[str, dict[str, Any]]:
        """The templates that are rolled out, by file."""
        return {**self.spread[environment].templates, **self.sinks.get(environment, {})}


def build(inputs: Inputs, lint_cache: MutableMapping[str, str] | None = None) -> Built:
    """Compile a spec. `lint_cache` keeps what cfn-lint found; the caller decides whether it outlives the call."""
    from generator.spec.documents import read_documents
    from generator.spec.parts import load_spec

    loaded = load_spec(inputs.text, inputs.name, inputs.parts)
    built = Built(loaded.source, list(loaded.findings), version=inputs.version)
    if loaded.data is None:
        return _stopped(built, inputs, "the language", "references")
    documents = read_documents(loaded.data, loaded.source)
    findings = documents.findings
    if has_errors(loaded.findings):
        # What seems to be missing may be in a part that cannot be read.
        findings = tuple(finding for finding in findings if finding.code != "S02" or len(finding.path) > 1)
    built.findings += findings
    if not documents.by_environment or has_errors(built.findings):
        return _stopped(built, inputs, "references")
    built.variables = documents.uses
    _resolve(documents.by_environment, inputs, built)
    if has_errors(built.findings):
        return _stopped(built, inputs)
    from generator.checks.unused import unused_entries

    without_use = list(unused_entries(loaded.data))
    # What was written is in the estates now; of a large file it takes as much memory as all that is made from it.
    del loaded, documents, findings
    assets = _assemble(inputs, built)
    _spread(inputs, built)
    check_findings, not_run = _check(inputs, built, {} if lint_cache is None else lint_cache)
    built.findings = _unique([*built.findings, *check_findings, *without_use], built.environments)
    built.not_run += not_run
    if not has_errors(built.findings):
        built.artifacts = _artifacts(built, assets, inputs.before)
    return built


def _resolve(documents: Mapping[str, Document], inputs: Inputs, built: Built) -> None:
    from generator.findings import unknown_reference
    from generator.resolve.resolve import resolve

    known = tuple(documents)
    for name in inputs.environments:
        if name not in known:
            built.findings.append(unknown_reference("R02", "environment", name, known, ("environments",)))
    built.environments = known
    packs = _packs(documents, inputs, built)
    event_packs = _event_packs(documents, inputs, built)
    coverage = _coverage(documents, inputs, built)
    for environment in inputs.environments or known:
        if environment in known:
            built.estates[environment], findings = resolve(
                documents[environment], environment, packs, event_packs, coverage
            )
            built.findings += findings
    built.findings = _unique(built.findings, known)


def _packs(documents: Mapping[str, Document], inputs: Inputs, built: Built) -> PackRegistry | None:
    """The packs of the documents' services, and the user's own; None where there is no use for any."""
    types = {spec.type for document in documents.values() for spec in document.services.values()}
    if not types and not inputs.own_packs:
        return None
    from generator.resolve.services.packs import load_packs

    packs, texts, findings = load_packs(inputs.packs, inputs.own_packs, types)
    built.source = replace(built.source, others={**built.source.others, **texts})
    built.findings += findings
    return packs


def _event_packs(documents: Mapping[str, Document], inputs: Inputs, built: Built) -> EventPackRegistry | None:
    """The packs of the documents' event rules, and the user's own; None where there is no use for any."""
    rules = [spec for document in documents.values() for spec in document.event_rules.values()]
    if not rules and not inputs.own_event_packs:
        return None
    from generator.resolve.event_packs import load_event_packs

    used = {spec.pack for spec in rules if spec.pack}
    packs, texts, findings = load_event_packs(inputs.event_packs, inputs.own_event_packs, used)
    built.source = replace(built.source, others={**built.source.others, **texts})
    built.findings += findings
    return packs


def _coverage(documents: Mapping[str, Document], inputs: Inputs, built: Built) -> CoverageLockSpec | None:
    """The lock of coverage, whose numbers reports print; None without reports or a lock."""
    if not any(document.reports for document in documents.values()):
        return None
    from generator.spec.coverage_file import read_coverage

    file = read_coverage(inputs.name, inputs.parts)
    if file is None:
        return None
    built.source = replace(built.source, others={**built.source.others, file.source.name: file.source})
    built.findings += file.findings
    return file.lock


def _assemble(inputs: Inputs, built: Built) -> dict[str, dict[str, Asset]]:
    from generator.blueprints import hub, member, sharing
    from generator.function_packages import packed

    assets: dict[str, dict[str, Asset]] = {}
    for environment, estate in built.estates.items():
        packages = packed(estate, inputs.handlers)
        assets[environment] = {asset.name: asset for asset, _ in packages}
        built.packages[environment] = {asset.key: content for asset, content in packages}
        built.templates[environment] = {
            HUB_TEMPLATE: hub.assemble(estate, assets[environment], inputs.handlers),
            MEMBER_TEMPLATE: member.assemble(estate, assets[environment], inputs.handlers),
        }
        if sharing.other_regions(estate):
            built.sinks[environment] = {SINK_TEMPLATE: sharing.sink(estate)}
    return assets


def _spread(inputs: Inputs, built: Built) -> None:
    """Assign the resources to stacks: all to the first one, while it has room."""
    from generator.render.yaml_text import parse_template
    from generator.shards.spread import spread
    from generator.shards.text import SHARDS
    from generator.spec.load import Source

    for environment, templates in built.templates.items():
        before = inputs.before.get(environment, {})
        sides = {"hub": templates[HUB_TEMPLATE], "member": templates[MEMBER_TEMPLATE]}
        assignments = spread(sides, before, parse_template, environment)
        built.spread[environment] = assignments
        built.findings += assignments.findings
        for file in (SHARDS, MANIFEST) if assignments.findings else ():
            name = f"{environment}/{file}"
            text = Source(name, before.get(file, b"").decode("utf-8", "replace"))
            built.source = replace(built.source, others={**built.source.others, name: text})


def _stopped(built: Built, inputs: Inputs, *earlier: str) -> Built:
    """The build as it is, and which checks it did not come to. earlier: stages before those that check templates."""
    checks = (*earlier, "house rules", "truths", "quotas", *(("cfn-lint",) if inputs.lint else ()))
    built.not_run.append(NotRun(", ".join(checks), "the errors found so far come first"))
    return built


def _check(inputs: Inputs, built: Built, lint_cache: MutableMapping[str, str]) -> tuple[list[Finding], list[NotRun]]:
    from generator.checks.stage import check

    whole = set(built.estates) == set(built.environments)
    cache = lint_cache if inputs.lint else None
    stacks = {environment: built.stacks(environment) for environment in built.spread}
    return check(built.estates, built.templates, stacks, inputs.today, cache, whole)


def _unique(findings: list[Finding], environments: Sequence[str] = ()) -> list[Finding]:
    """Each finding once, though every environment may have it; errors first where a place has several.

    Names that differ in nothing but their environment's ending are of one place, and so is what is wrong with them. One
    that leads to no place of the YAML is known by its resource: two of those are two.
    """
    order = list(Severity)
    ending = re.compile(rf"(?<=[-/])(?:{'|'.join(re.escape(name) for name in environments) or '$'})\b")
    seen: dict[tuple[object, ...], Finding] = {}
    for finding in sorted(findings, key=lambda f: order.index(f.severity)):
        resource = "" if finding.path else finding.where.partition("/")[2]
        message = ending.sub("{environment}", finding.message) if finding.path else finding.message
        seen.setdefault((finding.code, finding.file, finding.path, message, finding.mark, resource), finding)
    return list(seen.values())


def _artifacts(
    built: Built, assets: Mapping[str, Mapping[str, Asset]], before: Mapping[str, Mapping[str, bytes]]
) -> dict[str, bytes]:
    from generator.blueprints import delivery_monitor as path_watch
    from generator.blueprints import heartbeat_fleet
    from generator.cost.estimate import estimate
    from generator.cost.price_list import price_list
    from generator.manifest import as_data
    from generator.manifest_of import manifest_of
    from generator.render.catalogue import catalogue
    from generator.render.catalogue_files import catalogue_files
    from generator.render.cost_words import alarm_costs
    from generator.render.estate_files import estate_files
    from generator.render.yaml_text import template_text, yaml_text
    from generator.shards.text import SHARDS

    artifacts: dict[str, bytes] = {}
    for environment, estate in built.estates.items():
        spread, was = built.spread[environment], before.get(environment, {}).get(MANIFEST, b"")
        texts = {
            file: template_text(template, GENERATED).encode() for file, template in built.stacks(environment).items()
        }
        digests = {file: hashlib.sha256(text).hexdigest() for file, text in texts.items()}
        manifest = manifest_of(estate, tuple(assets[environment].values()), spread, digests, built.version, was)
        data = as_data(manifest)
        texts[MANIFEST] = yaml_text(data, GENERATED).encode()
        costs = built.costs[environment] = estimate(data, built.stacks(environment), price_list())
        if spread.map:
            texts[SHARDS] = spread.map.encode()
        silent = [*path_watch.missing_data_reasons(estate), *heartbeat_fleet.missing_data_reasons(estate)]
        texts |= {
            name: text.encode() for name, text in catalogue_files(catalogue(estate, silent, alarm_costs(costs))).items()
        }
        texts |= estate_files(estate)
        if estate.events and estate.events.api:
            from generator.render.openapi import openapi_json

            texts[API_DOCUMENT] = openapi_json(estate)
        artifacts.update({f"{environment}/{file}": text for file, text in texts.items()})
    return artifacts
