"""What `invoke score` writes is what score.yml publishes, after a training if one is asked for."""

import re
from pathlib import Path

import pytest

from operation.tests.ado.shortened import run_shortened

WRITE = "mkdir -p outputs/scores && echo 1 > outputs/scores/manifest.json"


@pytest.mark.parametrize("model", ["registered", "train"])
def test_scores_are_published_after_the_jobs_before_them(repository: Path, tmp_path: Path, model: str) -> None:
    shown = run_shortened(repository, tmp_path, "azure-pipelines/score.yml", "score", WRITE, {"model": model})
    jobs = re.findall(r"^  Job (\w+):", shown, re.MULTILINE)
    assert jobs == (["train", "score"] if model == "train" else ["score"]), shown
    assert "Artifacts: scores" in shown
    (scores,) = tmp_path.glob(".azure-pipelines-local/*/artifacts/scores")
    assert [file.name for file in scores.iterdir()] == ["manifest.json"]


def test_a_scoring_that_fails_turns_the_pipeline_red_and_publishes_nothing(repository: Path, tmp_path: Path) -> None:
    shown = run_shortened(repository, tmp_path, "azure-pipelines/score.yml", "score", f"{WRITE}; exit 1")
    assert re.search(r"^  score +(score +)?Failed ", shown, re.MULTILINE), shown
    assert "Artifacts: scores" not in shown
