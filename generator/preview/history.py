"""What an alarm would have done over captured data, in words."""

from __future__ import annotations

from generator.preview.types import AlarmHistory
from generator.render.long_lists import names_in_words
from generator.wording import length_in_words, pluralize


def history_in_words(history: AlarmHistory) -> str:
    """`4 firings (1 at night) in checkout, 8.6 a month, the longest 12 minutes`."""
    if history.not_judged and not history.accounts and not history.firings:
        return f"not judged: {'; '.join(history.not_judged)}"
    if not history.firings:
        words = "never fired over the captured data"
    else:
        night = f" ({history.at_night} at night)" if history.at_night else ""
        words = (
            f"{pluralize(history.firings, 'firing')}{night} in {names_in_words(history.accounts)},"
            f" {history.a_month:.1f} a month, the longest {length_in_words(history.longest)}"
        )
    return words + (f"; elsewhere not judged: {'; '.join(history.not_judged)}" if history.not_judged else "")
