"""Turns dialogues into batches of token ids, and into the tokenizer's corpus."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

import torch
from torch import Tensor

from resources.demo_training.dialogues import (
    Mix,
    draw_tools,
    make_dialogue,
)
from resources.demo_training.intents import intents
from resources.demo_training.layout import (
    EVERY_SETTING,
    META_INSTRUCTION,
    NONE,
    Span,
    Tools,
    Turn,
    prefix,
    render,
    results_field,
)
from resources.demo_training.tokenizer import LABELS, DemoTokenizer
from resources.demo_training.wording import LANGUAGES

KINDS = ("intent", "arithmetic", "equation", "search", "image", "off")
NO_KIND = -1
POOLS = 8
POOL_SIZE = 256
# From this point of the training more batches see the whole prefix.
LAST_PART = 0.6
LAST_WHOLE = 0.5


@dataclass(frozen=True, slots=True)
class Batch:
    """Dialogues of like length behind one prefix.

    Attributes:
        prefix: Ids of the prefix, [prefix].
        ids: Ids, [batch, length], padded with zeros.
        kinds: Index into `KINDS` of each trained target, `NO_KIND` elsewhere,
            [batch, length]; the target of position i is ids[:, i + 1].
    """

    prefix: Tensor
    ids: Tensor
    kinds: Tensor


def corpus() -> Iterator[str]:
    """Yields the texts that the tokenizer is trained on."""
    rng = Random(1)
    for setting in EVERY_SETTING:
        for _ in range(200):
            yield prefix(setting, thoughts=True, date="")
    for _ in range(3000):
        yield LABELS
    # A word that signals an intent should be one token: a network of this size learns
    # little from pieces. So each word counts much, however seldom it is.
    for language in LANGUAGES:
        for intent in intents(language):
            yield from (intent.answer, intent.thought, f" {intent.thought}") * 20
            for text in intent.train:
                yield from (text, f" {text.lower()}") * 3
                for word in re.findall("[A-Za-z]+", text):
                    yield from (f" {word}", f" {word.lower()}") * 12
    mix = Mix(several=0)
    for _ in range(3_000):
        for turn in make_dialogue(rng, draw_tools(rng), mix):
            yield f"{turn.question}\n{turn.thought}\n{turn.command}\n{turn.answer}"


def draw_prefix(rng: Random, tools: Tools, whole: float) -> str:
    """Returns the prefix of a step, seldom with an optional line.

    Args:
        rng: Source of randomness.
        tools: The tool setting.
        whole: Share of steps that see the meta instruction too. The other steps see
            the tool lines alone: attention to the long text is half of the cost.
    """
    month, day = rng.randrange(1, 13), rng.randrange(1, 29)
    date = f"{rng.randrange(2023, 2030)}-{month:02d}-{day:02d}"
    text = prefix(
        tools,
        thoughts=rng.random() < 0.03,
        date=date if rng.random() < 0.03 else "",
    )
    if rng.random() < whole:
        return text
    return text.removeprefix(META_INSTRUCTION)


class Encoder:
    """Encodes spans and remembers those that occur again and again."""

    def __init__(self, tokenizer: DemoTokenizer) -> None:
        """Keeps the tokenizer."""
        self._tokenizer = tokenizer
        self._known: dict[str, list[int]] = {}

    def ids(self, text: str) -> list[int]:
        """Returns the ids of a text with markers."""
        if len(self._known) > 50_000:
            self._known.clear()
        if text not in self._known:
            self._known[text] = self._tokenizer.encode(text)
        return self._known[text]

    def dialogue(self, rng: Random, turns: list[Turn]) -> tuple[list[int], list[int]]:
        """Returns the ids of a conversation and the kind of each trained one.

        Results of earlier turns are sometimes left out, as the program does to
        save context. Dialogues of one turn often end early: with the thought when
        it decides everything, or with the command.
        """
        ids: list[int] = []
        kinds: list[int] = []
        short = rng.random() < 0.5
        for index, turn in enumerate(turns):
            spans = render([turn])
            if short and index < len(turns) - 1 and turn.command != NONE:
                spans = _shortened(turn, spans)
            kind = KINDS.index(turn.kind)
            for span in spans:
                part = self.ids(span.text)
                ids += part
                kinds += [kind if span.trained else NO_KIND] * len(part)
        turn = turns[0]
        if len(turns) == 1 and not turn.skips_tools:
            decided = turn.kind in ("intent", "off")
            if rng.random() < (0.8 if decided else 0.4):
                stop = self._tokenizer.markers["<eot>" if decided else "<eoc>"]
                size = ids.index(stop) + 1
                return ids[:size], kinds[:size]
        return ids, kinds


def _shortened(turn: Turn, spans: list[Span]) -> list[Span]:
    """Returns a turn's spans with its results left out and its answer untrained."""
    empty = f"\n<|Results|>:{results_field('')}<eor>\n<|MOSS|>:"
    return [
        spans[0],
        spans[1],
        Span(empty, trained=False),
        Span(f" {turn.answer}<eom>", trained=False),
        spans[4],
    ]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What batches are made of.

    Attributes:
        seed: Of everything that is drawn.
        tokens: About how many dialogue tokens make a batch.
        whole: Share of batches behind the whole prefix, before the last part of the
            training.
        limit: Longest dialogue in tokens; longer ones are drawn again.
        mix: Shares of the kinds.
    """

    seed: int
    tokens: int
    whole: float
    limit: int = 600
    mix: Mix = field(default_factory=Mix)


def batches(
    tokenizer: DemoTokenizer, recipe: Recipe, progress: Callable[[], float]
) -> Iterator[Batch]:
    """Yields batches without end.

    Args:
        tokenizer: Encodes.
        recipe: What they are made of.
        progress: Says how much of the training is done, 0 to 1.
    """
    rng = Random(recipe.seed)
    encoder = Encoder(tokenizer)
    while True:
        # Settings alternate from batch to batch; a row of steps with the same one
        # would only teach that tools are always on or always off.
        groups = []
        for _ in range(POOLS):
            tools = draw_tools(rng)
            pool = []
            while len(pool) < POOL_SIZE:
                pair = encoder.dialogue(rng, make_dialogue(rng, tools, recipe.mix))
                if len(pair[0]) <= recipe.limit:
                    pool.append(pair)
            groups += [(tools, *pair) for pair in _grouped(pool, recipe.tokens)]
        rng.shuffle(groups)
        for tools, ids, kinds in groups:
            whole = LAST_WHOLE if progress() > LAST_PART else recipe.whole
            text = draw_prefix(rng, tools, whole)
            yield Batch(torch.tensor(encoder.ids(text)), ids, kinds)


def _grouped(
    pool: list[tuple[list[int], list[int]]], tokens: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yields ids and kinds of a pool's dialogues, those of like length together."""
    pool.sort(key=lambda pair: len(pair[0]))
    groups: list[list[tuple[list[int], list[int]]]] = [[]]
    for pair in pool:
        if groups[-1] and len(pair[0]) * (len(groups[-1]) + 1) > tokens:
            groups.append([])
        groups[-1].append(pair)
    for group in groups:
        length = len(group[-1][0])
        ids = torch.zeros(len(group), length, dtype=torch.long)
        kinds = torch.full((len(group), length), NO_KIND, dtype=torch.long)
        for row, (text, marks) in enumerate(group):
            ids[row, : len(text)] = torch.tensor(text)
            kinds[row, : len(marks) - 1] = torch.tensor(marks[1:])
        yield ids, kinds
