"""Metric math read from text to a row of steps, in one pass over the tokens and without recursion.

The guide documents no precedence. This one is that of the languages it borrows its signs from: `^` (from the
right), minus sign, `* /`, `+ -`, comparisons (which do not chain), AND, OR. An expression that needs more
than the usual knowledge of it deserves parentheses anyway.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.evaluate.math.functions import FUNCTIONS, WORDS
from generator.evaluate.math.steps import (
    COMPARISONS,
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
from generator.evaluate.math.tokens import UnreadableExpression, tokens
from generator.findings import did_you_mean
from generator.token_reader import END, Token

_COMPARING, _NEGATING, _RAISING = 3, 6, 7
_BINDING = {"||": 1, "&&": 2, "+": 4, "-": 4, "*": 5, "/": 5, "^": _RAISING} | dict.fromkeys(COMPARISONS, _COMPARING)


@dataclass(slots=True)
class _Pending:
    """An operator that waits for its right side, or an opening that waits for its closing.

    opening: "(" or "[", or nothing for an operator. function: the name before the "(". count: arguments.
    """

    position: int
    symbol: str = ""
    opening: str = ""
    function: str = ""
    count: int = 1

    @property
    def binding(self) -> int:
        """How tightly an operator binds; an opening not at all, so that nothing goes past it."""
        if self.opening:
            return 0
        return _BINDING[self.symbol] if self.symbol else _NEGATING


def read(source: str) -> Expression:
    """Read a whole expression; raises Refused."""
    return _Reading(source).expression()


class _Reading:
    """One way through the tokens: a value, then an operator or a closing, until the end."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = tokens(source)
        self._at = 0
        self._pending: list[_Pending] = []
        self._steps: list[Step] = []

    def expression(self) -> Expression:
        if self._token.kind == END:
            raise UnreadableExpression("the expression is empty", 0, "name a metric: m1")
        going_on = True
        while going_on:
            self._read_value()
            going_on = self._read_on()
        return Expression(self._source, tuple(self._steps))

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _symbol(self) -> str:
        return self._token.text if self._token.kind == "symbol" else ""

    def _read_value(self) -> None:
        """Signs and openings, up to and with the first value behind them."""
        while True:
            token, symbol = self._token, self._symbol()
            if symbol == "-":
                self._pending.append(_Pending(token.position))
            elif symbol in ("(", "["):
                self._pending.append(_Pending(token.position, opening=symbol))
            elif token.kind == "word" and self._opens(self._at + 1):
                if self._read_call(token):
                    return
                continue
            else:
                self._steps.append(self._value(token))
                self._at += 1
                return
            self._at += 1

    def _opens(self, at: int) -> bool:
        token = self._tokens[at]
        return token.kind == "symbol" and token.text == "("

    def _read_call(self, name: Token) -> bool:
        """A function and its opening; whether it closes at once and so is a value already."""
        if name.text not in FUNCTIONS:
            raise _no_function(name)
        self._at += 2
        if self._symbol() == ")":
            self._steps.append(Call(name.text, 0, name.position))
            self._at += 1
            return True
        self._pending.append(_Pending(name.position, opening="(", function=name.text))
        return False

    def _value(self, token: Token) -> Step:
        match token.kind:
            case "number":
                return Number(float(token.text), token.position)
            case "text":
                return TextLiteral(token.value, token.position)
            case "word":
                return _word(token)
            case _:
                raise self._no_value(token)

    def _no_value(self, token: Token) -> UnreadableExpression:
        hint = ""
        before = self._tokens[self._at - 1] if self._at else None
        if token.text == "+":
            hint = "leave the sign out"
        elif token.text == "*" and before and before.text == "*":
            hint = 'write "^" for a power'
        elif token.text == ">" and before and before.text == "<":
            hint = 'write "!=" for unequal'
        elif token.text == "]" and before and before.text == "[":
            hint = "an array has at least one time series"
        return UnreadableExpression(f"a value is missing here, before {_shown(token)}", token.position, hint)

    def _read_on(self) -> bool:
        """Read after a value: closings, then an operator or comma (there is more), or the end."""
        while self._symbol() in (")", "]"):
            self._close()
        token = self._token
        if token.kind == END:
            self._finish_operators()
            if self._pending:
                raise _never_closed(self._pending[-1])
            return False
        if self._symbol() == ",":
            self._next_argument(token)
        elif self._symbol() in _BINDING:
            self._push_operator(token)
        else:
            raise _no_operator(token)
        self._at += 1
        return True

    def _push_operator(self, token: Token) -> None:
        binding = _BINDING[token.text]
        # An operator that is equally tight is finished first, unless it is the power, which goes from the right.
        finished = self._finish_operators(binding if binding < _RAISING else binding + 1)
        if binding == _COMPARING and finished == _COMPARING:
            hint = "join two comparisons: m1 > 5 AND m1 < 10"
            raise UnreadableExpression("comparisons do not chain", token.position, hint)
        self._pending.append(_Pending(token.position, token.text))

    def _finish_operators(self, binding: int = 1) -> int:
        """Turn the waiting operators that bind at least so tightly into steps; how tight the last of them was."""
        last = 0
        while self._pending and self._pending[-1].binding >= binding:
            done = self._pending.pop()
            last = done.binding
            self._steps.append(BinaryOperation(done.symbol, done.position) if done.symbol else Negation(done.position))
        return last

    def _next_argument(self, token: Token) -> None:
        self._finish_operators()
        opening = self._pending[-1] if self._pending else None
        if opening is None or (opening.opening == "(" and not opening.function):
            hint = "several time series are written in square brackets: [m1, m2]"
            raise UnreadableExpression("this comma separates nothing", token.position, hint)
        opening.count += 1

    def _close(self) -> None:
        token = self._token
        self._finish_operators()
        if not self._pending:
            raise UnreadableExpression(f'this "{token.text}" closes nothing', token.position, "remove it")
        opening = self._pending.pop()
        if token.text != {"(": ")", "[": "]"}[opening.opening]:
            hint = f'close "{opening.opening}" first'
            raise UnreadableExpression(f'this "{token.text}" closes nothing', token.position, hint)
        if opening.function:
            self._steps.append(Call(opening.function, opening.count, opening.position))
        elif opening.opening == "[":
            self._steps.append(Gathering(opening.count, opening.position))
        self._at += 1


def _word(token: Token) -> Step:
    if token.text in WORDS or token.text in FUNCTIONS:
        return Word(token.text, token.position)
    if token.text[0].islower():
        return Name(token.text, token.position)
    raise _no_name(token)


def _no_function(name: Token) -> UnreadableExpression:
    if name.text.upper() in FUNCTIONS:
        return UnreadableExpression(
            "functions are written in capitals", name.position, f"write {name.text.upper()}(...)"
        )
    if name.text.upper() == "NOT":
        return _no_name(name)
    hint = did_you_mean(name.text, FUNCTIONS).strip()
    return UnreadableExpression(f'metric math has no function "{name.text}"', name.position, hint)


def _no_name(token: Token) -> UnreadableExpression:
    if token.text.upper() == "NOT":
        hint = "compare with 0, as in (m1 > 5) == 0"
        return UnreadableExpression("metric math has no NOT", token.position, hint)
    hint = did_you_mean(token.text, [*WORDS, *FUNCTIONS]).strip()
    message = f'"{token.text}" is no id: an id begins with a lowercase letter'
    return UnreadableExpression(message, token.position, hint or "change the id of the metric")


def _never_closed(opening: _Pending) -> UnreadableExpression:
    if opening.function:
        return UnreadableExpression(
            f"the arguments of {opening.function} are never closed", opening.position, 'close them with ")"'
        )
    closing = {"(": ")", "[": "]"}[opening.opening]
    return UnreadableExpression(
        f'this "{opening.opening}" is never closed', opening.position, f'close it with "{closing}"'
    )


def _no_operator(token: Token) -> UnreadableExpression:
    joining = {"and": "AND", "or": "OR", "not": "== 0"}.get(token.text.lower() if token.kind == "word" else "")
    hint = f'write "{joining}"' if joining else ""
    if token.text == "(":
        hint = 'multiplication is written with "*"'
    return UnreadableExpression(f"an operator is missing here, before {_shown(token)}", token.position, hint)


def _shown(token: Token) -> str:
    return f'"{token.text}"' if token.kind != END else "the end of the expression"
