"""Trains the demo model on a processor and exports it in MOSS's form.

Run from the repository's root, for example::

    python -m resources.demo_training.train --minutes 70 --out resources/demo

Training state is written every few hundred steps and continued with `--resume`; the
exported checkpoint is renewed at the same time, so there is always one to use.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional
from torch.optim import AdamW, Muon, Optimizer

from resources.demo_training.batches import KINDS, Batch, Recipe, batches, corpus
from resources.demo_training.checkpoint import export
from resources.demo_training.model import DemoModel, Shape
from resources.demo_training.tokenizer import DemoTokenizer, train_tokenizer

BASE_VOCABULARY = 2240
ROWS = 64


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a run.

    Attributes:
        steps: Most steps.
        minutes: Most minutes, earlier runs of a resumed training not counted.
        tokens: Dialogue tokens in a batch.
        layers: Blocks of the network.
        dropout: In the residual stream.
        rate: AdamW's peak learning rate, for vectors and the vocabulary's matrices.
        muon: Muon's peak learning rate, for the matrices in the blocks.
        decay: Weight decay.
        warmup: Steps of linear warm-up.
        whole: Share of the steps behind the whole prefix.
        start: Share of the training that earlier runs have done, 0 to 1.
        seed: Of weights and dialogues.
        every: Steps between saved states.
        out: Folder of the checkpoint.
        state: File of the training state.
        resume: Continue from the state file.
    """

    steps: int
    minutes: float
    tokens: int
    layers: int
    dropout: float
    rate: float
    muon: float
    decay: float
    warmup: int
    whole: float
    start: float
    seed: int
    every: int
    out: Path
    state: Path
    resume: bool


def parse(arguments: list[str] | None = None) -> Plan:
    """Returns the settings of a command line."""
    parser = argparse.ArgumentParser(description="Train the demo model.")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=75.0)
    parser.add_argument("--tokens", type=int, default=3072)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--muon", type=float, default=4e-3)
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--warmup", type=int, default=60)
    parser.add_argument("--whole", type=float, default=0.25)
    parser.add_argument("--start", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("resources/demo"))
    parser.add_argument("--state", type=Path, default=Path("demo-training.pt"))
    parser.add_argument("--resume", action="store_true")
    return Plan(**vars(parser.parse_args(arguments)))


def optimizers(model: DemoModel, plan: Plan) -> list[Optimizer]:
    """Returns Muon for the blocks' matrices and AdamW for everything else."""
    blocks = list(model.transformer["h"].parameters())
    matrices = [weight for weight in blocks if weight.ndim == 2]
    chosen = {id(weight) for weight in matrices}
    rest = [weight for weight in model.parameters() if id(weight) not in chosen]
    muon = Muon(
        matrices,
        lr=plan.muon,
        weight_decay=plan.decay,
        adjust_lr_fn="match_rms_adamw",
    )
    adam = AdamW(rest, lr=plan.rate, betas=(0.9, 0.98), weight_decay=plan.decay)
    for optimizer in (muon, adam):
        for group in optimizer.param_groups:
            group["peak"] = group["lr"]
    return [muon, adam]


def loss_of(model: DemoModel, batch: Batch) -> tuple[Tensor, Tensor]:
    """Returns the mean loss, and each trained token's loss with its kind beside it."""
    kinds = batch.kinds.flatten()
    kept = (kinds >= 0).nonzero().squeeze(1)
    targets = batch.ids.roll(-1, dims=1).flatten()[kept]
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model(batch.prefix, batch.ids)
        logits = model.lm_head(hidden[kept])
    losses = functional.cross_entropy(logits.float(), targets, reduction="none")
    return losses.mean(), torch.stack((losses.detach(), kinds[kept].float()))


class Training:
    """Model, optimizers and what was measured since the last report."""

    def __init__(self, plan: Plan, tokenizer: DemoTokenizer) -> None:
        """Builds a new model, or reads the state of an earlier run."""
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.tokenizer = tokenizer
        rows = (tokenizer.size // ROWS + 1) * ROWS
        shape = Shape(vocab_size=rows, n_layer=plan.layers)
        self.model = DemoModel(shape, plan.dropout)
        self.optimizers = optimizers(self.model, plan)
        self.step = 0
        self._began = time.monotonic()
        self._seen: list[Tensor] = []
        if plan.resume:
            state = torch.load(plan.state)
            self.model.load_state_dict(state["model"])
            for optimizer, saved in zip(
                self.optimizers, state["optimizers"], strict=True
            ):
                peaks = [group["peak"] for group in optimizer.param_groups]
                optimizer.load_state_dict(saved)
                for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                    group["peak"] = peak
            self.step = state["step"]

    @property
    def progress(self) -> float:
        """Share of the training that is done, by steps or by time."""
        plan = self.plan
        minutes = (time.monotonic() - self._began) / 60
        timed = plan.start + (1 - plan.start) * minutes / plan.minutes
        return min(1.0, max(self.step / plan.steps, timed))

    def advance(self, batch: Batch) -> None:
        """Takes one step."""
        warm = min(1.0, (self.step + 1) / self.plan.warmup)
        factor = warm * (1 - 0.99 * self.progress)
        for optimizer in self.optimizers:
            optimizer.zero_grad()
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * factor
        loss, details = loss_of(self.model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        self._seen.append(details)
        self.step += 1

    def report(self) -> None:
        """Prints the loss by kind since the last report."""
        losses, kinds = torch.cat(self._seen, dim=1)
        self._seen.clear()
        parts = [
            f"{kind} {losses[kinds == index].mean():.4f}"
            for index, kind in enumerate(KINDS)
        ]
        minutes = (time.monotonic() - self._began) / 60
        print(
            f"step {self.step} minute {minutes:.1f} loss {losses.mean():.4f}",
            *parts,
            flush=True,
        )

    def save(self) -> None:
        """Writes the training state and the checkpoint."""
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
        }
        part = self.plan.state.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.plan.state)
        export(self.model, self.tokenizer, self.plan.out)

    def run(self, source: Iterator[Batch]) -> None:
        """Trains until steps or minutes are used up."""
        self.model.train()
        while self.progress < 1:
            self.advance(next(source))
            if self.step % 50 == 0:
                self.report()
            if self.step == 50 or self.step % self.plan.every == 0:
                self.save()
        self.save()


def main() -> None:
    """Trains the tokenizer where there is none, then the model."""
    torch.set_num_threads(2)
    plan = parse()
    if not (plan.out / "vocab.json").exists():
        train_tokenizer(corpus(), BASE_VOCABULARY, plan.out)
    tokenizer = DemoTokenizer(plan.out)
    training = Training(plan, tokenizer)
    seed = plan.seed * 1000 + training.step
    recipe = Recipe(seed=seed, tokens=plan.tokens, whole=plan.whole)
    training.run(batches(tokenizer, recipe, lambda: training.progress))


if __name__ == "__main__":
    main()
