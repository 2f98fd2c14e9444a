"""The gate: what it promotes, registers and refuses, and how often chance alone gets past it."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.comparison import paired_bootstrap
from learning.metrics import METRICS
from operation.errors import OperationError
from operation.execution.configuration.sections import Gate
from operation.execution.registration.gate import Comparison, Incomparable, decide, judge

RULE = Gate(metric="roc_auc", confidence=0.9, at_least={"roc_auc": 0.6}, at_most={"log_loss": 0.6})
GOOD = {"roc_auc": 0.7, "log_loss": 0.5}


@pytest.mark.parametrize(
    ("metrics", "champion", "verdict", "reason"),
    [
        pytest.param(GOOD, None, "promote", "the first model", id="first"),
        pytest.param(GOOD, Comparison(0.02, 0.01, 0.03), "promote", "better: roc_auc +0.0200", id="better"),
        pytest.param(GOOD, Comparison(0.02, -0.01, 0.05), "register", "not better: roc_auc +0.0200", id="unsure"),
        pytest.param(GOOD, Comparison(0.0, 0.0, 0.0), "register", "not better", id="equal"),
        pytest.param(GOOD, Comparison(-0.02, -0.03, -0.01), "refuse", "worse: roc_auc -0.0200", id="worse"),
        pytest.param(GOOD, Incomparable("no column x"), "register", "no column x", id="incomparable"),
        pytest.param(GOOD | {"roc_auc": 0.59}, None, "refuse", "roc_auc 0.5900 is below 0.6", id="floor"),
        pytest.param(GOOD | {"log_loss": 0.61}, None, "refuse", "log_loss 0.6100 is above 0.6", id="roof"),
        pytest.param(GOOD | {"roc_auc": float("nan")}, None, "refuse", "roc_auc nan is below 0.6", id="nan"),
        pytest.param(
            GOOD | {"roc_auc": 0.5}, Comparison(0.02, 0.01, 0.03), "refuse", "is below", id="better-but-under-the-floor"
        ),
    ],
)
def test_the_verdict_follows_the_rule(metrics: dict[str, float], champion: Any, verdict: str, reason: str) -> None:
    decision = decide(metrics, champion, RULE)
    assert decision.verdict == verdict
    assert reason in decision.reason


def test_a_metric_on_its_bound_passes() -> None:
    assert decide({"roc_auc": 0.6, "log_loss": 0.6}, None, RULE).verdict == "promote"


def test_a_rule_about_a_metric_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="log_loss"):
        decide({"roc_auc": 0.7}, None, RULE)


@pytest.mark.parametrize(
    ("comparison", "verdict"),
    [
        (None, "promote"),
        ({"metric": "roc_auc", "confidence": 0.9, "difference": 0.1, "lower": 0.05, "upper": 0.2}, "promote"),
        ({"metric": "roc_auc", "impossible": "the champion needs column x"}, "register"),
    ],
)
def test_what_evaluation_wrote_is_judged(comparison: dict[str, Any] | None, verdict: str) -> None:
    assert judge({"metrics": GOOD, "comparison": comparison}, RULE).verdict == verdict


@pytest.mark.parametrize("other", [{"metric": "log_loss"}, {"confidence": 0.5}], ids=["metric", "confidence"])
def test_a_comparison_made_for_another_rule_is_not_judged(other: dict[str, Any]) -> None:
    comparison = {"metric": "roc_auc", "confidence": 0.9, "difference": 0.1, "lower": 0.05, "upper": 0.2} | other
    with pytest.raises(OperationError, match=r"the gate asks for roc_auc at 90%.*invoke evaluate"):
        judge({"metrics": GOOD, "comparison": comparison}, RULE)


ROWS, DAYS, TRIALS = 400, 40, 200


def share_promoted(candidate_noise: float, champion_noise: float, drawn_by: NDArray[np.intp]) -> float:
    """Measure how often the gate promotes, over test sets drawn anew, a candidate that ranks with that much noise.

    What is true and what the models get wrong hang together within a day, as with weather. `drawn_by` numbers what the
    bootstrap draws as a whole.
    """
    random = np.random.default_rng(0)
    day = np.arange(ROWS) % DAYS

    def by_day() -> NDArray[np.float64]:
        return np.asarray(random.normal(size=DAYS)[day])

    verdicts = []
    for trial in range(TRIALS):
        truth = random.normal(size=ROWS) + by_day()
        labels = truth + random.normal(size=ROWS) > 0
        candidate, champion = (truth + noise * by_day() for noise in (candidate_noise, champion_noise))
        found = paired_bootstrap(
            METRICS["roc_auc"],
            labels,
            candidate,
            champion,
            drawn_by,
            resamples=100,
            confidence=RULE.confidence,
            seed=trial,
        )
        comparison = Comparison(found.difference, found.lower, found.upper)
        verdicts.append(decide(GOOD, comparison, RULE).verdict)
    return verdicts.count("promote") / TRIALS


# What the rule allows, and three standard errors of a share estimated from so many trials.
ALLOWED = (1 - RULE.confidence) / 2
BOUND = ALLOWED + 3 * (ALLOWED * (1 - ALLOWED) / TRIALS) ** 0.5


def test_two_equal_models_are_promoted_no_more_often_than_the_rule_says() -> None:
    assert share_promoted(2.0, 2.0, drawn_by=np.arange(ROWS) % DAYS) <= BOUND


def test_drawing_single_rows_would_promote_more_often_than_the_rule_says() -> None:
    assert share_promoted(2.0, 2.0, drawn_by=np.arange(ROWS)) > BOUND


def test_a_clearly_better_model_is_promoted() -> None:
    assert share_promoted(0.1, 4.0, drawn_by=np.arange(ROWS) % DAYS) >= 0.9
