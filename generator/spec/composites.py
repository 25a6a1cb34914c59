"""The composites section, and the grammar of its rules.

    rule   = both *( "or" both )            both = single *( "and" single )
    single = "not" single | "(" rule ")" | [ "alarm" | "ok" | "no-data" ] "(" name ")" | name

`not` binds tighter than `and`, `and` tighter than `or`; a bare name means "is in ALARM". CloudWatch documents no
precedence of AND over OR, so what is generated is parenthesised in full whatever was written here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from pydantic import Field

from generator.model.alarm_rules import AllOf, AnyOf, InState, Not, Rule, State
from generator.spec.incidents import PageAgain, PartsName, ServiceName
from generator.spec.placements import PlacedSpec
from generator.spec.scalars import KEY, Action, Key, Seconds, SeverityName, SideName, Url
from generator.spec.strict import Strict

_TOKEN = re.compile(rf"\s*(?:(?P<paren>[()])|(?P<word>{KEY}))", re.IGNORECASE)
_STATES: dict[str, State] = {"alarm": "ALARM", "ok": "OK", "no-data": "INSUFFICIENT_DATA"}
_WORDS = ("and", "or", "not")
_SIGNS = {"&&": "and", "||": "or", "!": "not", "&": "and", "|": "or", ",": "or", "+": "and"}
MAX_NESTING = 50


class CompositeOverrideSpec(Strict):
    """What is different for some accounts or environments."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        name: f"a composite's `{name}` is the same everywhere: write it beside `overrides`"
        for name in ("rule", "owner", "runbook", "summary", "ok")
    }

    where: dict[str, str | list[str]] = Field(
        description="account: name, environment: name, region: name, unit: id, or a label: value; all have to hold",
        min_length=1,
    )
    severity: SeverityName | None = Field(default=None, description="decides who hears about it")
    enabled: bool | None = Field(default=None, description="false takes the composite away, true makes it there")


class CompositeSpec(PlacedSpec):
    """An alarm over the states of other alarms of the same side."""

    in_: SideName = Field(default="members", alias="in", description="members or hub")
    rule: str = Field(description="such as (errors or latency) and not deploying", min_length=1)
    severity: SeverityName | None = Field(default=None, description="decides who hears about it")
    enabled: bool | None = Field(default=None, description="false takes the composite away")
    summary: str = Field(default="", description="one line that a person reads at night", max_length=400)
    runbook: Url | None = Field(default=None, description="where to read what to do")
    owner: str | None = Field(default=None, description="the team that answers")
    actions: list[Action] = Field(
        default_factory=list, description="ARNs that CloudWatch calls itself, or opsitem", max_length=5
    )
    service: ServiceName | None = Field(
        default=None, description="what it is about: alarms of one service are one incident"
    )
    children: PartsName | None = Field(
        default=None, description="quiet: the alarms it is made of are members of its incident; or separate"
    )
    ok: bool = Field(default=True, description="false: no mail and no message in chat about the end")
    page_again: PageAgain | None = Field(default=None, description="how soon a pager hears of it again, such as 30m")
    suppressed_by: Key | None = Field(default=None, description="an alarm that silences this one while in ALARM")
    wait: Seconds | None = Field(default=None, description="how long to wait for the suppressor before telling anybody")
    extend: Seconds | None = Field(default=None, description="how long silence lasts after the suppressor is OK")
    overrides: list[CompositeOverrideSpec] = Field(default_factory=list, description="what differs from place to place")


class CompositeDefaults(Strict):
    """Defaults for every composite."""

    severity: SeverityName | None = Field(default=None, description="decides who hears about it")
    enabled: bool | None = Field(default=None, description="false takes the composite away")
    owner: str | None = Field(default=None, description="the team that answers")
    runbook: Url | None = Field(default=None, description="where to read what to do")


class RuleError(NamedTuple):
    """Why a rule cannot be read, and at which of its characters (from 0)."""

    message: str
    position: int
    hint: str = ""


class _Token(NamedTuple):
    text: str
    position: int


def parse_rule(text: str) -> Rule | RuleError:
    """The rule that a text means, or why it means none."""
    tokens: list[_Token] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if not match:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            return _strange(text, start)
        tokens.append(_Token(match.group().strip().lower(), match.start(match.lastgroup or 0)))
        position = match.end()
    reader = _Reader([*tokens, _Token("", len(text))])
    try:
        rule = reader.either(0)
    except _Unreadable as stop:
        return stop.error
    rest = reader.here
    return rule if not rest.text else RuleError(f"`and` or `or` is missing before `{rest.text}`", rest.position)


def _strange(text: str, start: int) -> RuleError:
    """What is wrong with a character that no rule has, and the word that other languages write so."""
    sign = next((sign for sign in _SIGNS if text.startswith(sign, start)), text[start])
    hint = f"write `{_SIGNS[sign]}`" if sign in _SIGNS else ""
    return RuleError(f"`{sign}` means nothing in a rule; use names, and, or, not, ( )", start, hint)


class _Unreadable(Exception):
    """Leaves the recursive descent; never leaves this module."""

    def __init__(self, message: str, token: _Token) -> None:
        self.error = RuleError(message, token.position)


class _Reader:
    """Recursive descent over the tokens, the last of which is empty."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.index = 0

    @property
    def here(self) -> _Token:
        return self.tokens[self.index]

    def take(self, text: str) -> bool:
        if self.here.text != text:
            return False
        self.index += 1
        return True

    def either(self, depth: int) -> Rule:
        parts = [self.both(depth)]
        while self.take("or"):
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def both(self, depth: int) -> Rule:
        parts = [self.single(depth)]
        while self.take("and"):
            parts.append(self.single(depth))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def single(self, depth: int) -> Rule:
        token = self.here
        if depth > MAX_NESTING:
            raise _Unreadable(f"nested more than {MAX_NESTING} levels deep", token)
        if self.take("not"):
            return Not(self.single(depth + 1))
        if self.take("("):
            rule = self.either(depth + 1)
            self.close(token)
            return rule
        if not token.text or token.text == ")" or token.text in _WORDS:
            raise _Unreadable(
                f"the name of an alarm is missing{f' before `{token.text}`' if token.text else ''}", token
            )
        self.index += 1
        is_function = self.here.text == "(" and token.text in _STATES
        return self.state(token) if is_function else InState(token.text, "ALARM")

    def state(self, function: _Token) -> Rule:
        opening = self.here
        self.index += 1
        name = self.here
        if not re.fullmatch(KEY, name.text):
            raise _Unreadable(f"`{function.text}(` wants the name of an alarm", name)
        self.index += 1
        self.close(opening)
        return InState(name.text, _STATES[function.text])

    def close(self, opening: _Token) -> None:
        if not self.take(")"):
            raise _Unreadable("this parenthesis is never closed", opening)
