"""Metric math is read by the guide's grammar, with Python's precedence, and never fails on any text at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.evaluate.math.functions import FUNCTIONS
from generator.evaluate.math.parser import read
from generator.evaluate.math.steps import (
    BinaryOperation,
    Call,
    Expression,
    Gathering,
    Name,
    Negation,
    Number,
    Step,
    TextLiteral,
    Word,
)
from generator.evaluate.math.tokens import ExpressionProblem, UnreadableExpression


def refused(source: str) -> ExpressionProblem:
    with pytest.raises(UnreadableExpression) as caught:
        read(source)
    return caught.value.problem


def plain(step: Step) -> str:
    """A step as a word, without its place."""
    match step:
        case Number():
            return f"{step.value:g}"
        case TextLiteral():
            return repr(step.value)
        case Word():
            return step.value
        case Name():
            return step.id
        case Negation():
            return "neg"
        case BinaryOperation():
            return step.symbol
        case Gathering():
            return f"[{step.count}]"
        case Call():
            return f"{step.function}/{step.count}"


def row(source: str) -> str:
    return " ".join(map(plain, read(source).steps))


# --- what is read -------------------------------------------------------------------------------------------
# Examples of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html, restated.


@pytest.mark.parametrize(
    ("source", "steps"),
    [
        pytest.param("m1", "m1", id="id"),
        pytest.param("5 * m1", "5 m1 *", id="number-times-series"),
        pytest.param("m1 - m2", "m1 m2 -", id="difference"),
        pytest.param("PERIOD(m1)/60", "m1 PERIOD/1 60 /", id="call-in-arithmetic"),
        pytest.param("SUM(100/[m1, m2])", "100 m1 m2 [2] / SUM/1", id="array"),
        pytest.param("-5*m1", "5 neg m1 *", id="negative-number"),
        pytest.param("SUM(-[m1, m2])", "m1 m2 [2] neg SUM/1", id="negative-array"),
        pytest.param("METRICS()*100", "METRICS/0 100 *", id="no-arguments"),
        pytest.param('SUM(METRICS("errors"))', "'errors' METRICS/1 SUM/1", id="text"),
        pytest.param("SUM([METRICS('4xx'), METRICS('5xx')])", "'4xx' METRICS/1 '5xx' METRICS/1 [2] SUM/1", id="texts"),
        pytest.param("(metric1 > 15 AND metric2 > 15)", "metric1 15 > metric2 15 > &&", id="and"),
        pytest.param("m1 > 15 && m2 > 15 || m3", "m1 15 > m2 15 > && m3 ||", id="signs-of-logic"),
        pytest.param("m1 OR m2 AND m3", "m1 m2 m3 && ||", id="and-before-or"),
        pytest.param("FILL(m1, REPEAT)", "m1 REPEAT FILL/2", id="word"),
        pytest.param(
            "SLICE(SORT(METRICS(), SUM, DESC), 0, 10)", "METRICS/0 SUM DESC SORT/3 0 10 SLICE/3", id="function-as-word"
        ),
        pytest.param("IF(DAY(m1)<6,m1)", "m1 DAY/1 6 < m1 IF/2", id="no-blanks"),
        pytest.param(" m1\n\t+ m2 ", "m1 m2 +", id="blanks"),
        pytest.param("LAMBDA('f:1', true, 99.9)", "'f:1' true 99.9 LAMBDA/3", id="boolean"),
        pytest.param(r"LAMBDA('it\'s', 'a\\b')", """\"it's\" 'a\\\\b' LAMBDA/2""", id="escapes"),
        pytest.param("2^3^2", "2 3 2 ^ ^", id="power-from-the-right"),
        pytest.param("-m1^2", "m1 2 ^ neg", id="power-before-sign"),
        pytest.param("2^-m1*3", "2 m1 neg ^ 3 *", id="sign-behind-power"),
        pytest.param("m1 - m2 - m3", "m1 m2 - m3 -", id="difference-from-the-left"),
        pytest.param("(m1 < m2) < m3", "m1 m2 < m3 <", id="comparison-of-a-comparison"),
        pytest.param("and1 + or2", "and1 or2 +", id="ids-that-begin-with-words"),
    ],
)
def test_expression_is_read_in_the_order_in_which_it_is_done(source: str, steps: str) -> None:
    assert row(source) == steps


def test_every_step_knows_its_place() -> None:
    assert read("SUM([m1]) - -2").steps == (
        Name("m1", 5),
        Gathering(1, 4),
        Call("SUM", 1, 0),
        Number(2.0, 13),
        Negation(12),
        BinaryOperation("-", 10),
    )


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "says", "at", "hint"),
    [
        pytest.param("", "is empty", 0, "m1", id="nothing"),
        pytest.param(" \n", "is empty", 0, "m1", id="blanks"),
        pytest.param("m1 +", "before the end", 4, "", id="half"),
        pytest.param("m1 m2", "operator is missing", 3, "", id="no-operator"),
        pytest.param("2(m1)", "operator is missing", 1, '"*"', id="implied-multiplication"),
        pytest.param("+m1", "value is missing", 0, "leave", id="plus-sign"),
        pytest.param("m1 ** 2", "value is missing", 4, '"^"', id="power-of-python"),
        pytest.param("m1 <> 2", "value is missing", 4, '"!="', id="unequal-of-sql"),
        pytest.param("m1 = 2", '"=" is not part', 3, '"=="', id="assignment"),
        pytest.param("!m1", '"!" is not part', 0, "== 0", id="negation-sign"),
        pytest.param("NOT m1", "no NOT", 0, "== 0", id="negation-word"),
        pytest.param("NOT(m1)", "no NOT", 0, "== 0", id="negation-call"),
        pytest.param("m1 and m2", "operator is missing", 3, '"AND"', id="small-and"),
        pytest.param("m1 | m2", '"|" is not part', 3, '"OR"', id="single-bar"),
        pytest.param("m1 < m2 < m3", "do not chain", 8, "AND", id="chained"),
        pytest.param("m1 < (m2) + 1 < m3", "do not chain", 14, "AND", id="chained-around-parentheses"),
        pytest.param("m1 == m2 != m3", "do not chain", 9, "AND", id="chained-equality"),
        pytest.param("(m1", "never closed", 0, '")"', id="open-parenthesis"),
        pytest.param("1 + SUM([m1, m2]", "arguments of SUM are never closed", 4, '")"', id="open-call"),
        pytest.param("SUM([m1", 'this "[" is never closed', 4, '"]"', id="open-array"),
        pytest.param("m1)", 'this ")" closes nothing', 2, "remove", id="closing"),
        pytest.param("[m1)", 'this ")" closes nothing', 3, 'close "["', id="crossed"),
        pytest.param("[]", "value is missing", 1, "at least one", id="empty-array"),
        pytest.param("()", "value is missing", 1, "", id="empty-parentheses"),
        pytest.param("m1, m2", "separates nothing", 2, "[m1, m2]", id="comma"),
        pytest.param("SUM((m1, m2))", "separates nothing", 7, "[m1, m2]", id="comma-in-parentheses"),
        pytest.param("SUM(m1,)", "value is missing", 7, "", id="comma-at-the-end"),
        pytest.param("avg(m1)", "in capitals", 0, "AVG(...)", id="small-function"),
        pytest.param("AVERAGE(m1)", 'no function "AVERAGE"', 0, "", id="unknown-function"),
        pytest.param("METRIC(m1)", 'no function "METRIC"', 0, "METRICS", id="misspelt-function"),
        pytest.param("2 * DATAPOINTS_COUNT(m1)", "no function", 4, "DATAPOINT_COUNT", id="misspelt-inside"),
        pytest.param("M1", "lowercase letter", 0, "id", id="capital-id"),
        pytest.param("_m1", "lowercase letter", 0, "id", id="underscored-id"),
        pytest.param("FILL(m1, REPET)", "lowercase letter", 9, "REPEAT", id="misspelt-word"),
        pytest.param("1e3", "neither a number nor an id", 0, "write 1000", id="exponent"),
        pytest.param("1e-3 * m1", "neither", 0, "write 0.001", id="negative-exponent"),
        pytest.param("1e999", "neither", 0, "smaller", id="beyond-every-number"),
        pytest.param("9" * 400, "larger than any", 0, "", id="too-many-digits"),
        pytest.param("1.", "neither", 0, "write 1", id="point-without-digits"),
        pytest.param(".5", '"." is not part', 0, "0.5", id="point-first"),
        pytest.param("4xx + m1", "neither", 0, "lowercase", id="id-begins-with-a-digit"),
        pytest.param('METRICS("4xx', "never closed", 8, '"', id="open-text"),
        pytest.param("METRICS(\u201c4xx\u201d)", "is not part", 8, "straight", id="curly-quotes-as-in-the-guide"),
        pytest.param("m1 % 2", '"%" is not part', 3, "", id="remainder"),
        pytest.param("m\u00e91", "is not part", 1, "", id="beyond-ascii"),
        pytest.param("m1; m2", "is not part", 2, "own id", id="two-expressions"),
    ],
)
def test_error_says_what_is_wrong_where_and_what_to_write(source: str, says: str, at: int, hint: str) -> None:
    problem = refused(source)
    assert says in problem.message
    assert problem.position == at
    assert hint in problem.hint


# --- for any text at all ------------------------------------------------------------------------------------

FRAGMENTS = (
    *("m1", "e2", "errors", "5", "0.25", "1e3", "'a'", '"b"', "(", ")", "[", "]", ",", " "),
    *("+", "-", "*", "/", "^", "==", "!=", "<=", ">=", "<", ">", "AND ", "OR ", "&&", "||", "NOT "),
    *("REPEAT", "DESC", "SUM", "METRICS()", "IF(", "FILL(", "SORT(", "\n", "'", "\\", "é"),
)
sources = st.one_of(
    st.text(max_size=40),
    st.text("m1e+-*/^()[],<>=!&|\"'\\ ANDOR.5_", max_size=40),
    st.lists(st.sampled_from([*FRAGMENTS, *(f"{name}(" for name in FUNCTIONS)]), max_size=20).map("".join),
)


@settings(max_examples=400, deadline=None)
@given(source=sources)
@example(source="9" * 400)
@example(source="\ud800")
@example(source="'" + "\\" * 7)
def test_any_text_is_read_or_refused_at_a_place_within_it(source: str) -> None:
    try:
        expression = read(source)
    except UnreadableExpression as refused:
        assert refused.problem.message
        assert 0 <= refused.problem.position <= len(source)
        return
    assert read(source) == expression
    assert all(0 <= step.position < len(source) for step in expression.steps)
    assert_leaves_one_value(expression)


def assert_leaves_one_value(expression: Expression) -> None:
    depth = 0
    for step in expression.steps:
        match step:
            case Call() | Gathering():
                taken = step.count
            case BinaryOperation():
                taken = 2
            case Negation():
                taken = 1
            case _:
                taken = 0
        depth += 1 - taken
        assert depth >= 1
    assert depth == 1


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("(" * 100_000, id="openings"),
        pytest.param("(" * 50_000 + "m1" + ")" * 50_000, id="nested"),
        pytest.param("[" * 50_000 + "m1" + "]" * 50_000, id="nested-arrays"),
        pytest.param("ABS(" * 25_000 + "m1" + ")" * 25_000, id="nested-calls"),
        pytest.param("-" * 100_000 + "m1", id="signs"),
        pytest.param("2" + "^2" * 50_000, id="powers"),
        pytest.param("m1" + "+m1" * 30_000, id="sum"),
        pytest.param("m1" + "<m1" * 30_000, id="comparisons"),
        pytest.param("IF(m1>1 AND " * 8_000, id="unfinished"),
        pytest.param('"' * 100_001, id="quotes"),
        pytest.param("'" + "\\'" * 50_000, id="escapes"),
        pytest.param("A" * 100_000, id="long-word"),
        pytest.param("a(" * 50_000, id="unknown-functions"),
        pytest.param("1" * 100_000, id="digits"),
        pytest.param(" " * 100_000, id="blanks"),
    ],
)
def test_time_grows_with_the_length_and_not_with_its_square(source: str) -> None:
    """Each of these would take minutes, or exhaust the stack, if reading were recursive or looked back."""
    try:
        assert read(source).steps
    except UnreadableExpression as refused:
        assert refused.problem.message


# --- the precedence of Python -------------------------------------------------------------------------------

SIGNS: dict[type[ast.AST], str] = {
    **{ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^", ast.And: "&&", ast.Or: "||"},
    **{ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="},
}


def row_of_python(node: ast.expr) -> Iterator[str]:
    """The steps of a Python expression, by Python's own parser."""
    match node:
        case ast.Constant():
            yield f"{node.value:g}"
        case ast.Name():
            yield node.id
        case ast.UnaryOp():
            yield from row_of_python(node.operand)
            yield "neg"
        case ast.BinOp():
            yield from row_of_python(node.left)
            yield from row_of_python(node.right)
            yield SIGNS[type(node.op)]
        case ast.Compare():
            yield from row_of_python(node.left)
            yield from row_of_python(node.comparators[0])
            yield SIGNS[type(node.ops[0])]
        case ast.BoolOp():
            yield from row_of_python(node.values[0])
            for value in node.values[1:]:
                yield from row_of_python(value)
                yield SIGNS[type(node.op)]


values = st.sampled_from(["1", "2.5", "m1", "m2"])


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arithmetic = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "^"]), inner).map(" ".join)
    return st.one_of(arithmetic, arithmetic, inner.map("-{}".format), inner.map("({})".format))


arithmetic = st.recursive(values, grown, max_leaves=12)
comparisons = st.tuples(arithmetic, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), arithmetic).map(" ".join)
conditions = st.lists(comparisons | arithmetic, min_size=1, max_size=4)


def joined(parts: list[str], words: list[str]) -> str:
    """Conditions with a word between each two."""
    text = parts[0]
    for word, part in zip(words, parts[1:], strict=False):
        text += f" {word} {part}"
    return text


whole = st.builds(joined, conditions, st.lists(st.sampled_from(["AND", "OR"]), min_size=3, max_size=3))


@settings(max_examples=300, deadline=None)
@given(source=whole)
@example(source="2 ^ -m1 ^ 2 * 3 - -m2")
@example(source="-m1 ^ -m2 < 1 OR m1 AND m2 - 1")
def test_precedence_is_that_of_python(source: str) -> None:
    python = source.replace("^", "**").replace("AND", "and").replace("OR", "or")
    tree = ast.parse(python.strip(), mode="eval")
    assert row(source) == " ".join(row_of_python(tree.body))
