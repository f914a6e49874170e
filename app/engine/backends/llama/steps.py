"""How one continuation comes through the cache: here token by token.

`speculation` has the other way, several at a time. Both are `Steps`.
"""

from typing import Protocol

from app.engine.backends.llama.cache import Cache


class Steps(Protocol):
    """One continuation's way through the cache.

    Attributes:
        drafted: Drafted tokens that were evaluated to be used.
        accepted: Of these, tokens that the sampler chose.
    """

    drafted: int
    accepted: int

    @property
    def free(self) -> int:
        """Tokens that still fit."""
        ...

    def advance(self, token: int) -> int:
        """Sees to the logits behind a token, the one that was chosen last.

        Returns:
            Their index in the last batch.

        Raises:
            EvaluationCancelledError: The cancel flag is set.
            UserError: `ErrorCode.OUT_OF_MEMORY`.
        """
        ...

    def settle(self) -> None:
        """Leaves nothing in the cache but what was chosen."""
        ...


class SingleSteps:
    """One token after the other, and no books: where no draft will ever be used.

    `Steps`, whose words its methods follow.
    """

    drafted = 0
    accepted = 0

    def __init__(self, cache: Cache) -> None:
        """Begins behind the prompt, which is in sequence 0, the only one."""
        self._cache = cache

    @property
    def free(self) -> int:
        """What is free in the cache."""
        return self._cache.free

    def advance(self, token: int) -> int:
        """Evaluates the token."""
        self._cache.append(token)
        return 0

    def settle(self) -> None:
        """Nothing has to be taken back."""
