"""Texts that depend on the account and Region, as template functions: pseudo parameters, names and labels.

The name and the labels of an account are chains of Fn::If on its id. A mapping would fail the stack of an account that
it does not have, in either branch of an Fn::If; and a default value for it needs a transform, which a stack set that
Organizations manages does not take.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-findinmap.html
https://github.com/aws-cloudformation/aws-cloudformation-templates/issues/271
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-associate-stackset-with-org.html
"""

from __future__ import annotations

from typing import Any

from troposphere import If, Ref, Sub

from generator.blueprints.kit.placements import condition, created_condition
from generator.model.estate import Estate
from generator.model.logs import LogGroup
from generator.model.placement import Placement
from generator.model.stack_values import ACCOUNT, by_value, depends_on_stack, differing


def stack_value(text: str, estate: Estate, placed: Placement | None = None) -> Any:
    """A text for the member template; an Fn::Sub if it depends on the stack. placed: the members that have it."""
    if not depends_on_stack(text):
        return text
    values: dict[str, Any] = {}
    for word in differing(text):
        name = _variable(word)
        while name in values:
            name += "X"
        text = text.replace(f"${{{word}}}", f"${{{name}}}")
        values[name] = _chain(word, estate, placed)
    return Sub(text, **values)


def _variable(word: str) -> str:
    """The variable of Fn::Sub: `LabelCostCentre` for `Label.cost-centre`."""
    return "".join(part[:1].upper() + part[1:] for part in word.replace(".", "-").split("-"))


def _chain(word: str, estate: Estate, placed: Placement | None) -> Any:
    """The value in each account: those with one value together. The name of an account that joined later is its ID.

    Where none that joins later has the thing, the last value needs no condition: cfn-lint warns of a branch that
    cannot be reached (W1028).
    """
    groups = list(by_value(word, estate.accounts, placed))
    has_later = word == ACCOUNT and (placed is None or placed.later or not groups)
    last: Any = Ref("AWS::AccountId") if has_later else groups.pop()[0]
    for text, accounts in reversed(groups):
        last = If(condition(Placement(accounts, later=False), estate), text, last)
    return last


def log_group_name(group: LogGroup, estate: Estate) -> Any:
    """The name of a log group for its users; a Ref if obsgen creates the log group, so that it is created first."""
    name = stack_value(group.name, estate, group.placement)
    if not group.create:
        return name
    own = Ref(group.logical_id)
    return If(created_condition(group), own, name) if group.existing else own
