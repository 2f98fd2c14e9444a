"""Golden rows: what evaluation keeps of the test part, and what a copy of the model must score alike."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evaluate
import train
import verify
from learning import golden
from learning.features import Feature
from learning.files import HASHES, read_columns, read_json
from learning.scoring import Scorer


@pytest.fixture(scope="module")
def rows(prepared: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden rows of the model."""
    folder = tmp_path_factory.mktemp("evaluated")
    arguments = ["--data", str(prepared), "--model", str(model), "--output", str(folder), "--resamples", "2"]
    assert evaluate.main(arguments) == 0
    return folder / golden.FILE


@pytest.fixture
def bundle(rows: Path, model: Path, tmp_path: Path) -> Path:
    """A copy of the model with its golden rows, as it is registered."""
    folder = tmp_path / "bundle"
    shutil.copytree(model, folder)
    shutil.copy(rows, folder)
    return folder


def test_golden_rows_carry_the_scores_of_the_whole_test_part(rows: Path, prepared: Path, model: Path) -> None:
    document, scorer = read_json(rows), Scorer.load(model)
    scores = scorer.predict(read_columns(prepared / "test.parquet", scorer.columns))
    places = np.linspace(0, len(scores) - 1, 20).round().astype(int)
    assert document["scores"] == scores[places].tolist()
    assert all([*row] == scorer.columns for row in document["rows"])


def test_a_copy_of_the_model_scores_them_alike(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main(["--model", str(bundle)]) == 0
    assert capsys.readouterr().out == "20 golden rows score as they did when the model was evaluated\n"


def _other_model(bundle: Path, prepared: Path) -> None:
    small = ["--trees", "1", "--leaves", "3", "--threads", "1"]
    assert train.main(["--data", str(prepared), "--output", str(bundle), *small]) == 0


def _edited(change: Callable[[Any], None]) -> Callable[[Path, Path], None]:
    def edit(bundle: Path, _prepared: Path) -> None:
        document = json.loads((bundle / golden.FILE).read_text())
        change(document)
        (bundle / golden.FILE).write_text(json.dumps(document))

    return edit


def _swapped_features(bundle: Path, _prepared: Path) -> None:
    document = json.loads((bundle / "features.json").read_text())
    document["features"].reverse()
    (bundle / "features.json").write_text(json.dumps(document))
    (bundle / HASHES).unlink()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        pytest.param(_other_model, "golden row 0 scores", id="another-model"),
        pytest.param(_swapped_features, "golden row|must hold a number", id="features-swapped"),
        pytest.param(_edited(lambda found: found["scores"].__setitem__(3, 0.5)), "golden row 3 scores", id="score"),
        pytest.param(_edited(lambda found: found["scores"].pop()), "a score for each", id="a-score-less"),
        pytest.param(_edited(lambda found: found["rows"][1].popitem()), "exactly the model's", id="a-feature-less"),
        pytest.param(_edited(lambda found: found.update(rows=[], scores=[])), "exactly the model's", id="none"),
        pytest.param(_edited(lambda found: found.pop("rows")), "not what evaluate.py writes", id="other-json"),
        pytest.param(lambda bundle, _: (bundle / golden.FILE).unlink(), "does not exist", id="missing"),
        pytest.param(lambda bundle, _: (bundle / "model.onnx").write_bytes(b"half"), "damaged", id="half-copied"),
    ],
)
def test_what_is_not_the_registered_model_is_refused(
    harm: Callable[[Path, Path], None], words: str, bundle: Path, prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(bundle, prepared)
    assert verify.main(["--model", str(bundle)]) == 1
    assert re.search(words, capsys.readouterr().err)


def test_a_row_that_no_request_can_say_is_not_chosen() -> None:
    number = np.array([1.0, np.inf, np.nan])
    matrix = number.astype(np.float32)[:, None]
    chosen = golden.choose({"a": number}, [Feature("a", "number")], matrix, np.array([0.1, 0.2, 0.3]), 5)
    assert chosen == {"rows": [{"a": 1.0}, {"a": None}], "scores": [0.1, 0.3]}
