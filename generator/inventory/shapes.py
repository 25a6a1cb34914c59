"""From a metric to the resource that it is of: the packs know namespaces and dimensions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from generator.inventory.types import PackShape, Pairs

# Parameters that identify a resource, where these are not all that an entry must set.
_IDENTITY: Mapping[str, tuple[str, ...]] = {
    "cognito": ("user_pool",),
    "dms-task": ("task",),
    "http-api": ("api",),
    "nlb": ("load_balancer",),
    "rest-api": ("api",),
}
# Optional parameters that an entry is worth little without.
_FACETS: Mapping[str, tuple[str, ...]] = {"alb": ("target_group",)}
# An account, its quotas and its bill are no resources.
_NO_RESOURCE = ("account-quotas", "billing", "service-quota")
# WebSocket APIs share the dimensions of HTTP APIs; these metrics they do not have.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
_OWN_METRICS: Mapping[str, tuple[str, ...]] = {"http-api": ("4xx", "5xx", "Count", "DataProcessed", "Latency")}
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_MOST_NAME = 2_048


@dataclass(frozen=True, slots=True)
class _Variant:
    """One set of dimensions from which a resource of a pack is known. patterns: by dimension, with named groups.

    plain: the dimension and the parameter, where one dimension is the parameter itself: most packs are so.
    """

    shape: PackShape
    identity: tuple[str, ...]
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    plain: tuple[str, str] | None

    def values(self, dimensions: Mapping[str, str]) -> Pairs | None:
        """The parameters of the resource; None where the metric is of something else."""
        if self.plain is not None:
            name, parameter = self.plain
            text = dimensions.get(name)
            return ((parameter, text),) if text and len(text) <= _MOST_NAME else None
        values: dict[str, str] = {}
        for name, pattern in self.patterns:
            text = dimensions.get(name)
            match = pattern.fullmatch(text) if text is not None and len(text) <= _MOST_NAME else None
            if match is None:
                return None
            values |= match.groupdict()
        return tuple((name, values[name]) for name in self.identity)


class ShapeMatch(NamedTuple):
    """A resource that a metric is of. breadth: how many of the metric's dimensions say so."""

    shape: PackShape
    values: Pairs
    breadth: int


def _specific(match: ShapeMatch) -> tuple[int, str]:
    return (match.breadth, match.shape.type)


@dataclass
class Shapes:
    """The packs as what recognizes metrics."""

    by_type: Mapping[str, PackShape]
    _variants: dict[str, list[_Variant]] = field(default_factory=dict)
    _ambiguous: set[str] = field(default_factory=set)
    _names: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    _dimensions: dict[tuple[str, str], frozenset[frozenset[str]]] = field(default_factory=dict)
    _needed: set[tuple[str, str]] = field(default_factory=set)
    _single: dict[tuple[str, str, str], _Variant | None] = field(default_factory=dict)
    _facet_patterns: dict[str, tuple[tuple[tuple[str, re.Pattern[str]], ...], ...]] = field(default_factory=dict)

    def matches(self, namespace: str, name: str, dimensions: Pairs) -> list[ShapeMatch]:
        """Every resource that the metric says exists: of a service of ECS, its cluster, too."""
        single = self._match_of_one(namespace, name, dimensions)
        if single is not None:
            return [single]
        matches = self._all_matches(namespace, dict(dimensions))
        return [match for match in matches if self._may_be(match, matches, namespace, name)]

    def _match_of_one(self, namespace: str, name: str, dimensions: Pairs) -> ShapeMatch | None:
        """The resource of a metric with one dimension that is the parameter of one pack, as most are."""
        if len(dimensions) != 1 or len(dimensions[0][1]) > _MOST_NAME:
            return None
        dimension, value = dimensions[0]
        key = (namespace, name, dimension)
        if key not in self._single:
            variants = [it for it in self._variants.get(namespace, ()) if {of for of, _ in it.patterns} == {dimension}]
            is_single = len(variants) == 1 and variants[0].plain and variants[0].shape.type not in _OWN_METRICS
            self._single[key] = variants[0] if is_single else None
        variant = self._single[key]
        return ShapeMatch(variant.shape, ((variant.identity[0], value),), 1) if variant and value else None

    def subject(self, namespace: str, name: str, dimensions: Pairs) -> ShapeMatch | None:
        """The resource that the metric measures: the most specific one. None: an account's, or of no pack."""
        matches = self.matches(namespace, name, dimensions)
        return max(matches, key=_specific, default=None)

    def subjects(self, namespace: str, name: str, dimensions: Pairs) -> list[ShapeMatch]:
        """What the metric may measure: the subject, and others of which its name alone does not say so."""
        single = self._match_of_one(namespace, name, dimensions)
        if single is not None:
            return [single]
        matches = self._all_matches(namespace, dict(dimensions))
        if len(matches) < 2 and namespace not in self._ambiguous:
            return matches
        by_metric = [match for match in matches if self._may_be(match, matches, namespace, name)]
        subject = max(by_metric, key=_specific, default=None)
        breadth = max((match.breadth for match in matches), default=0)
        rivals = sorted((match for match in matches if match.breadth == breadth), key=_specific)
        return [*([subject] if subject else []), *(match for match in rivals if match != subject)]

    def has_dimensions(self, shape: PackShape, namespace: str, names: frozenset[str]) -> bool:
        """Whether a metric of the pack has exactly these dimensions."""
        return names in self._dimensions.get((shape.type, namespace), frozenset())

    def knows(self, namespace: str) -> bool:
        """Whether a pack has metrics of a namespace."""
        return namespace in self._variants

    def is_distinct(self, namespace: str, name: str) -> bool:
        """Whether a metric says more than another one with the same dimensions: of which type the resource is."""
        return namespace in self._ambiguous or (namespace, name) in self._needed

    def is_needed(self, namespace: str, name: str) -> bool:
        """Whether a pack has an alarm that fires without a metric."""
        return (namespace, name) in self._needed

    def in_namespace(self, namespace: str) -> Iterator[tuple[PackShape, frozenset[str]]]:
        """The packs of a namespace, each with the dimensions that identify a resource."""
        for variant in self._variants.get(namespace, ()):
            yield variant.shape, frozenset(name for name, _ in variant.patterns)

    def identity(self, shape: PackShape) -> tuple[str, ...]:
        """The parameters that identify a resource."""
        return _IDENTITY.get(shape.type, shape.required)

    def dimension_of(self, namespace: str, shape: PackShape, dimension: str) -> re.Pattern[str] | None:
        """What a dimension has to be like for a resource of a pack; None where it does not identify it."""
        for variant in self._variants.get(namespace, ()):
            if variant.shape is shape:
                return next((pattern for name, pattern in variant.patterns if name == dimension), None)
        return None

    def facets(self, shape: PackShape, dimensions: Pairs) -> Pairs:
        """The values of further parameters that an entry sets, such as a stage; empty where a metric has none."""
        of_shape = self._facet_patterns.get(shape.type, ())
        by_name = dict(dimensions) if of_shape else {}
        for patterns in of_shape:
            values: dict[str, str] = {}
            for name, pattern in patterns:
                match = pattern.fullmatch(by_name.get(name, ""))
                if match is None:
                    break
                values |= match.groupdict()
            else:
                return tuple(sorted(values.items()))
        return ()

    def facet_parameters(self, shape: PackShape) -> tuple[str, ...]:
        """The parameters whose values are facets."""
        rest = tuple(name for name in shape.required if name not in self.identity(shape))
        return (*rest, *_FACETS.get(shape.type, ()))

    def has_metric(self, shape: PackShape, namespace: str, name: str) -> bool:
        """Whether a pack's alarms use a metric."""
        return name in self._names.get((shape.type, namespace), frozenset())

    def _all_matches(self, namespace: str, dimensions: Mapping[str, str]) -> list[ShapeMatch]:
        return [
            ShapeMatch(variant.shape, values, len(variant.patterns))
            for variant in self._variants.get(namespace, ())
            if (values := variant.values(dimensions)) is not None
        ]

    def _may_be(self, match: ShapeMatch, matches: list[ShapeMatch], namespace: str, name: str) -> bool:
        """Two packs with the same dimensions, such as brokers of two engines, differ by the names of their metrics."""
        own = _OWN_METRICS.get(match.shape.type)
        if own is not None:
            return name in own
        rivals = {other.shape.type: other.shape for other in matches if other.breadth == match.breadth}
        if len(rivals) == 1:
            return True
        return [type_ for type_, of in rivals.items() if self.has_metric(of, namespace, name)] == [match.shape.type]


def shapes(packs: Iterable[PackShape]) -> Shapes:
    """The packs that have resources, by what recognizes them."""
    by_type = {pack.type: pack for pack in packs if pack.required and pack.type not in _NO_RESOURCE}
    result = Shapes(by_type)
    for pack in by_type.values():
        identity = result.identity(pack)
        result._needed |= pack.needed_metrics
        names: dict[str, set[str]] = {}
        dimensions: dict[str, set[frozenset[str]]] = {}
        known: set[tuple[str, tuple[str, ...]]] = set()
        facets: dict[tuple[str, ...], tuple[tuple[str, re.Pattern[str]], ...]] = {}
        for metric in pack.metrics:
            namespace = metric.namespace
            names.setdefault(namespace, set()).add(metric.name)
            patterns = _patterns(metric.dimensions, frozenset(identity))
            dimensions.setdefault(namespace, set()).add(frozenset(name for name, _ in metric.dimensions))
            bound = {name for _, pattern in patterns for name in pattern.groupindex}
            key = (namespace, tuple(name for name, _ in patterns))
            if bound >= set(identity) and key not in known:
                known.add(key)
                result._variants.setdefault(namespace, []).append(
                    _Variant(pack, identity, patterns, _plain(patterns, identity))
                )
            further = _patterns(metric.dimensions, frozenset(result.facet_parameters(pack)))
            if further:
                facets.setdefault(tuple(name for name, _ in further), further)
        result._names |= {(pack.type, namespace): frozenset(of) for namespace, of in names.items()}
        result._dimensions |= {(pack.type, namespace): frozenset(of) for namespace, of in dimensions.items()}
        result._facet_patterns[pack.type] = tuple(sorted(facets.values(), key=len, reverse=True))
    for namespace, variants in result._variants.items():
        of_variants = [frozenset(name for name, _ in variant.patterns) for variant in variants]
        is_shared = any(variant.shape.type in _OWN_METRICS for variant in variants)
        if is_shared or len(set(of_variants)) < len(
            {(v.shape.type, of) for v, of in zip(variants, of_variants, strict=True)}
        ):
            result._ambiguous.add(namespace)
    return result


def _patterns(dimensions: Pairs, parameters: frozenset[str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The dimensions whose values have some parameters and no others."""
    patterns = []
    general = {"account", "region", "partition"}
    for name, template in dimensions:
        words = set(_PLACEHOLDER.findall(template))
        if words & parameters and words <= parameters | general:
            patterns.append((name, re.compile(_regex(template, parameters), re.DOTALL)))
    return tuple(patterns)


def _plain(patterns: tuple[tuple[str, re.Pattern[str]], ...], identity: tuple[str, ...]) -> tuple[str, str] | None:
    if len(patterns) != 1 or len(identity) != 1:
        return None
    name, pattern = patterns[0]
    return (name, identity[0]) if pattern.pattern == f"(?P<{identity[0]}>.+)" else None


def _regex(template: str, parameters: frozenset[str]) -> str:
    pieces = []
    position = 0
    for match in _PLACEHOLDER.finditer(template):
        pieces.append(re.escape(template[position : match.start()]))
        pieces.append(f"(?P<{match[1]}>.+)" if match[1] in parameters else "[^:]*")
        position = match.end()
    return "".join(pieces) + re.escape(template[position:])
