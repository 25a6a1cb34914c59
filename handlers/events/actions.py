"""What people decide about an error is written down, and its incident is closed where that is what follows."""

from __future__ import annotations

import logging
from collections.abc import Callable

from handlers.events import outbox
from handlers.events.aliases import follow
from handlers.events.errors import with_closed_finding, with_next_due
from handlers.events.outputs import Outputs
from handlers.events.records import Conflict, Error, State
from handlers.events.saving import TRIES
from handlers.events.states import merge
from handlers.events.wording import error_closed

logger = logging.getLogger(__name__)
_WHY = {State.RESOLVED: "it was resolved", State.IGNORED: "it is ignored"}


class UnknownFingerprint(Exception):
    """No error has the fingerprint."""


def change_error(fingerprint: str, change: Callable[[Error], Error], outputs: Outputs, now: int) -> Error:
    """The error as it was written after `change` (a function of states.py).

    Its OK is owed where it is over, and sent at once; where that fails, the tick sends it. Raises Unknown, what
    `change` raises, and Conflict where others keep writing.
    """
    for _ in range(TRIES):
        error = outputs.store.head(fingerprint)
        if error is None:
            raise UnknownFingerprint(fingerprint)
        changed = change(error)
        if changed == error:
            return error
        try:
            written = outputs.store.save(_owing(changed, now, _WHY.get(changed.state, ""), outputs), error.version)
        except Conflict:
            continue
        return _sent(written, outputs)
    raise Conflict(fingerprint)


def merge_errors(fingerprint: str, into: str, by: str, outputs: Outputs, now: int) -> Error:
    """The error as it was written once it counts as another. Raises Unknown, states.NotAllowed and Conflict."""
    for _ in range(TRIES):
        error, target = outputs.store.head(fingerprint), outputs.store.head(into)
        if error is None or target is None:
            raise UnknownFingerprint(into if error else fingerprint)
        alias, whole = merge(error, follow(target, outputs.store), by, now)
        if alias == error:
            return error
        alias = _owing(alias, now, f"it was merged into {whole.fingerprint}", outputs)
        try:
            alias, _ = outputs.store.save_merged(alias, with_next_due(whole, outputs.settings))
        except Conflict:
            continue
        return _sent(alias, outputs)
    raise Conflict(fingerprint)


def _owing(error: Error, now: int, why: str, outputs: Outputs) -> Error:
    if error.state not in (State.RESOLVED, State.IGNORED):
        return with_next_due(error, outputs.settings)
    by = f" ({error.state_by})" if error.state_by else ""
    return with_closed_finding(error, now, error_closed(error, f"{why}{by}", outputs.settings), outputs.settings)


def _sent(error: Error, outputs: Outputs) -> Error:
    """The error after what it owes was sent, if it was."""
    try:
        sent = outbox.send([error], outputs)
    except Exception as failure:
        logger.warning("finding not sent", extra={"because": f"{type(failure).__name__}: {failure}"})
        return error
    return (outputs.store.head(error.fingerprint) or error) if sent else error
