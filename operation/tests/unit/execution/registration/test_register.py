"""What a registered version carries."""

from dataclasses import replace
from pathlib import Path

from operation.execution.registration.register import tags_of
from operation.execution.values import Decision, Evidence, Run

RUN = Run("a-run", "completed", Path("none"))
EVIDENCE = Evidence(RUN, {"seed": "7"}, {}, None, {"metrics": {"roc_auc": 0.7}}, {}, (), "abc")


def test_a_version_carries_lineage_metrics_and_the_decision() -> None:
    assert tags_of(EVIDENCE, Decision("promote", "better")) == {
        "seed": "7",
        "model_sha256": "abc",
        "metric.roc_auc": "0.7",
        "verdict": "promote",
        "reason": "better",
    }


def test_a_version_carries_its_days_and_what_it_was_compared_with() -> None:
    days = {"first_date": "2013-01-01", "last_date": "2013-01-02"}
    tags = tags_of(replace(EVIDENCE, prepared={"train": days}, champion_version=3), Decision("promote", "better"))
    assert (tags["train_first_date"], tags["train_last_date"], tags["compared_with"]) == (*days.values(), "3")
