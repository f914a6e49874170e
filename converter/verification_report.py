"""What `verify` prints: tables and a verdict for people, an object for programs."""

from math import isfinite

from converter.divergence import Divergence
from converter.report import Json, readable_count, table
from converter.tensor_check import TypeDeviation
from converter.verification import Verification

_HEAD = ("type", "tensors", "parameters", "largest error", "mean error")
_UNIT = "errors of weights, as shares of the root mean square of their tensor"
_MOST_FINDINGS = 20
_LEAST = 1e-4  # of what is written out in percent
# What is said of a file that loses less than so much of what the original knows.
_WORDS = ((0.01, "very little"), (0.05, "little"), (1.0, "clearly noticeable"))


def verification_text(found: Verification) -> str:
    """Returns what a verification has shown, for people."""
    parts = []
    if found.types:
        rows = [_row(each) for each in found.types]
        parts.append(f"{table(_HEAD, rows)}\n{_UNIT}")
    if found.divergence is not None:
        parts.append(_divergence_text(found.divergence))
    if found.findings:
        parts.append(_findings_text(found))
    return "\n\n".join([*parts, _verdict(found)])


def verification_json(found: Verification) -> dict[str, Json]:
    """Returns the same for programs, an object of stage `verified`.

    Errors and losses are shares, divergences nats. What is no number is null.
    """
    return {
        "stage": "verified",
        "checkpoint": str(found.request.checkpoint),
        "model": str(found.request.model),
        "fits": found.fits,
        "message": _verdict(found),
        "findings": [
            {"subject": finding.subject, "problem": finding.problem}
            for finding in found.findings
        ],
        "types": [
            {
                "type": each.kind,
                "tensors": each.tensors,
                "parameters": each.weights,
                "largest_error": _number(each.largest),
                "mean_error": _number(each.mean),
            }
            for each in found.types
        ],
        "logits": _divergence_json(found.divergence) if found.divergence else None,
    }


def _row(each: TypeDeviation) -> tuple[str, ...]:
    return (
        each.kind,
        str(each.tensors),
        readable_count(each.weights),
        _percent(each.largest),
        _percent(each.mean),
    )


def _divergence_text(found: Divergence) -> str:
    rows = {
        "compared on": f"{found.tokens} tokens",
        "KL divergence": f"{found.mean:.3g} nats on average, {found.largest:.3g} at "
        "most",
        "same top token": f"{found.same_top:.1%}",
        "perplexity": f"{found.perplexity:.6g} in llama.cpp, "
        f"{found.reference_perplexity:.6g} of the original",
        "lost": f"{_percent(found.lost)} of what the original knows",
    }
    return "\n".join(f"{key:<16}{value}" for key, value in rows.items())


def _divergence_json(found: Divergence) -> dict[str, Json]:
    return {
        "tokens": found.tokens,
        "kl_mean": _number(found.mean),
        "kl_largest": _number(found.largest),
        "kl_known": _number(found.known),
        "lost": _number(found.lost),
        "same_top": found.same_top,
        "perplexity": _number(found.perplexity),
        "reference_perplexity": _number(found.reference_perplexity),
    }


def _findings_text(found: Verification) -> str:
    shown = found.findings[:_MOST_FINDINGS]
    lines = [f"{finding.subject}: {finding.problem}" for finding in shown]
    if len(shown) < len(found.findings):
        lines.append(f"... and {len(found.findings) - len(shown)} more")
    return "\n".join(lines)


def _verdict(found: Verification) -> str:
    """Returns one sentence, or two."""
    request, divergence = found.request, found.divergence
    if not found.fits:
        count = len(found.findings)
        return (
            f"{request.model} is not what {request.checkpoint} makes: {count} "
            f"thing{'s' * (count > 1)} found. Convert the checkpoint again."
        )
    fits = f"{request.model} is what {request.checkpoint} makes"
    if divergence is None:
        return f"{fits}, tensor by tensor. Its predictions were not compared."
    if divergence.lost < _LEAST:
        return f"{fits}, and predicts as well as the original."
    words = next(words for most, words in _WORDS if divergence.lost < most)
    lost = _percent(divergence.lost)
    return f"{fits}. It loses {lost} of what the original knows: {words}."


def _percent(share: float) -> str:
    if share == 0:
        return "0"
    return f"{share:.2%}" if abs(share) >= _LEAST else f"< {_LEAST:.2%}"


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
