"""What a registered version carries."""

from pathlib import Path

from operation.execution.registration.register import tags_of
from operation.execution.values import Decision, Evidence, Run


def test_a_version_carries_lineage_metrics_and_the_decision() -> None:
    run, found = Run("a-run", "completed", Path("none")), {"metrics": {"roc_auc": 0.7}}
    evidence = Evidence(run, {"seed": "7"}, {}, None, found, {}, ())
    tags = tags_of(evidence, Decision("promote", "better"))
    assert tags == {"seed": "7", "metric.roc_auc": "0.7", "verdict": "promote", "reason": "better"}
