"""The gate: what it promotes, registers and refuses, and how often chance alone gets past it."""

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.comparison import paired_bootstrap
from learning.metrics import METRICS
from operation.errors import OperationError
from operation.execution.configuration.sections import Gate, Slices
from operation.execution.registration.gate import ROUNDING, Comparison, Incomparable, decide, judge

RULE = Gate(
    metric="roc_auc",
    confidence=0.9,
    least_gain=0.001,
    largest_gain=0.1,
    at_least={"roc_auc": 0.6},
    at_most={"log_loss": 0.6},
    too_good={"roc_auc": 0.9, "log_loss": 0.2},
    not_worse={"log_loss": 0.01},
    slices=Slices(least_rows=100, not_worse=0.05),
)
GOOD = {"roc_auc": 0.7, "log_loss": 0.5}
SAME = {"log_loss": 0.0}
BETTER = Comparison(0.02, 0.01, 0.03, SAME)
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("metrics", "champion", "verdict", "reason"),
    [
        pytest.param(GOOD, None, "promote", "the first model", id="first"),
        pytest.param(GOOD, BETTER, "promote", "better: roc_auc +0.0200", id="better"),
        pytest.param(GOOD, Comparison(0.02, -0.01, 0.05), "register", "not better: roc_auc +0.0200", id="unsure"),
        pytest.param(GOOD, Comparison(0.0, 0.0, 0.0), "register", "not better", id="equal"),
        pytest.param(GOOD, Comparison(-0.02, -0.03, -0.01), "refuse", "worse: roc_auc -0.0200", id="worse"),
        pytest.param(GOOD, Incomparable("no column x"), "register", "no column x", id="incomparable"),
        pytest.param(GOOD | {"roc_auc": 0.59}, None, "refuse", "roc_auc 0.5900 is below 0.6", id="floor"),
        pytest.param(GOOD | {"log_loss": 0.61}, None, "refuse", "log_loss 0.6100 is above 0.6", id="roof"),
        pytest.param(GOOD | {"roc_auc": NAN}, None, "refuse", "roc_auc nan is below 0.6", id="nan-on-the-floor"),
        pytest.param(GOOD | {"log_loss": NAN}, None, "refuse", "log_loss nan is above 0.6", id="nan-under-the-roof"),
        pytest.param(GOOD | {"brier_score": NAN}, None, "refuse", "brier_score is not a number", id="nan-unbounded"),
        pytest.param(GOOD | {"brier_score": None}, None, "refuse", "brier_score is not a number", id="none-unbounded"),
        pytest.param(GOOD | {"roc_auc": None}, None, "refuse", "roc_auc nan is below 0.6", id="none-on-the-floor"),
        pytest.param(GOOD, Comparison(NAN, NAN, NAN, SAME), "refuse", "contradicts itself", id="nan-difference"),
        pytest.param(GOOD, Comparison(NAN, 0.01, 0.03, SAME), "refuse", "contradicts itself", id="nan-gain"),
        pytest.param(GOOD, Comparison(0.01, 0.005, NAN, SAME), "refuse", "contradicts itself", id="nan-upper"),
        pytest.param(GOOD, Comparison(0.01, 0.005, INF, SAME), "refuse", "contradicts itself", id="infinite-upper"),
        pytest.param(GOOD, Comparison(0.01, 0.02, 0.005, SAME), "refuse", "contradicts itself", id="reversed-interval"),
        pytest.param(GOOD, Comparison(0.01, 0.02, 0.03, SAME), "register", "more evaluation.resamples", id="below-it"),
        pytest.param(GOOD, Comparison(0.04, 0.02, 0.03, SAME), "register", "more evaluation.resamples", id="above-it"),
        pytest.param(GOOD, Comparison(0.02, 0.01, 0.03, {"log_loss": NAN}), "register", "log_loss", id="nan-loss"),
        pytest.param(GOOD, Comparison(0.02, 0.01, 0.03, SAME, {"month 1": NAN}), "register", "month 1", id="nan-slice"),
        pytest.param(GOOD | {"roc_auc": 0.5}, BETTER, "refuse", "is below", id="better-but-under-the-floor"),
        pytest.param(
            GOOD | {"roc_auc": 0.91}, None, "refuse", "too good to be true: roc_auc 0.9100 is above", id="too-good"
        ),
        pytest.param(
            GOOD | {"log_loss": 0.1}, None, "refuse", "log_loss 0.1000 is below gate.too_good 0.2", id="too-good-low"
        ),
        pytest.param(GOOD | {"roc_auc": 0.99}, Incomparable("x"), "refuse", "too good", id="too-good-incomparable"),
        pytest.param(
            GOOD, Comparison(0.2, 0.1, 0.3, SAME), "refuse", "is more than gate.largest_gain 0.1", id="too-large-a-gain"
        ),
        pytest.param(
            GOOD, Comparison(1e-9, 1e-10, 1e-8, SAME), "register", "less than gate.least_gain 0.001", id="tiny-gain"
        ),
        pytest.param(
            GOOD,
            Comparison(0.02, 0.01, 0.03, {"log_loss": 0.02}),
            "register",
            "yet worse in log_loss by 0.0200, more than gate.not_worse 0.01",
            id="worse-in-another-metric",
        ),
        pytest.param(
            GOOD,
            Comparison(0.02, 0.01, 0.03, SAME, {"month 1": 0.02, "month 2": 0.06}),
            "register",
            "yet worse in month 2 by 0.0600 roc_auc, more than gate.slices.not_worse 0.05: roc_auc",
            id="worse-in-a-slice",
        ),
    ],
)
def test_the_verdict_follows_the_rule(metrics: dict[str, float], champion: Any, verdict: str, reason: str) -> None:
    decision = decide(metrics, champion, RULE)
    assert decision.verdict == verdict
    assert reason in decision.reason


def test_a_metric_on_its_bound_passes() -> None:
    assert decide({"roc_auc": 0.6, "log_loss": 0.6}, None, RULE).verdict == "promote"
    assert decide({"roc_auc": 0.9, "log_loss": 0.2}, None, RULE).verdict == "promote"


def test_a_difference_on_its_bound_passes() -> None:
    on_the_bounds = {"log_loss": RULE.not_worse["log_loss"]}, {"month 1": RULE.slices.not_worse}
    for gain in (RULE.least_gain, RULE.largest_gain):
        assert decide(GOOD, Comparison(gain, gain / 2, gain, *on_the_bounds), RULE).verdict == "promote"


@pytest.mark.parametrize(
    ("metrics", "champion", "reason"),
    [
        (GOOD, None, "the first model, and above every floor"),
        (
            {"roc_auc": 0.5, "log_loss": 0.7},
            None,
            "misses a bound: roc_auc 0.5000 is below 0.6; log_loss 0.7000 is above 0.6",
        ),
        (
            {"roc_auc": 0.95, "log_loss": 0.1},
            None,
            "too good to be true: roc_auc 0.9500 is above gate.too_good 0.9; log_loss 0.1000 is below gate.too_good "
            "0.2; look for a feature that knows the outcome",
        ),
        (
            GOOD,
            Comparison(0.2, 0.1, 0.3, SAME),
            "too good to be true: roc_auc +0.2000 against the champion is more than gate.largest_gain 0.1; "
            "look for a feature that knows the outcome",
        ),
        (
            GOOD,
            Comparison(0.02, 0.01, 0.03, {"log_loss": 0.02}, {"month 1": 0.06}),
            "better, and yet worse in log_loss by 0.0200, more than gate.not_worse 0.01; month 1 by 0.0600 roc_auc, "
            "more than gate.slices.not_worse 0.05: roc_auc +0.0200 against the champion, 90% interval +0.0100 to "
            "+0.0300",
        ),
    ],
    ids=["first", "bounds", "too good", "too much better", "worse in two"],
)
def test_the_reason_names_all_that_is_wrong(metrics: dict[str, float], champion: Any, reason: str) -> None:
    assert decide(metrics, champion, RULE).reason == reason


def test_a_rule_about_a_metric_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="log_loss"):
        decide({"roc_auc": 0.7}, None, RULE)


def evaluation(comparison: dict[str, Any] | None, **champion: Any) -> dict[str, Any]:
    """What evaluate.py writes: two slices, of which the champion's are as good as the candidate's unless told."""
    theirs = {"metrics": WORSE, "slices": SLICES} | champion
    return {"metrics": GOOD, "slices": SLICES, "champion": theirs, "comparison": comparison}


AGAIN = "invoke evaluate --run RUN"
WORSE = {"roc_auc": 0.65, "log_loss": 0.5}
SLICES = {"month": [{"value": "1", "rows": 100, "roc_auc": 0.7}, {"value": "2", "rows": 99, "roc_auc": 0.7}]}
COMPARED = {"metric": "roc_auc", "confidence": 0.9, "difference": 0.05, "lower": 0.02, "upper": 0.1}


@pytest.mark.parametrize(
    ("comparison", "verdict"),
    [
        (None, "promote"),
        (COMPARED, "promote"),
        ({"metric": "roc_auc", "impossible": "the champion needs column x"}, "register"),
    ],
)
def test_what_evaluation_wrote_is_judged(comparison: dict[str, Any] | None, verdict: str) -> None:
    assert judge(evaluation(comparison), RULE, AGAIN).verdict == verdict


@pytest.mark.parametrize(
    ("champion", "verdict"),
    [
        ({"metrics": WORSE | {"log_loss": None}}, "register"),
        ({"metrics": WORSE | {"log_loss": 0.48}}, "register"),
        ({"metrics": WORSE | {"log_loss": 0.52}}, "promote"),
        ({"slices": {"month": [{"roc_auc": 0.8}, {"roc_auc": 0.7}]}}, "register"),
        ({"slices": {"month": [{"roc_auc": 0.7}, {"roc_auc": 0.8}]}}, "promote"),
        ({"slices": {"month": [{"roc_auc": None}, {"roc_auc": None}]}}, "promote"),
    ],
    ids=["no log loss", "lower log loss", "higher log loss", "slice", "slice of few rows", "slice without the metric"],
)
def test_what_the_champion_does_better_is_found_in_the_evaluation(champion: dict[str, Any], verdict: str) -> None:
    assert judge(evaluation(COMPARED, **champion), RULE, AGAIN).verdict == verdict


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"metrics": GOOD | {"roc_auc": 1.3}}, "roc_auc must be from 0 to 1, not 1.3000"),
        ({"metrics": GOOD | {"brier_score": -5}}, "brier_score must be from 0 to 1, not -5.0000"),
        ({"metrics": GOOD | {"log_loss": -0.1}}, "log_loss must be at least 0, not -0.1000"),
        ({"metrics": GOOD | {"r2": 2}}, "r2 must be at most 1, not 2.0000"),
        ({"metrics": GOOD | {"roc_auc": INF}}, "roc_auc must be a number, not inf"),
        ({"metrics": GOOD | {"log_loss": 10**400}}, "log_loss must be a number, not inf"),
        ({"metrics": GOOD | {"mine": -(10**400)}}, "mine must be a number, not -inf"),
        ({"metrics": GOOD | {"brier_score": "0.1"}}, "brier_score is not a number"),
        (
            {"slices": {"month": [SLICES["month"][0] | {"roc_auc": 7}, SLICES["month"][1]]}},
            "in month 1, roc_auc must be from 0 to 1, not 7.0000. Evaluate",
        ),
        (
            {"champion": {"metrics": WORSE | {"log_loss": -1}, "slices": SLICES}},
            "the champion's log_loss must be at least 0, not -1.0000",
        ),
        ({"comparison": COMPARED | {"difference": 0.05001}}, "better by .0.0500, and the comparison says .0.0500"),
        ({"comparison": COMPARED | {"difference": 0.05 + 1.5e-6}}, "and the comparison says .0.0500. Evaluate"),
        (
            {"metrics": GOOD | {"roc_auc": 7, "brier_score": 8}},
            "damaged: .*roc_auc must be from 0 to 1, not 7.0000; brier_score must be from 0 to 1, not 8.0000. Evaluate",
        ),
        (
            {"slices": {"month": [{"rows": 9, "roc_auc": 7}, SLICES["month"][1]]}},
            "in month , roc_auc must be from 0 to 1, not 7.0000. Evaluate",
        ),
        ({"comparison": COMPARED | {"difference": 0.0499}}, "better by .0.0500, and the comparison says .0.0499"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_numbers_that_no_model_can_have_are_refused(damage: dict[str, Any], reason: str) -> None:
    decision = judge(evaluation(COMPARED) | damage, RULE, AGAIN)
    assert decision.verdict == "refuse"
    assert re.search(reason, decision.reason)


@pytest.mark.parametrize(
    ("damage", "lost"),
    [
        ({"metrics": []}, "metrics"),
        ({"slices": None}, "slices"),
        ({"comparison": 5}, "comparison"),
        ({"comparison": {}}, "comparison.metric, comparison.confidence, comparison.difference, comparison.lower"),
        ({"champion": None}, "champion.metrics, champion.slices"),
        ({"champion": {"metrics": WORSE}}, "champion.slices"),
        ({"comparison": None, "champion": {}}, "champion.metrics, champion.slices"),
    ],
)
def test_an_evaluation_of_another_form_is_named(damage: dict[str, Any], lost: str) -> None:
    with pytest.raises(OperationError, match=rf"^The run's evaluation is damaged: it has no {lost}.*: {AGAIN}$"):
        judge(evaluation(COMPARED) | damage, RULE, AGAIN)


@pytest.mark.parametrize(
    "metrics",
    [
        *({"roc_auc": 0.65 + 5e-7}, {"brier_score": -5e-7}, {"brier_score": 1 + 5e-7}),
        *({"brier_score": -ROUNDING}, {"brier_score": 1 + ROUNDING}),
    ],
)
def test_a_last_digit_is_no_contradiction(metrics: dict[str, float]) -> None:
    champion = {"metrics": WORSE | metrics}
    assert judge(evaluation(COMPARED, **champion), RULE, AGAIN).verdict == "promote"


@pytest.mark.parametrize("key", ["at_least", "at_most", "too_good", "not_worse"])
def test_an_evaluation_of_before_a_metric_is_made_again(key: str) -> None:
    rule = RULE.model_copy(update={key: {"average_precision": 0.1}})
    with pytest.raises(OperationError, match=rf"^The run was evaluated without average_precision, .*: {AGAIN}$"):
        judge(evaluation(COMPARED), rule, AGAIN)


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ({"lower": 0.05}, "promote"),
        ({"upper": 0.05}, "promote"),
        ({"lower": 0.051, "upper": 0.06}, "register"),
        ({"lower": 0.01, "upper": 0.049}, "register"),
    ],
)
def test_a_gain_outside_of_its_own_interval_promotes_nothing(interval: dict[str, float], verdict: str) -> None:
    decision = judge(evaluation(COMPARED | {"difference": 0.05} | interval), RULE, AGAIN)
    assert decision.verdict == verdict
    assert ("outside of its own interval" in decision.reason) is (verdict == "register")


def test_all_metrics_that_are_lacking_are_named() -> None:
    rule = RULE.model_copy(update={"at_least": {"precision": 0.1, "f1": 0.1}})
    with pytest.raises(OperationError, match=r"^The run was evaluated without f1, precision, which the gate asks for"):
        judge(evaluation(COMPARED), rule, AGAIN)


@pytest.mark.parametrize(("told", "verdict"), [(10.00005, "promote"), (10.001, "refuse")])
def test_a_last_digit_of_a_large_metric_is_no_contradiction(told: float, verdict: str) -> None:
    rule = RULE.model_copy(
        update={"metric": "mae", "largest_gain": 50.0, "at_least": {}, "at_most": {}, "too_good": {}, "not_worse": {}}
    )
    comparison = {"metric": "mae", "confidence": 0.9, "difference": told, "lower": 5.0, "upper": 15.0}
    found = {"metrics": {"mae": 90.0}, "slices": {}, "champion": {"metrics": {"mae": 100.0}, "slices": {}}}
    assert judge(found | {"comparison": comparison}, rule, AGAIN).verdict == verdict


def test_a_comparison_without_numbers_is_refused() -> None:
    assert judge(evaluation(COMPARED | {"upper": None}), RULE, AGAIN).verdict == "refuse"


def test_a_comparison_that_could_not_be_computed_says_why() -> None:
    found = {"metric": "roc_auc", "impossible": "the champion needs column x"}
    assert judge(evaluation(found), RULE, AGAIN).reason == "cannot be compared: the champion needs column x"


def test_slices_that_do_not_fit_each_other_are_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        judge(evaluation(COMPARED, slices={"month": [{"roc_auc": 0.7}]}), RULE, AGAIN)


def test_a_comparison_with_an_unfit_champion_promotes_nothing() -> None:
    decision = judge(evaluation(COMPARED), RULE, AGAIN, unfit="the champion has seen them")
    assert (decision.verdict, decision.reason) == ("register", "cannot be compared: the champion has seen them")


@pytest.mark.parametrize("other", [{"metric": "log_loss"}, {"confidence": 0.5}], ids=["metric", "confidence"])
def test_a_comparison_made_for_another_rule_is_not_judged(other: dict[str, Any]) -> None:
    with pytest.raises(OperationError, match=rf"the gate asks for roc_auc at 90%.*{AGAIN}$"):
        judge(evaluation(COMPARED | other), RULE, AGAIN)


ROWS, DAYS, TRIALS = 400, 40, 200


def share_promoted(
    candidate_noise: float, champion_noise: float, drawn_by: NDArray[np.intp], trials: int = TRIALS
) -> float:
    """Measure how often the gate promotes, over test sets drawn anew, a candidate that ranks with that much noise.

    What is true and what the models get wrong hang together within a day, as with weather. `drawn_by` numbers what the
    bootstrap draws as a whole.
    """
    random, rule = np.random.default_rng(0), RULE.model_copy(update={"least_gain": 0.0, "largest_gain": 1.0})
    day = np.arange(ROWS) % DAYS

    def by_day() -> NDArray[np.float64]:
        return np.asarray(random.normal(size=DAYS)[day])

    verdicts = []
    for trial in range(trials):
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
        comparison = Comparison(found.difference, found.lower, found.upper, SAME)
        verdicts.append(decide(GOOD, comparison, rule).verdict)
    return verdicts.count("promote") / trials


# What the rule allows, and three standard errors of a share estimated from so many trials.
ALLOWED = (1 - RULE.confidence) / 2
BOUND = ALLOWED + 3 * (ALLOWED * (1 - ALLOWED) / TRIALS) ** 0.5


@pytest.mark.unmeasured
def test_two_equal_models_are_promoted_no_more_often_than_the_rule_says() -> None:
    assert share_promoted(2.0, 2.0, drawn_by=np.arange(ROWS) % DAYS) <= BOUND


@pytest.mark.unmeasured
def test_drawing_single_rows_would_promote_more_often_than_the_rule_says() -> None:
    few = TRIALS // 4  # will do: every third is promoted
    assert share_promoted(2.0, 2.0, drawn_by=np.arange(ROWS), trials=few) > BOUND


def test_a_clearly_better_model_is_promoted() -> None:
    assert share_promoted(0.1, 4.0, drawn_by=np.arange(ROWS) % DAYS, trials=40) >= 0.9


@pytest.mark.parametrize(
    ("candidate", "slice_", "verdict", "reason"),
    [
        (90.0, 95.0, "promote", "better: mae +10.0000"),
        (90.0, 120.0, "register", "region north by 20.0000 mae, more than gate.slices.not_worse 5.0"),
        (160.0, 95.0, "refuse", "mae 160.0000 is above 150"),
        (5.0, 95.0, "refuse", "mae 5.0000 is below gate.too_good 10"),
    ],
    ids=["better", "worse in a slice", "above the ceiling", "too good"],
)
def test_an_error_in_the_unit_of_the_target_is_judged_as_one_that_is_better_low(
    candidate: float, slice_: float, verdict: str, reason: str
) -> None:
    rule = Gate(
        metric="mae",
        confidence=0.9,
        least_gain=1.0,
        largest_gain=50.0,
        at_least={"r2": 0.1},
        at_most={"mae": 150.0},
        too_good={"mae": 10.0},
        not_worse={"rmse": 1.0},
        slices=Slices(least_rows=100, not_worse=5.0),
    )

    def found(mae: float, north: float) -> dict[str, Any]:
        rows = {"region": [{"value": "north", "rows": 500, "mae": north}]}
        return {"metrics": {"mae": mae, "rmse": mae, "r2": 0.5}, "slices": rows}

    comparison = {"metric": "mae", "confidence": 0.9, "difference": 100 - candidate, "lower": 5.0, "upper": 15.0}
    evaluation = {**found(candidate, slice_), "champion": found(100.0, 100.0), "comparison": comparison}
    decision = judge(evaluation, rule, AGAIN)
    assert decision.verdict == verdict
    assert reason in decision.reason
