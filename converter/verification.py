"""Checks a GGUF against the checkpoint that it was made of.

First everything that can be compared one by one: the header, and each weight with what
the checkpoint says. That takes the converter's word for how tensors are renamed and
ordered. So then llama.cpp's predictions on a text are compared with those of the
original architecture in NumPy, which knows nothing of the converter.
"""

from dataclasses import dataclass
from pathlib import Path

from converter.divergence import Divergence
from converter.findings import Finding
from converter.gguf_model import read_gguf
from converter.header_check import check_header
from converter.logit_check import check_logits, judge_logits
from converter.progress import Reporter
from converter.source import open_source
from converter.tensor_check import TypeDeviation, check_tensors

DEFAULT_TOKENS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to check, and how far.

    Attributes:
        checkpoint: Folder of the checkpoint.
        model: The GGUF.
        tokens: Tokens of the text to compare predictions on, at most; 0 for none.
        threads: How many to work on; None for one on each core.
    """

    checkpoint: Path
    model: Path
    tokens: int = DEFAULT_TOKENS
    threads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a verification has shown.

    Attributes:
        request: What was checked.
        types: How far the tensors are off, by type, most weights first.
        divergence: How far the predictions are off; None where they were not compared.
        findings: What is wrong.
    """

    request: Request
    types: tuple[TypeDeviation, ...]
    divergence: Divergence | None
    findings: tuple[Finding, ...]

    @property
    def fits(self) -> bool:
        """Whether the GGUF is what the checkpoint makes."""
        return not self.findings


def verify(request: Request, reporter: Reporter) -> Verification:
    """Checks a GGUF.

    Predictions are not compared where something is wrong already.

    Args:
        request: What to check.
        reporter: Is told how far it is.

    Raises:
        ConversionError: The checkpoint or the GGUF is damaged, or llama.cpp fails.
    """
    model = read_gguf(request.model)
    source = open_source(request.checkpoint)
    ready = source.take_all().ready
    reporter.opened(
        f"{request.model.name}, against {source.identity.name}: {source.model.layers} "
        f"layers of {source.model.width}, {len(ready)} tensors"
    )
    findings = list(check_header(source, model.header))
    tensors = check_tensors(ready, model, reporter=reporter, threads=request.threads)
    findings += tensors.findings
    divergence = None
    if request.tokens and not findings:
        divergence = check_logits(
            source,
            {tensor.name: tensor for found in ready for tensor in found.tensors},
            request.model,
            tokens=request.tokens,
            threads=request.threads,
            reporter=reporter,
        )
        findings += filter(None, [judge_logits(divergence, tensors.mean_error)])
    size = request.model.stat().st_size
    reporter.finished(f"{request.model.name}: checked", size)
    return Verification(
        request=request,
        types=tensors.types,
        divergence=divergence,
        findings=tuple(findings),
    )
