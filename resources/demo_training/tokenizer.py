"""Trains and loads the demo's tokenizer: byte-level BPE in MOSS's five files.

No merge touches a digit, an operator, a quote or a bracket, so that a number or an
expression is always copied character by character. Encoding here equals encoding in
llama.cpp: runs of spaces and tabs are matched in the raw text before BPE, longest
first, and the markers are control tokens.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers, trainers

END_OF_TEXT = "<|endoftext|>"
MARKERS = ("<eoh>", "<eom>", "<eot>", "<eoc>", "<eor>")
RUNS = tuple(" " * n for n in range(31, 1, -1)) + tuple(
    "\t" * n for n in range(9, 1, -1)
)
LABELS = (
    "<|Human|>: <|Inner Thoughts|>: <|Commands|>: None\n<|Results|>: None\n<|MOSS|>: "
)
_ALONE = r"""[0-9+\-*/^=()%.,;!?'"\[\]{}×÷²，。？！；：、（）]"""


def train_tokenizer(texts: Iterable[str], vocabulary: int, folder: Path) -> None:
    """Trains the merges and writes the files.

    Args:
        texts: The corpus; repeat what shall become few tokens.
        vocabulary: Bytes and merges together.
        folder: Where the five files go.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_ALONE), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
        min_frequency=2,
    )
    tokenizer.train_from_iterator(texts, trainer)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.model.save(str(folder))
    _write_tables(folder)


def _write_tables(folder: Path) -> None:
    """Completes vocab.json and writes the three files beside it."""
    vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))
    ordered = sorted(vocabulary, key=vocabulary.__getitem__)
    ids = {token: index for index, token in enumerate([*ordered, END_OF_TEXT])}
    added = {token: len(ids) + n for n, token in enumerate((*RUNS, *MARKERS))}
    special = {
        "bos_token": END_OF_TEXT,
        "eos_token": "<eom>",
        "unk_token": END_OF_TEXT,
    }
    config = special | {
        "add_prefix_space": False,
        "model_max_length": 1024,
        "tokenizer_class": "MossTokenizer",
    }
    _write_json(folder / "vocab.json", ids, indent=None)
    _write_json(folder / "added_tokens.json", added)
    _write_json(folder / "special_tokens_map.json", special)
    _write_json(folder / "tokenizer_config.json", config)


def _write_json(path: Path, value: object, indent: int | None = 2) -> None:
    path.write_text(
        json.dumps(value, ensure_ascii=False, indent=indent) + "\n", "utf-8"
    )


class DemoTokenizer:
    """Encodes rendered text as llama.cpp does.

    Attributes:
        size: Number of tokens, without padding rows of the matrices.
        markers: Id of each end marker.
        end_of_text: Id of the bos token.
    """

    def __init__(self, folder: Path) -> None:
        """Reads the files that `train_tokenizer` wrote."""
        vocabulary = folder / "vocab.json"
        model = models.BPE.from_file(str(vocabulary), str(folder / "merges.txt"))
        self._tokenizer = Tokenizer(model)
        self._tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        added = json.loads((folder / "added_tokens.json").read_text("utf-8"))
        tokens = [AddedToken(t, normalized=False, special=False) for t in RUNS]
        tokens += [AddedToken(t, normalized=False, special=True) for t in MARKERS]
        self._tokenizer.add_tokens(tokens)
        for token, index in added.items():
            assert self._tokenizer.token_to_id(token) == index, token
        self._bytes = {
            char: byte for byte, char in enumerate(_byte_characters()) if char
        }
        self.size = self._tokenizer.get_vocab_size()
        self.markers = {marker: added[marker] for marker in MARKERS}
        self.end_of_text = json.loads(vocabulary.read_text("utf-8"))[END_OF_TEXT]

    def encode(self, text: str) -> list[int]:
        """Returns the ids of text in which markers are control tokens."""
        return list(self._tokenizer.encode(text).ids)

    def encode_many(self, texts: list[str]) -> list[list[int]]:
        """Returns the ids of several texts."""
        return [list(e.ids) for e in self._tokenizer.encode_batch(texts)]

    def decode(self, ids: list[int]) -> str:
        """Returns the text of ids, markers included."""
        parts = bytearray()
        for index in ids:
            token = self._tokenizer.id_to_token(index) or ""
            if token in self.markers or token in RUNS:
                parts += token.encode()
            else:
                parts += bytes(self._bytes[char] for char in token)
        return parts.decode("utf-8", "replace")


def _byte_characters() -> list[str]:
    """Returns GPT-2's character for each byte value."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = iter(range(256, 512))
    return [chr(b) if b in plain else chr(next(hidden)) for b in range(256)]
