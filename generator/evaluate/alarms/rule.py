"""The rule of a composite alarm: parsed with positions, and evaluated from the states of its children.

AWS does not write down whether AND goes before OR; it does here, as nearly everywhere, and the rules that obsgen
writes have parentheses. Nor does it write down how a percentage of AT_LEAST is rounded; it is rounded up here, half of
three is two, and the rules that obsgen writes have numbers.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from generator.evaluate.types import State
from generator.token_reader import END, Token, TokenReader, UnreadableText, tokenize

MOST_CHARACTERS, MOST_CHILDREN, MOST_ELEMENTS = 10_240, 100, 500
STATES = get_args(State)
BINDS = {"OR": 1, "AND": 2, "NOT": 3}
_TOKEN = re.compile(r'(?P<name>"(?:[^"\\]|\\.)*")|(?P<symbol>[(),])|(?P<word>[^\s(),"]+)')
_NEEDED = re.compile(r"(\d{1,4})(%?)")


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """Why CloudWatch would reject the rule. position: of the character, from 0. hint: what to write instead."""

    message: str
    position: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `needed` of the children are in the state; or are not, where negated."""

    needed: int
    state: State
    children: tuple[str, ...]
    negated: bool = False

    def holds(self, states: Mapping[str, State]) -> bool:
        """Whether enough children are in the state."""
        return sum((states[child] == self.state) is not self.negated for child in self.children) >= self.needed


Step = AtLeast | bool | str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in postfix notation. steps: conditions, each operator after its operands. children: names or ARNs as
    written, each once.
    """

    steps: tuple[Step, ...]
    children: tuple[str, ...]

    def holds(self, states: Mapping[str, State]) -> bool:
        """Whether the composite is in ALARM. states: of every child."""
        known: list[bool] = []
        for step in self.steps:
            if isinstance(step, AtLeast):
                known.append(step.holds(states))
            elif isinstance(step, bool):
                known.append(step)
            elif step == "NOT":
                known.append(not known.pop())
            else:
                right, left = known.pop(), known.pop()
                known.append(left and right if step == "AND" else left or right)
        return known[0]


# Each rule is in every account, and is read for every test.
@lru_cache(maxsize=1024)
def parse(text: str) -> Rule | RuleProblem:
    """The parsed rule, or why it is invalid. Never raises; the time grows in proportion to the text."""
    if len(text) > MOST_CHARACTERS:
        message = f"expected at most {MOST_CHARACTERS} characters in a rule, got {len(text)}"
        return RuleProblem(message, MOST_CHARACTERS)
    if text != text.strip():
        # AWS's own words: "must not contain leading or trailing whitespace".
        at = 0 if text[:1].isspace() else len(text.rstrip())
        hint = "remove them; in YAML, write `>-` instead of `>`"
        return RuleProblem("CloudWatch rejects a rule that begins or ends with whitespace", at, hint)
    try:
        return _RuleReader(tokenize(text, _TOKEN, _unclosed_quote)).rule()
    except UnreadableText as error:
        return RuleProblem(error.message, error.position, error.hint)


def _unclosed_quote(_text: str, position: int) -> UnreadableText:
    return UnreadableText("a quotation mark has no counterpart", position, 'add the closing "')


def _unreadable(message: str, token: Token, hint: str = "") -> UnreadableText:
    return UnreadableText(message, token.position, hint)


class _RuleReader(TokenReader):
    """Shunting-yard: operators wait on a stack until their operands are complete, so nesting needs no recursion."""

    def rule(self) -> Rule:
        steps: list[Step] = []
        waiting: list[Token] = []
        expects_value = True
        elements = 0
        while self.current.kind != END:
            token = self.step()
            elements += token.value not in (*BINDS, ",")
            if expects_value and (_is_symbol(token, "(") or _is_word(token, "NOT")):
                waiting.append(token)
            elif expects_value:
                steps.append(self._value(token))
                elements += _more_elements(steps[-1])
                expects_value = False
            elif _is_symbol(token, ")"):
                _close(token, waiting, steps)
            elif _is_word(token, "AND") or _is_word(token, "OR"):
                while waiting and BINDS.get(waiting[-1].text, 0) >= BINDS[token.text]:
                    steps.append(waiting.pop().text)
                waiting.append(token)
                expects_value = True
            else:
                raise _unreadable(f"expected AND, OR or the end before `{token.value}`", token, "add AND or OR")
        if expects_value:
            raise _unreadable("the rule is incomplete", self.current, "add a condition such as ALARM(name)")
        _finish(waiting, steps)
        return _within_quotas(steps, elements)

    def _value(self, token: Token) -> Step:
        word = token.value
        if token.kind == "word":
            if word.upper() in ("TRUE", "FALSE"):
                return word.upper() == "TRUE"
            if word in STATES:
                return AtLeast(1, word, self._names(single=True))  # type: ignore[arg-type]
            if word == "AT_LEAST":
                return self._at_least()
        if _is_symbol(self.current, "("):
            raise _unreadable(f"unknown state `{word}`", token, f"use one of {', '.join(STATES)}, AT_LEAST")
        raise _unreadable(f"expected a state before `{word}`", token, f"write ALARM({word})")

    def _at_least(self) -> AtLeast:
        self._expect("(")
        number = self._next()
        match = _NEEDED.fullmatch(number.text)
        if not match:
            raise _unreadable(
                f"`{number.value}` is neither a number nor a percentage", number, "write a value such as 2 or 50%"
            )
        self._expect(",")
        token = self._next()
        negated = _is_word(token, "NOT")
        token = self._next() if negated else token
        if token.kind != "word" or token.text not in STATES:
            raise _unreadable(f"unknown state `{token.value}`", token, f"use one of {', '.join(STATES)}")
        self._expect(",")
        children = self._names(single=False)
        self._expect(")")
        needed = int(match[1])
        if match[2]:
            needed = math.ceil(len(children) * needed / 100)
        if not 1 <= needed <= len(children):
            message = f"AT_LEAST {match[0]} of {len(children)} alarms is always true or always false"
            raise _unreadable(message, number, f"use 1 to {len(children)}")
        return AtLeast(needed, token.text, children, negated)  # type: ignore[arg-type]

    def _names(self, *, single: bool) -> tuple[str, ...]:
        self._expect("(")
        names = [self._name()]
        while not single and self.accept("symbol", ","):
            names.append(self._name())
        self._expect(")")
        return tuple(names)

    def _name(self) -> str:
        token = self._next()
        if token.kind == "symbol":
            hint = "quote a name that contains brackets, commas or blanks"
            raise _unreadable("the name of an alarm is missing", token, hint)
        return token.value

    def _expect(self, symbol: str) -> None:
        if not self.accept("symbol", symbol):
            raise _unreadable(f"`{symbol}` is missing", self.current)

    def _next(self) -> Token:
        if self.current.kind == END:
            raise _unreadable("the rule is incomplete", self.current)
        return self.step()


def _is_symbol(token: Token, symbol: str) -> bool:
    return token.kind == "symbol" and token.text == symbol


def _is_word(token: Token, word: str) -> bool:
    return token.kind == "word" and token.text == word


def _more_elements(step: Step) -> int:
    """The names and inner parentheses of AT_LEAST; a condition on one alarm is one element."""
    return len(step.children) + 1 if isinstance(step, AtLeast) and len(step.children) > 1 else 0


def _close(token: Token, waiting: list[Token], steps: list[Step]) -> None:
    while waiting and not _is_symbol(waiting[-1], "("):
        steps.append(waiting.pop().text)
    if not waiting:
        raise _unreadable("this `)` has no opening counterpart", token, "remove it")
    waiting.pop()


def _finish(waiting: list[Token], steps: list[Step]) -> None:
    while waiting:
        token = waiting.pop()
        if _is_symbol(token, "("):
            raise _unreadable("this `(` is not closed", token, "add )")
        steps.append(token.text)


def _within_quotas(steps: list[Step], elements: int) -> Rule:
    children = tuple(dict.fromkeys(name for step in steps if isinstance(step, AtLeast) for name in step.children))
    if len(children) > MOST_CHILDREN:
        raise UnreadableText(f"expected at most {MOST_CHILDREN} alarms in a rule, got {len(children)}", 0)
    if elements > MOST_ELEMENTS:
        raise UnreadableText(f"expected at most {MOST_ELEMENTS} elements in a rule, got {elements}", 0)
    return Rule(tuple(steps), children)
