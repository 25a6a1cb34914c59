"""The rule of a composite alarm: read with places, and answered from the states of its children.

AWS does not write down whether AND goes before OR; it does here, as nearly everywhere, and the rules that obsgen
writes have parentheses. A percentage that does not come out even is rounded up: half of three is two.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from generator.evaluate.types import State

MOST_CHARACTERS, MOST_CHILDREN, MOST_ELEMENTS = 10_240, 100, 500
STATES = get_args(State)
BINDS = {"OR": 1, "AND": 2, "NOT": 3}
TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([(),])|([^\s(),"]+))')


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """Why CloudWatch would not take the rule. position: counted from 0."""

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
        """Whether enough of them are."""
        return sum((states[child] == self.state) is not self.negated for child in self.children) >= self.needed


Step = AtLeast | bool | str


@dataclass(frozen=True, slots=True)
class Rule:
    """steps: conditions, then the operators on what is there. children: names or ARNs as written, each once."""

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


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    at: int
    quoted: bool = False

    def is_(self, text: str) -> bool:
        return self.text == text and not self.quoted


class _Wrong(Exception):
    def __init__(self, message: str, position: int, hint: str = "") -> None:
        self.problem = RuleProblem(message, position, hint)


def parse(text: str) -> Rule | RuleProblem:
    """The rule that a text says, or why it says none. Never raises; takes time in proportion to the text."""
    if len(text) > MOST_CHARACTERS:
        return RuleProblem(f"a rule has at most {MOST_CHARACTERS} characters, this one {len(text)}", MOST_CHARACTERS)
    if text != text.strip():
        # AWS's own words: "must not contain leading or trailing whitespace".
        at = 0 if text[:1].isspace() else len(text.rstrip())
        return RuleProblem(
            "CloudWatch takes no blanks or line ends around a rule", at, "remove them; in YAML, `>-` for `>`"
        )
    try:
        return _Reader(text).rule()
    except _Wrong as wrong:
        return wrong.problem


class _Reader:
    """Operators wait on a stack until what they bind is there, so depth costs nothing."""

    def __init__(self, text: str) -> None:
        self._end = len(text)
        self._tokens = list(_tokens(text))
        self._next = 0

    def rule(self) -> Rule:
        steps: list[Step] = []
        waiting: list[_Token] = []
        wants_value = True
        elements = 0
        while (token := self._peek()) is not None:
            elements += token.text not in (*BINDS, ",")
            if wants_value and token.is_("(") or wants_value and token.is_("NOT"):
                waiting.append(self._take())
            elif wants_value:
                steps.append(self._value())
                wants_value = False
            elif token.is_(")"):
                self._close(self._take(), waiting, steps)
            elif token.text in ("AND", "OR") and not token.quoted:
                while waiting and BINDS.get(waiting[-1].text, 0) >= BINDS[token.text]:
                    steps.append(waiting.pop().text)
                waiting.append(self._take())
                wants_value = True
            else:
                raise _Wrong(f"`{token.text}` after what is complete", token.at, "AND or OR goes between")
        if wants_value:
            raise _Wrong("something is missing at the end", self._end, "such as ALARM(name)")
        while waiting:
            token = waiting.pop()
            if token.is_("("):
                raise _Wrong("this parenthesis is not closed", token.at, "add )")
            steps.append(token.text)
        children = tuple(dict.fromkeys(c for step in steps if isinstance(step, AtLeast) for c in step.children))
        if len(children) > MOST_CHILDREN:
            raise _Wrong(f"a rule has at most {MOST_CHILDREN} alarms, this one {len(children)}", 0)
        if elements > MOST_ELEMENTS:
            raise _Wrong(f"a rule has at most {MOST_ELEMENTS} elements, this one {elements}", 0)
        return Rule(tuple(steps), children)

    def _close(self, token: _Token, waiting: list[_Token], steps: list[Step]) -> None:
        while waiting and not waiting[-1].is_("("):
            steps.append(waiting.pop().text)
        if not waiting:
            raise _Wrong("this parenthesis closes nothing", token.at, "remove it")
        waiting.pop()

    def _value(self) -> Step:
        token = self._take()
        word = token.text
        if not token.quoted:
            if word.upper() in ("TRUE", "FALSE"):
                return word.upper() == "TRUE"
            if word in STATES:
                return AtLeast(1, word, self._names(one=True))  # type: ignore[arg-type]
            if word == "AT_LEAST":
                return self._at_least()
        following = self._peek()
        if following is not None and following.is_("("):
            raise _Wrong(f"`{word}` is no state", token.at, f"one of {', '.join(STATES)}, AT_LEAST")
        raise _Wrong(f"`{word}` stands alone", token.at, f"ALARM({word})")

    def _at_least(self) -> AtLeast:
        self._expect("(")
        number = self._take()
        found = re.fullmatch(r"(\d{1,4})(%?)", number.text)
        if not found or number.quoted:
            raise _Wrong(f"`{number.text}` is neither a number nor a percentage", number.at, "such as 2 or 50%")
        self._expect(",")
        token = self._take()
        negated = token.is_("NOT")
        token = self._take() if negated else token
        if token.text not in STATES or token.quoted:
            raise _Wrong(f"`{token.text}` is no state", token.at, f"one of {', '.join(STATES)}")
        self._expect(",")
        children = self._names(one=False)
        self._expect(")")
        needed = int(found[1])
        if found[2]:
            needed = math.ceil(len(children) * needed / 100)
        if not 1 <= needed <= len(children):
            raise _Wrong(
                f"{found[0]} of {len(children)} alarms can never be decided", number.at, f"1 to {len(children)}"
            )
        return AtLeast(needed, token.text, children, negated)  # type: ignore[arg-type]

    def _names(self, *, one: bool) -> tuple[str, ...]:
        self._expect("(")
        names = [self._name()]
        while not one and (token := self._peek()) is not None and token.is_(","):
            self._take()
            names.append(self._name())
        self._expect(")")
        return tuple(names)

    def _name(self) -> str:
        token = self._take()
        if not token.quoted and token.text in ("(", ")", ","):
            raise _Wrong("the name of an alarm is missing", token.at, "with brackets, commas or blanks it needs quotes")
        return token.text

    def _expect(self, text: str) -> None:
        token = self._peek()
        if token is None or not token.is_(text):
            raise _Wrong(f"`{text}` is missing", token.at if token else self._end)
        self._next += 1

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self) -> _Token:
        token = self._peek()
        if token is None:
            raise _Wrong("something is missing at the end", self._end)
        self._next += 1
        return token


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = TOKEN.match(text, at)
        if not found:
            raise _Wrong("a quotation mark is not closed", text.index('"', at), 'add "')
        if found[1] is not None:
            yield _Token(re.sub(r"\\(.)", r"\1", found[1]), found.start(1) - 1, True)
        else:
            yield _Token(found[2] or found[3], found.start(2) if found[2] else found.start(3))
        at = found.end()
