"""What the benchmark reads from the output of `invoke train`, and what it refuses."""

from pathlib import Path

import pytest

from operation.tests.bench.measuring import Measurement
from operation.tests.bench.trainings import UNCHANGED, latest, require_same_model, steps, train_command

OUTPUT = """
data              done        0.7 s  336,776 flights, 26,115 weather (unchanged)
validate-raw      reused      0.0 s  64 checks, 0 failed
train             done        9.8 s  lightgbm on 24 features; native and ONNX differ by at most 6e-08
metric  champion  candidate
gate              failed      0.0 s  refuse: worse
"""


def test_the_steps_of_a_run_have_a_result_and_seconds() -> None:
    assert steps(Measurement(1, 1, 1, OUTPUT)) == {
        "data": ("done", 0.7),
        "validate-raw": ("reused", 0.0),
        "train": ("done", 9.8),
        "gate": ("failed", 0.0),
    }


def test_a_run_that_reused_only_some_steps_has_changed() -> None:
    assert UNCHANGED.search("Nothing has changed since run 1.")
    assert not UNCHANGED.search(OUTPUT)


def test_the_latest_output_is_that_of_the_newest_run_that_has_one(tmp_path: Path) -> None:
    for name in ("runs/20261123-115424-3c0f/model", "runs/20261124-115424-3c0f/model", "runs/20261125-115424-3c0f/raw"):
        (tmp_path / "outputs" / "flights" / name).mkdir(parents=True)
    assert latest(tmp_path, "model").parent.name == "20261124-115424-3c0f"


def test_a_training_elsewhere_has_the_same_settings(tmp_path: Path) -> None:
    here, there = train_command(tmp_path), train_command(tmp_path, "emulator")
    assert there[there.index("--environment") + 1] == "emulator"
    assert [word for word in there if word != "emulator"] == [word for word in here if word != "local"]


def test_two_different_models_are_no_pair(tmp_path: Path) -> None:
    for name, content in (("a", "tree"), ("b", "tree"), ("c", "three")):
        (tmp_path / name).mkdir()
        text = f"{content}\n\nparameters:\n[folder: {name}]\n"
        (tmp_path / name / "model.txt").write_text(text, encoding="utf-8")
    require_same_model(tmp_path / "a", tmp_path / "b")
    with pytest.raises(RuntimeError, match="another model"):
        require_same_model(tmp_path / "a", tmp_path / "c")
