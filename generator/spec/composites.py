"""The composites section, and the grammar of its rules.

    rule   = both *( "or" both )            both = single *( "and" single )
    single = "not" single | "(" rule ")" | state "(" name ")" | name | count
    count  = "at_least" "(" amount "," ( names | [ "not" ] state "," "(" names ")" ) ")"
    amount = number | number "%"
    names  = name *( "," name )
    state  = "alarm" | "ok" | "no-data"

`not` binds tighter than `and`, `and` tighter than `or`; a bare name means "is in ALARM". CloudWatch documents no
precedence of AND over OR, so what is generated is parenthesised in full whatever was written here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from pydantic import Field

from generator.model.alarm_rules import AllOf, AnyOf, AtLeastOf, InState, Not, Rule, State
from generator.spec.alarm_states import Actions, ActionStates
from generator.spec.incidents import PageAgain, PartsName, ServiceName
from generator.spec.own_names import AlarmName
from generator.spec.placements import PlacedSpec
from generator.spec.quantities import Seconds
from generator.spec.scalars import KEY, Key, SeverityName, SideName, Url
from generator.spec.strict import Strict
from generator.spec.tags import EventTags
from generator.token_reader import END, Token, TokenReader, UnreadableText, tokenize

_TOKEN = re.compile(
    rf"(?P<sign>[(),])|(?P<function>at_least(?=\s*\())|(?P<percentage>\d+%)|(?P<word>{KEY})", re.IGNORECASE
)
_STATES: dict[str, State] = {"alarm": "ALARM", "ok": "OK", "no-data": "INSUFFICIENT_DATA"}
_WORDS = ("and", "or", "not")
_SIGNS = {"&&": "and", "||": "or", "!": "not", "&": "and", "|": "or", ",": "or", "+": "and"}
MAX_NESTING = 50
MOST_COUNTED = 100
"""The alarms that a rule may have."""


class CompositeOverrideSpec(Strict):
    """The settings of a composite in some accounts or environments."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        name: f"`{name}` of a composite cannot be overridden: set it beside `overrides`"
        for name in ("rule", "owner", "runbook", "summary", "ok", "event_tags")
    }

    where: dict[str, str | list[str]] = Field(
        description="account: name, environment: name, region: name, unit: ID, or label: value; all must match",
        min_length=1,
    )
    severity: SeverityName | None = Field(default=None, description="how severe it is; selects the notified channels")
    enabled: bool | None = Field(default=None, description="false removes the composite, true creates it")


class CompositeSpec(PlacedSpec):
    """An alarm over the states of other alarms of the same side."""

    name: AlarmName | None = None
    in_: SideName = Field(default="members", alias="in", description="members or hub")
    rule: str = Field(description="the rule, such as (errors or latency) and not deploying", min_length=1)
    severity: SeverityName | None = Field(default=None, description="how severe it is; selects the notified channels")
    enabled: bool | None = Field(default=None, description="false removes the composite")
    summary: str = Field(default="", description="one-line description for the person on call", max_length=400)
    runbook: Url | None = Field(default=None, description="URL of the runbook")
    owner: str | None = Field(default=None, description="the responsible team")
    actions: Actions
    actions_in: ActionStates | None = None
    actions_enabled: bool = Field(
        default=True, description="false: CloudWatch invokes no action, and no channel is called"
    )
    service: ServiceName | None = Field(
        default=None, description="the service it belongs to; alarms of one service form one incident"
    )
    children: PartsName | None = Field(
        default=None, description="quiet: the alarms of its rule are members of its incident; or separate"
    )
    event_tags: EventTags | None = Field(
        default=None, description="keys of its tags that its events and direct actions carry: [owner, severity]"
    )
    ok: bool = Field(default=True, description="false: no e-mail and no chat message when it recovers")
    page_again: PageAgain | None = Field(default=None, description="how soon a pager is called again, such as 30m")
    suppressed_by: Key | None = Field(
        default=None, description="actions suppressor: an alarm that suppresses the actions of this one while in ALARM"
    )
    wait: Seconds | None = Field(
        default=None, description="wait period: how long to wait for the suppressor before actions run"
    )
    extend: Seconds | None = Field(
        default=None, description="extension period: how long actions stay suppressed after the suppressor is OK"
    )
    overrides: list[CompositeOverrideSpec] = Field(
        default_factory=list, description="overrides by account, label, unit, Region or environment"
    )


class CompositeDefaults(Strict):
    """Defaults for every composite."""

    severity: SeverityName | None = Field(default=None, description="how severe it is; selects the notified channels")
    enabled: bool | None = Field(default=None, description="false removes the composite")
    owner: str | None = Field(default=None, description="the responsible team")
    runbook: Url | None = Field(default=None, description="URL of the runbook")
    event_tags: EventTags | None = Field(
        default=None, description="keys of its tags that its events and direct actions carry: [owner, severity]"
    )


class RuleError(NamedTuple):
    """Why a rule cannot be read, and at which of its characters (from 0)."""

    message: str
    position: int
    hint: str = ""


def parse_rule(text: str) -> Rule | RuleError:
    """Parse the rule of a composite; the error is returned, not raised."""
    try:
        reader = _RuleReader(tokenize(text, _TOKEN, _unknown_character))
        rule = reader.any_of(0)
        reader.refuse_comma()
        if reader.current.kind != END:
            raise UnreadableText(f"`and` or `or` is missing before {reader.current.shown}", reader.current.position)
    except UnreadableText as error:
        return RuleError(error.message, error.position, error.hint)
    return rule


def _unknown_character(text: str, position: int) -> UnreadableText:
    """The error for a character that no rule has; the hint has the word for a sign of other languages."""
    sign = next((sign for sign in _SIGNS if text.startswith(sign, position)), text[position])
    return _unknown_sign(sign, position)


def _unknown_sign(sign: str, position: int) -> UnreadableText:
    hint = f"write `{_SIGNS[sign]}`" if sign in _SIGNS else ""
    return UnreadableText(f"unknown sign `{sign}` in a rule: expected names, and, or, not, ( )", position, hint)


class _RuleReader(TokenReader):
    """Recursive descent through the grammar above; depth: how many levels of parentheses and `not` are open."""

    def any_of(self, depth: int) -> Rule:
        parts = [self.all_of(depth)]
        while self.accept("word", "or"):
            parts.append(self.all_of(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def all_of(self, depth: int) -> Rule:
        parts = [self.single(depth)]
        while self.accept("word", "and"):
            parts.append(self.single(depth))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def single(self, depth: int) -> Rule:
        token = self.current
        if depth > MAX_NESTING:
            raise UnreadableText(f"nested more than {MAX_NESTING} levels deep", token.position)
        if self.accept("word", "not"):
            return Not(self.single(depth + 1))
        if token.kind == "function":
            return self.at_least()
        if self.accept("sign", "("):
            rule = self.any_of(depth + 1)
            self.close(token)
            return rule
        if not token.word or token.word in _WORDS:
            before = "" if token.kind == END else f" before {token.shown}"
            raise UnreadableText(f"the name of an alarm is missing{before}", token.position)
        self.step()
        is_function = self.current.text == "(" and token.word in _STATES
        return self.state(token) if is_function else InState(token.word, "ALARM")

    def state(self, function: Token) -> Rule:
        opening = self.step()
        name = self.step()
        if not re.fullmatch(KEY, name.word):
            raise UnreadableText(f"expected the name of an alarm after `{function.word}(`", name.position)
        self.close(opening)
        return InState(name.word, _STATES[function.word])

    def at_least(self) -> Rule:
        function, opening = self.step(), self.step()
        amount = self.amount()
        self.comma(function)
        negated = self.follows(("word", "not"))
        state: State = "ALARM"
        if negated or self.is_state():
            self.accept("word", "not")
            word = self.step()
            if word.word not in _STATES:
                raise UnreadableText(f"expected a state, got {word.shown}", word.position, "use alarm, ok or no-data")
            state = _STATES[word.word]
            self.comma(function)
            inner = self.current
            if not self.accept("sign", "("):
                raise UnreadableText(f"expected `(` before the names, got {inner.shown}", inner.position)
            names = self.names(inner)
            self.close(opening)
        else:
            names = self.names(opening)
        parts: tuple[Rule, ...] = tuple(InState(name, state) for name in names)
        return AtLeastOf(*amount, tuple(Not(part) for part in parts) if negated else parts)

    def is_state(self) -> bool:
        """True if a state and the names that are counted in it follow, rather than a list of names."""
        return any(self.follows(("word", word), ("sign", ","), ("sign", "(")) for word in _STATES)

    def amount(self) -> tuple[int, bool]:
        token = self.step()
        digits = token.text.removesuffix("%")
        number, is_percentage = int(digits) if digits.isdecimal() and len(digits) < 6 else 0, token.text.endswith("%")
        if not 1 <= number <= (100 if is_percentage else MOST_COUNTED):
            message = f"expected a number from 1 to {MOST_COUNTED} or a percentage from 1% to 100%, got {token.shown}"
            raise UnreadableText(message, token.position, "such as at_least(2, a, b, c) or at_least(50%, a, b, c)")
        return number, is_percentage

    def names(self, opening: Token) -> list[str]:
        names: list[str] = []
        while True:
            name = self.step()
            if not re.fullmatch(KEY, name.word):
                before = "" if name.kind == END else f" before {name.shown}"
                raise UnreadableText(f"the name of an alarm is missing{before}", name.position)
            if name.word in names:
                raise UnreadableText(f"`{name.word}` is repeated: an alarm counts once", name.position)
            if self.current.text == "(":
                message = f"expected a name, got `{name.text}(`: at_least counts alarms in one state"
                raise UnreadableText(message, name.position, "name the state first: at_least(2, not ok, (a, b, c))")
            names.append(name.word)
            if not self.accept("sign", ","):
                break
        self.close(opening)
        return names

    def comma(self, function: Token) -> None:
        if not self.accept("sign", ","):
            message = f"expected `,` in {function.text}, got {self.current.shown}"
            raise UnreadableText(message, self.current.position, "such as at_least(2, a, b, c)")

    def refuse_comma(self) -> None:
        """Raise UnreadableText for a comma, which separates names of at_least only."""
        if self.current.text == ",":
            raise _unknown_sign(",", self.current.position)

    def close(self, opening: Token) -> None:
        if not self.accept("sign", ")"):
            self.refuse_comma()
            raise UnreadableText("this parenthesis is not closed", opening.position)
