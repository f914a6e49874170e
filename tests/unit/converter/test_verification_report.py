import json
from dataclasses import replace
from math import inf, nan
from pathlib import Path

import pytest

from converter.divergence import Divergence
from converter.findings import Finding
from converter.logit_check import judge_logits
from converter.tensor_check import TypeDeviation
from converter.verification import Request, Verification
from converter.verification_report import verification_json, verification_text

DIVERGENCE = Divergence(
    tokens=256,
    mean=0.05,
    largest=1.5,
    known=5.0,
    same_top=0.875,
    reference_perplexity=12.5,
    perplexity=13.0,
)
FOUND = Verification(
    request=Request(checkpoint=Path("moss"), model=Path("moss.gguf")),
    types=(
        TypeDeviation(
            kind="Q4_0", tensors=5, weights=2_000_000, largest=0.5, mean=0.0718
        ),
        TypeDeviation(kind="F16", tensors=1, weights=64, largest=1e-6, mean=1e-7),
        TypeDeviation(kind="F32", tensors=9, weights=900, largest=0.0, mean=0.0),
    ),
    divergence=DIVERGENCE,
    findings=(),
)


VERDICT = (
    "moss.gguf is what moss makes. It loses 1.00% of what the original knows: little."
)


def test_a_table_and_a_verdict():
    assert verification_text(FOUND).splitlines() == [
        "type  tensors  parameters  largest error  mean error",
        "Q4_0        5      2.00 M         50.00%       7.18%",
        "F16         1          64        < 0.01%     < 0.01%",
        "F32         9         900              0           0",
        "errors of weights, as shares of the root mean square of their tensor",
        "",
        "compared on     256 tokens",
        "KL divergence   0.05 nats on average, 1.5 at most",
        "same top token  87.5%",
        "perplexity      13 in llama.cpp, 12.5 of the original",
        "lost            1.00% of what the original knows",
        "",
        VERDICT,
    ]


@pytest.mark.parametrize(
    ("mean", "words"),
    [
        (1e-7, "and predicts as well as the original."),
        (0.02, "It loses 0.40% of what the original knows: very little."),
        (0.5, "It loses 10.00% of what the original knows: clearly noticeable."),
    ],
)
def test_a_verdict_in_plain_words(mean, words):
    found = replace(FOUND, divergence=replace(DIVERGENCE, mean=mean))
    assert verification_text(found).endswith(words)


def test_predictions_that_were_not_compared():
    text = verification_text(replace(FOUND, divergence=None))
    assert "KL divergence" not in text
    assert text.endswith("tensor by tensor. Its predictions were not compared.")


SPOILT = (
    "moss.gguf is not what moss makes: 1 thing found. Convert the checkpoint again."
)


def test_findings():
    found = replace(FOUND, divergence=None, findings=(Finding("a", "it is missing"),))
    lines = verification_text(found).splitlines()
    assert lines[-3:] == [
        "a: it is missing",
        "",
        SPOILT,
    ]


def test_many_findings_are_cut_short_for_people_only():
    findings = tuple(Finding(f"t{n}", "it is missing") for n in range(300))
    found = replace(FOUND, findings=findings)
    lines = verification_text(found).splitlines()
    assert lines[-3] == "... and 280 more"
    assert len(lines) < 50
    assert len(verification_json(found)["findings"]) == 300


def test_json():
    value = verification_json(FOUND)
    assert value["fits"] is True
    assert value["findings"] == []
    assert value["types"][0] == {
        "type": "Q4_0",
        "tensors": 5,
        "parameters": 2_000_000,
        "largest_error": 0.5,
        "mean_error": 0.0718,
    }
    assert value["logits"] == {
        "tokens": 256,
        "kl_mean": 0.05,
        "kl_largest": 1.5,
        "kl_known": 5.0,
        "lost": 0.01,
        "same_top": 0.875,
        "perplexity": 13.0,
        "reference_perplexity": 12.5,
    }
    assert verification_json(replace(FOUND, divergence=None))["logits"] is None


def test_what_is_no_number_is_null():
    types = (replace(FOUND.types[0], largest=inf, mean=inf),)
    divergence = replace(DIVERGENCE, mean=nan)
    findings = (Finding("logits", "lost"),)
    found = replace(FOUND, types=types, divergence=divergence, findings=findings)
    value = json.loads(json.dumps(verification_json(found), allow_nan=False))
    assert value["types"][0]["largest_error"] is None
    assert value["logits"]["kl_mean"] is None
    assert verification_text(found)


@pytest.mark.parametrize(
    ("error", "lost", "is_found"),
    [
        (0.0, 2e-7, False),  # F16, measured
        (0.0011, 2.6e-5, False),  # BF16
        (0.0045, 2.8e-4, False),  # Q8_0
        (0.0146, 1.9e-3, False),  # Q6_K
        (0.072, 3.2e-2, False),  # Q4_0
        (0.22, 0.21, False),  # Q2_K
        (0.0, 0.034, True),  # F16 with wrong rotary pairs, a random model
        (0.22, 0.62, True),  # Q2_K with wrong rotary pairs, a trained one
        (0.0, nan, True),
        (0.22, nan, True),
    ],
)
def test_more_must_not_be_lost_than_the_errors_account_for(error, lost, is_found):
    divergence = replace(DIVERGENCE, mean=lost * DIVERGENCE.known)
    assert (judge_logits(divergence, error) is not None) == is_found
