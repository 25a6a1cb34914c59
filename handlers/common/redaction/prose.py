"""Words that say how it stands with a secret, where the secret itself could be: `token: expired`."""

from __future__ import annotations

from handlers.common.redaction.names import PASSWORD, SECRET
from handlers.common.redaction.spans import lazy

# Nothing, and what stands for it.
_NOTHING = """
    blank empty false filtered hidden include masked n/a nan nil no none null off omit on redacted true undefined
    unset yes
"""
# How it stands.
_STATES = """
    absent accepted active already authenticated available bad broken cached cancelled changed cleared closed
    created deleted denied deprecated disabled does due enabled error exhausted expected expired expires expiring
    failed failure forbidden found generated has ignored illegal inactive incorrect invalid invalidated issued
    leaked length loaded locked malformed mismatch mismatched missing must needs never not obtained ok okay outdated
    passed pending present provided read received refreshed refreshing rejected renewed requested required requires
    reset resolved retrieved revoked rotated rotating rotation saved sent set should skipped stale success
    successful successfully supplied supported timeout too unable unauthorized unavailable unchanged unexpected
    unknown unreachable unreadable unrecognized unspecified unsupported updated updating used using valid validated
    validation verification verified verifying was were will wrong
"""
# How a sentence begins.
_BEGINNINGS = """
    a an and any are as at be been by can can't cannot check could did do doesn't don't each either every for from
    if in into is isn't it its may might more neither new nothing of old one only or our please same see some than
    that the their then there these this those to type unless until when where which while who with without won't
    you your
"""
# The noun itself: `volume "db" : secret "db" not found`.
_NOUNS = """
    click key secret token
"""
# Kinds of a value, in schemas and errors.
_TYPES = """
    argument array basic bearer bool boolean bytes dict digest field flag header int integer jwt list map nonetype
    number oauth oauth2 object opaque option optional parameter plain str string text type
"""
_ANSWERS = frozenset(" ".join((_NOTHING, _STATES, _NOUNS, _TYPES)).split())
_WORDS = _ANSWERS | frozenset(_BEGINNINGS.split())
_WORD = lazy(r"[A-Za-z][A-Za-z'/0-9]{0,24}+(?=[\s,;)\]}\"'<&|]|[.:!?](?:\s|\Z)|\Z)")
# `token: ExpiredTokenException`, `/prod/db/password: AccessDenied`
_ERROR = lazy(
    r"[A-Z][A-Za-z.]{2,60}+(?:(?<=Exception)|(?<=Error)|(?<=Denied)|(?<=NotFound)|(?<=Failed)|(?<=Invalid)|(?<=Expired))(?!\w)"
)
_PLAIN_WORD = lazy(r"[A-Z]?[a-z]{1,14}+(?=[,.;:)]?(?:\s|\Z))")


def is_prose(text: str, start: int, kind: str, spaced: bool) -> bool:
    """Does a sentence go on at `start`, rather than a value? spaced: a blank after the separator.

    A token or a key is never a plain word; a password can be one, unless it is among those above.
    """
    if spaced and _ERROR().match(text, start):
        return True
    word = _WORD().match(text, start)
    if word is None:
        return False
    if word[0].lower() in (_WORDS if spaced else _ANSWERS):
        return True
    # `password: Value failed to satisfy constraint`
    if spaced and word[0].istitle() and text.startswith(" ", word.end()) and is_known_word(text, word.end() + 1):
        return True
    return spaced and kind not in (PASSWORD, SECRET) and _PLAIN_WORD().match(text, start) is not None


def is_known_word(text: str, start: int) -> bool:
    """Does one of the words above stand at `start`?"""
    word = _WORD().match(text, start)
    return word is not None and word[0].lower() in _WORDS


def is_shown(value: str) -> bool:
    """Between quotes: what was redacted before, or a message, which is of the words above or begins with one."""
    if value.startswith("[redacted: ") and value.endswith("]"):
        return True
    words = value[:200].rstrip(".!").lower().split()
    if not words or words[0] not in _WORDS:
        return False
    return len(words) > 2 or all(word in _WORDS for word in words)
