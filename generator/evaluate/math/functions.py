"""The functions of metric math: what each takes and gives, and what is to be known before an alarm uses it.

The forms are the columns "Arguments" and "Return type" of the guide's tables. Where a sentence of the guide
goes beyond them (FILL with a metric as the filler, IF with a number on either side), it counts as well.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

SCALAR = "a number"
SERIES = "one time series"
ARRAY = "several time series"
TEXT = "a text"
TEXTS = "several texts"
QUOTA = "SERVICE_QUOTA"

WORDS = frozenset({"REPEAT", "LINEAR", "AVG", "MIN", "MAX", "SUM", "ASC", "DESC", "true", "false"})
"""The words that an argument may be, besides ids, numbers and texts; each is a kind of its own."""

Kinds = frozenset[str]
"""What a value can be. More than one where only AWS knows, as for the result of LAMBDA."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to call a function: the kinds that each argument may have, and the kind of the result."""

    takes: tuple[Kinds, ...]
    gives: Kinds


@dataclass(frozen=True, slots=True)
class MathFunction:
    """A function or operator.

    outside: why there is no value without asking AWS; SERVICE_QUOTA has one if it is given. caution: what AWS says of
    alarms that use it, and `cautious` the kinds of result for which it says so.
    """

    forms: tuple[Form, ...]
    outside: str = ""
    caution: str = ""
    cautious: Kinds = frozenset({SCALAR, SERIES, ARRAY})


def _form(gives: str, *takes: str | Kinds) -> Form:
    return Form(tuple(frozenset({kind}) if isinstance(kind, str) else kind for kind in takes), frozenset({gives}))


_EACH = MathFunction((_form(SERIES, SERIES), _form(ARRAY, ARRAY)))
_OVER = MathFunction((_form(SCALAR, SERIES), _form(SERIES, ARRAY)))
_TIME = MathFunction((_form(SERIES, SERIES),))
_PICK = MathFunction((_form(SERIES, ARRAY),))

_RANGE = (
    "its value depends on how many data points CloudWatch fetches, and an evaluation fetches more than the"
    " evaluation periods"
)
_SCALAR_OVER = replace(_OVER, caution=_RANGE, cautious=frozenset({SCALAR}))
_ORDERINGS = (frozenset({"AVG", "MIN", "MAX", "SUM"}), frozenset({"ASC", "DESC"}))
_FILLER = frozenset({SCALAR, SERIES, "REPEAT", "LINEAR"})
_BRANCH = frozenset({SCALAR, SERIES})
_ARGUMENT = frozenset({TEXT, SCALAR, "true", "false"})
_ONLY_TEXT = frozenset({TEXT})
_SOME_SERIES = frozenset({SERIES, ARRAY})
_MOST_LAMBDA_ARGUMENTS = 20

FUNCTIONS: Mapping[str, MathFunction] = {
    "ABS": _EACH,
    "ANOMALY_DETECTION_BAND": MathFunction(
        (_form(ARRAY, SERIES), _form(ARRAY, SERIES, SCALAR)),
        caution="the band computed here is an approximation; CloudWatch trains a model of its own",
    ),
    "AVG": _SCALAR_OVER,
    "CEIL": _EACH,
    "DATAPOINT_COUNT": replace(_OVER, caution=_RANGE),
    "DATE": _TIME,
    "DAY": _TIME,
    "DB_PERF_INSIGHTS": MathFunction(
        (_form(SERIES, TEXT, TEXT, TEXT), _form(ARRAY, TEXT, TEXT, TEXTS)),
        outside="DB_PERF_INSIGHTS asks Performance Insights, whose counters are no CloudWatch metrics",
    ),
    "DIFF": _EACH,
    "DIFF_TIME": _EACH,
    "EPOCH": _TIME,
    "FILL": MathFunction(
        (_form(SERIES, SERIES, _FILLER), _form(ARRAY, ARRAY, _FILLER)),
        caution="where the newest data point always comes late, the alarm sees the filler in its place;"
        " M out of N avoids it",
    ),
    "FIRST": _PICK,
    "FLOOR": _EACH,
    "HOUR": _TIME,
    "IF": MathFunction(
        (
            _form(SERIES, SERIES, _BRANCH),
            _form(SERIES, SERIES, _BRANCH, _BRANCH),
            _form(SERIES, SCALAR, SERIES),
            _form(SERIES, SCALAR, SERIES, SERIES),
        )
    ),
    "INSIGHT_RULE_METRIC": MathFunction(
        (_form(SERIES, TEXT, TEXT),),
        outside="INSIGHT_RULE_METRIC reads a Contributor Insights rule, which counts in AWS only",
    ),
    "LAMBDA": MathFunction(
        tuple(Form((_ONLY_TEXT, *[_ARGUMENT] * more), _SOME_SERIES) for more in range(_MOST_LAMBDA_ARGUMENTS + 1)),
        outside="LAMBDA calls a function of the account",
    ),
    "LAST": _PICK,
    "LOG": _EACH,
    "LOG10": _EACH,
    "MAX": _SCALAR_OVER,
    "METRICS": MathFunction((_form(ARRAY), _form(ARRAY, TEXT))),
    "METRIC_COUNT": MathFunction((_form(SCALAR, ARRAY),)),
    "MIN": _SCALAR_OVER,
    "MINUTE": _TIME,
    "MONTH": _TIME,
    "PERIOD": MathFunction((_form(SCALAR, SERIES),)),
    "RATE": replace(
        _EACH,
        caution="on sparse metrics an alarm on a rate is unpredictable: the data points fetched vary with"
        " when the last ones came",
    ),
    "REMOVE_EMPTY": MathFunction((_form(ARRAY, ARRAY),), caution=_RANGE),
    "RUNNING_SUM": replace(_EACH, caution=_RANGE),
    "SEARCH": MathFunction(
        (_form(ARRAY, TEXT), _form(ARRAY, TEXT, TEXT), _form(ARRAY, TEXT, TEXT, SCALAR)),
        outside="SEARCH looks through all metrics of the account",
    ),
    QUOTA: MathFunction(
        (_form(SERIES, SERIES),),
        outside="SERVICE_QUOTA asks Service Quotas for the limit of this account",
    ),
    "SLICE": MathFunction((_form(ARRAY, ARRAY, SCALAR), _form(ARRAY, ARRAY, SCALAR, SCALAR))),
    "SORT": MathFunction((_form(ARRAY, ARRAY, *_ORDERINGS), _form(ARRAY, ARRAY, *_ORDERINGS, SCALAR))),
    "STDDEV": _SCALAR_OVER,
    "SUM": _SCALAR_OVER,
    "TIME_SERIES": MathFunction((_form(SERIES, SCALAR),)),
    "YEAR": _TIME,
}

_WITH_ARRAYS = (_form(ARRAY, _BRANCH, ARRAY), _form(ARRAY, ARRAY, _BRANCH))
_WITH_SERIES = (_form(SERIES, SERIES, _BRANCH), _form(SERIES, SCALAR, SERIES))
_NUMBERS = _form(SCALAR, SCALAR, SCALAR)

NEGATION = MathFunction((_form(SCALAR, SCALAR), *_EACH.forms))
ARITHMETIC = MathFunction((_NUMBERS, *_WITH_SERIES, *_WITH_ARRAYS))
COMPARISON = MathFunction((_NUMBERS, *_WITH_SERIES))
"""Comparisons and AND, OR: "either a pair of time series or a pair of single scalar values", and the guide's
own examples mix the two. Arrays are in neither, so they are refused."""
