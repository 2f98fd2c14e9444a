"""The model card says what the evaluation found, in the words of the use case, whatever its task."""

from pathlib import Path
from typing import Any

import pytest

from operation.execution.registration.model_card import write_model_card
from operation.execution.values import Evidence, Run

WORDS = {"event": "rent", "target": "rent", "rows_are": "flats", "predicted_at": "when it is offered", "rows": 1000}
EVALUATIONS: dict[str, dict[str, Any]] = {
    "binary": {"positive_share": 0.25, "metrics": {"roc_auc": 0.7}, "baselines": {"linear": {"roc_auc": 0.65}}},
    "multiclass": {
        "class_shares": {"high": 0.4, "low|er": 0.6},
        "classes": ["high", "low|er"],
        "confusion": [[300, 100], [200, 1400]],
        "metrics": {"accuracy": 0.7},
        "baselines": {"linear": {"accuracy": 0.65}},
    },
    "regression": {
        "mean": 1500.0,
        "standard_deviation": 400.0,
        "metrics": {"mae": 120.5},
        "baselines": {"linear": {"mae": 150.25}},
    },
}


def card(folder: Path, evaluation: dict[str, Any]) -> str:
    configuration = {"model": "flats", "data": {"source": "flats.csv"}, "training": {}, "limits": ["Berlin only."]}
    nothing: dict[str, Any] = {"slices": {}, "champion": None, "comparison": None}
    run = Run("r1", "completed", folder)
    evidence = Evidence(run, {}, configuration, None, WORDS | nothing | evaluation, {}, ("size",))
    write_model_card(folder, evidence, {"verdict": "promote", "reason": "first", "data_sha256": "0"}, {})
    return (folder / "model_card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("task", "lines"),
    [
        ("binary", ["1,000 flats, 25.0% of them rent.", "| roc_auc | 0.7000 | - | 0.6500 |"]),
        (
            "multiclass",
            [
                "1,000 flats: 40.0% high, 60.0% low|er.",
                "| actual | high | low&#124;er |",
                "| low&#124;er | 200 | 1,400 |",
            ],
        ),
        (
            "regression",
            [
                "1,000 flats with mean 1500.0000 and standard deviation 400.0000.",
                "| mae | 120.5000 | - | 150.2500 |",
            ],
        ),
    ],
)
def test_the_card_has_the_outcomes_and_the_metrics_beside_those_of_the_baselines(
    task: str, lines: list[str], tmp_path: Path
) -> None:
    text = card(tmp_path, {"task": task, **EVALUATIONS[task]})
    assert set(lines) <= set(text.splitlines())
    assert "| metric | this model | champion then | linear baseline |" in text
    assert "when it is offered" in text


def test_the_card_of_an_older_evaluation_has_no_baselines(tmp_path: Path) -> None:
    text = card(tmp_path, {"metrics": {"roc_auc": 0.7}})
    assert "| metric | this model | champion then |\n" in text
