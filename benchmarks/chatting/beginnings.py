"""How soon a new chat's first token comes, against reading the user's words alone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.generation import Segment
from app.engine.protocol import Forget, Generate, Prepare
from benchmarks.bystanders import Bystanders
from benchmarks.chatting.results import Better, Duel
from benchmarks.chatting.sides import GREEDY, Engine, Peer
from benchmarks.chatting.subjects import Subject
from benchmarks.chatting.tasks import FirstToken
from benchmarks.measure import MeasureError

TARGET = 1.15
QUESTIONS = {
    "short question": "What is the capital of France? I ask for the {}th time.",
    "long question": (
        "I am going to travel for the {}th time, by train and with two children, from "
        "Paris to Shanghai, and I would like to know which cities we should stop in, "
        "how many days each of the legs takes, what we need for the borders, where "
        "the trains have sleeping cars, and what the children could read before. "
        "Please answer in the form of a table with a row for each leg, and say in one "
        "sentence which season you would choose and why you would choose it."
    ),
}
_ELSEWHERE = (Segment("Something else that stands in no other chat. " * 4),)


@dataclass(frozen=True, slots=True)
class _Beginning:
    """A new chat.

    Attributes:
        seconds: From the command to the end, one token later.
        own: Ids behind the prefix.
    """

    seconds: float
    own: tuple[int, ...]


def first_token(
    subject: Subject, states: Path, *, rounds: int, repeats: int
) -> Iterator[Duel]:
    """Begins new chats whose prefix is on disk, or in the cache already.

    Args:
        subject: The model.
        states: An empty folder for what the engine keeps on disk.
        rounds: How often.
        repeats: How often a round is done again, at most, that others disturbed.

    Raises:
        MeasureError: The engine did not find the prefix where it was to be.
    """
    with Engine() as engine:
        model = engine.load(subject.path, states=states)
        beginner = _Beginner(engine, subject)
        with Peer(model) as peer:
            for name in QUESTIONS:
                others = Bystanders(engine.process_id, peer.process_id, repeats=repeats)
                yield from _compare(beginner, peer, name, rounds=rounds, others=others)


def _compare(
    beginner: "_Beginner",
    peer: Peer,
    name: str,
    *,
    rounds: int,
    others: Bystanders,
) -> Iterator[Duel]:
    stored, ready, alone = [], [], []
    text, count = QUESTIONS[name], 0
    for number in range(rounds + 1):
        odd, even = (text.format(2 * number + place) for place in (1, 2))
        restored = others.kept_out(lambda q=odd: beginner.begin(q, prepared=False))
        task = FirstToken(beginner.prefix, restored.own)
        bare = others.kept_out(lambda t=task: peer.ask(t))
        prepared = others.kept_out(lambda q=even: beginner.begin(q, prepared=True))
        if number:  # the first round warms up, and puts the prefix on disk
            stored.append(restored.seconds)
            alone.append(bare.seconds)
            ready.append(prepared.seconds)
            count = len(restored.own)
    duel = Duel(
        what=f"first token, {name} ({count} tokens), prefix on disk",
        model=beginner.name,
        ours=tuple(stored),
        baseline=tuple(alone),
        better=Better.COST,
        target=TARGET,
        others=others.most,
    )
    yield duel
    what = duel.what.replace("on disk", "in the cache")
    yield replace(duel, what=what, ours=tuple(ready))


class _Beginner:
    """Begins chats with an engine.

    Attributes:
        name: The model's.
        prefix: Ids of what all chats begin with.
    """

    def __init__(self, engine: Engine, subject: Subject) -> None:
        self._engine = engine
        self._subject = subject
        self._is_stored = False
        self.name = subject.name
        self.prefix = engine.tokenize(subject.prefix)

    def begin(self, question: str, *, prepared: bool) -> _Beginning:
        """Asks in a new chat.

        Args:
            question: Not asked before.
            prepared: Whether the prefix is brought into the cache before.

        Raises:
            MeasureError: The prefix was neither on disk nor in the cache.
        """
        engine, first = self._engine, self._subject.prefix
        prompt = (*first, *self._subject.question(question))
        ids = engine.tokenize(prompt)
        # Elsewhere first: what is in the cache goes to the disk, and out of the cache.
        engine.prepare(Prepare("elsewhere", _ELSEWHERE, chat="elsewhere"))
        if prepared:
            engine.prepare(Prepare("prefix", first, len(first), chat=question))
        written = engine.generate(
            Generate(
                "first",
                prompt,
                replace(GREEDY, max_tokens=1),
                prefix_segments=len(first),
                chat=question,
            )
        )
        usage, known = written.finished.usage, len(self.prefix)
        found = (usage.cached_tokens, usage.restored_tokens)
        if self._is_stored and found != (known, 0 if prepared else known):
            message = f"of {known} tokens {found[0]} were known, {found[1]} from disk"
            raise MeasureError(message)
        self._is_stored = True
        # The next chat must not find what it has in common with this question.
        engine.send(Forget(question))
        return _Beginning(written.whole, ids[known:])
