"""How many tokens a text may have, where no vocabulary is at hand: pure."""

import math
from typing import Final

_LETTERS: Final = 4.0
"""Characters of ASCII in a token of English prose, by experience with BPE."""
_OTHERS: Final = 1.0
"""Other characters in a token: a little less than one token for each Han character in
a vocabulary that knows Chinese, more in one that does not."""


def estimated_tokens(text: str) -> int:
    """A guess that is rather too high than too low for prose."""
    letters = len(text.encode("ascii", "ignore"))
    return math.ceil(letters / _LETTERS + (len(text) - letters) / _OTHERS)
