"""What is found in the answers of a version to its golden rows."""

from pathlib import Path
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.deployment.golden import GoldenRows, verify

ROWS: list[dict[str, Any]] = [{"a": 1}, {"a": None}]
BINARY = GoldenRows(ROWS, [0.25, 0.5])
CLASSES = GoldenRows(ROWS, [[0.25, 0.75], [0.5, 0.5]])


@pytest.mark.parametrize(
    ("golden", "answer"),
    [
        (BINARY, {"probabilities": [0.25, 0.5]}),
        (BINARY, {"probabilities": [0.25 + 5e-7, 0.5]}),
        (BINARY, {"predictions": [0.25, 0.5]}),
        (CLASSES, {"predictions": ["b", "a"], "probabilities": [{"a": 0.25, "b": 0.75}, {"a": 0.5, "b": 0.5}]}),
    ],
    ids=["binary", "rounding", "regression", "multiclass"],
)
def test_a_right_answer_has_no_fault(golden: GoldenRows, answer: dict[str, Any]) -> None:
    assert not golden.find_fault({**answer, "model_version": "3"}, 3)


def test_an_answer_for_the_first_rows_has_as_many_scores() -> None:
    answer = {"probabilities": [0.25], "model_version": "3"}
    assert not BINARY.find_fault(answer, 3, 1)
    assert BINARY.find_fault(answer, 3) == "the number of its scores is 1, not 2"


@pytest.mark.parametrize(
    ("golden", "answer", "words"),
    [
        (BINARY, {"probabilities": [0.25, 0.500002], "model_version": "3"}, "golden row 1 scores 0.500002"),
        (BINARY, {"probabilities": [0.25, None], "model_version": "3"}, "golden row 1 scores None"),
        (BINARY, {"probabilities": [0.25, 0.5], "model_version": "2"}, "says that it is version 2"),
        (BINARY, {"probabilities": [0.25, 0.5]}, "says that it is version None"),
        (BINARY, {"model_version": "3"}, "the number of its scores is 0, not 2"),
        (BINARY, {"probabilities": [], "model_version": "3"}, "the number of its scores is 0, not 2"),
        (BINARY, {"probabilities": [0.25, 0.5, 0.5], "model_version": "3"}, "the number of its scores is 3, not 2"),
        (BINARY, {"probabilities": 0.25, "model_version": "3"}, "the number of its scores is 0, not 2"),
        (BINARY, {"error": "no"}, "answers {'error': 'no'}"),
        (BINARY, "text", "answers 'text'"),
        (CLASSES, {"probabilities": [{"b": 0.75, "a": 0.25}, {}], "model_version": "3"}, "golden row 0 scores"),
        (CLASSES, {"probabilities": [0.25, 0.5], "model_version": "3"}, "golden row 0 scores"),
    ],
)
def test_a_wrong_answer_is_described(golden: GoldenRows, answer: Any, words: str) -> None:
    assert words in golden.find_fault(answer, 3)


def test_a_version_without_golden_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=r"has no golden_rows\.json.*Train and register it again"):
        GoldenRows.read(tmp_path)


def test_a_script_that_refuses_the_model_is_quoted(tmp_path: Path) -> None:
    (tmp_path / "verify.py").write_text("import sys\nprint('a warning', file=sys.stderr)\nsys.exit('not the model')")
    with pytest.raises(OperationError, match=r"^not the model$"):
        verify(tmp_path, tmp_path)
