"""Earlier messages coming back into the field, as in a shell; no Qt."""

from collections.abc import Callable, Sequence


class Recall:
    """Goes through a chat's own messages and back to the draft.

    What is changed on the way is still there when one comes by again; nothing of it is
    lost before `reset`.

    Args:
        asked: The texts that can come back, the newest last.
    """

    def __init__(self, asked: Callable[[], Sequence[str]]) -> None:
        self._asked = asked
        self._texts: tuple[str, ...] = ()
        self._changed: dict[int, str] = {}
        self._place = 0

    @property
    def active(self) -> bool:
        """Whether what is shown came back."""
        return self._place > 0

    def draft(self, shown: str) -> str:
        """What was being written, where `shown` is only what came back."""
        came_back = self.active and shown == self._texts[-self._place]
        return self._changed.get(0, "") if came_back else shown

    def step(self, shown: str, *, older: bool) -> str | None:
        """The next text; None where there is none.

        Args:
            shown: What the field shows.
            older: Whether the one before is wanted; otherwise the one after.
        """
        if older and not self.active:
            self._texts = tuple(dict.fromkeys(reversed(self._asked())))[::-1]
        place = self._place + (1 if older else -1)
        if not 0 <= place <= len(self._texts):
            return None
        self._changed[self._place] = shown
        self._place = place
        return self._changed.get(place, self._texts[-place] if place else "")

    def reset(self) -> None:
        """Forgets everything: the field has got another text, or none."""
        self._place = 0
        self._changed.clear()
