"""One file, one partition: an organization, and whatever members share with their hub, never leaves its own."""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.regions import partition_of
from generator.findings import Finding, Path
from generator.resolve.scope import environment_names
from generator.spec.accounts import EnvironmentSpec
from generator.spec.document import Document


def several_partitions(document: Document) -> list[Finding]:
    """A Region of another partition than the first hub's (R03), whichever environment it is of."""
    placed = dict(_regions(document))
    findings: list[Finding] = []
    first, *rest = placed
    for path in rest:
        partition, first_partition = partition_of(placed[path]), partition_of(placed[first])
        if partition != first_partition:
            message = f"{placed[path]} is in the partition {partition}, and {placed[first]} in {first_partition}"
            hint = "use one file for each partition: organizations, roles, links and events cannot cross partitions"
            findings.append(Finding("R03", message, path, hint=hint, also=((first, "the first"),)))
    return findings


def _regions(document: Document) -> Iterator[tuple[Path, str]]:
    """Every Region of a resource, and its path in the YAML; without those that no environment uses."""
    environments = document.environments
    for name in environment_names(document):
        own = (environments.get(name) if isinstance(environments, dict) else None) or EnvironmentSpec()
        inside: Path = ("environments", name)
        yield ((*inside, "hub", "region"), own.hub.region) if own.hub else (("hub", "region"), document.hub.region)
        regions, path = (own.regions, (*inside, "regions")) if own.regions else (document.regions, ("regions",))
        yield from (((*path, index), region) for index, region in enumerate(regions))
