"""Training of the demo model: a tiny network in exactly MOSS's published form.

The program never imports this package. The sentences (`intents_*.toml`), the words
(`wordings.toml`, `words.toml`) and the question generators are plain Python; only
`tokenizer`, `batches`, `model`, `train` and `evaluate` need PyTorch and Hugging Face's
tokenizers, the extra `training` of the project.

* `layout`: MOSS's prefix and turns, and which text the model writes itself.
* `arithmetic`, `equations`, `lookups`, `intents`: one turn of each kind.
* `dialogues`: conversations of such turns, and unseen questions for tests.
* `tokenizer`, `batches`: from text to token ids.
* `model`: the network and its export. `train`, `evaluate`: the two commands.

To make `resources/demo` anew, about an hour on two cores::

    python -m resources.demo_training.train --minutes 75
    python -m resources.demo_training.evaluate resources/demo
"""
