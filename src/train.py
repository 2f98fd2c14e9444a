"""Train a model on prepared rows and save it in its own format and as ONNX, after checking that both agree."""

import argparse
import gc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.arguments import integer, number, select
from learning.errors import InputError, exit_code
from learning.features import Matrix, encode, fit_features, to_json
from learning.files import complete_folder, read_columns, write_json
from learning.metrics import METRICS
from learning.models import MODELS, Settings, TrainingRows
from learning.scoring import Scorer
from learning.use_cases import UseCase, chosen


def parser(use_case: UseCase) -> argparse.ArgumentParser:
    """The arguments of this script."""
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    add = arguments.add_argument
    add("--use-case", default=use_case.name, help="name of a package beside this script (%(default)s)")
    add("--data", type=Path, required=True, help="folder with train.parquet, as prepare.py writes it")
    add("--output", type=Path, required=True, help="folder for model.onnx, model.txt, features.json and metrics.json")
    add("--model", choices=MODELS, default="lightgbm", help="a key of MODELS in learning/models.py")
    add("--seed", type=integer(at_least=0), default=1, help="same seed and data, same model")
    add("--trees", type=integer(at_least=1), default=200, help="number of trees")
    add("--leaves", type=integer(at_least=2), default=63, help="most leaves a tree may have")
    add("--learning-rate", type=number(above=0), default=0.1, help="how much each tree counts")
    add("--min-rows-per-leaf", type=integer(at_least=1), default=20, help="fewest rows a leaf may hold")
    add("--threads", type=integer(at_least=1, at_most=256), default=2, help="threads for training")
    add("--onnx-tolerance", type=number(above=0), default=1e-5, help="most that native and ONNX scores may differ")
    add(
        "--onnx-check-rows",
        type=integer(at_least=1),
        default=10_000,
        help="rows, evenly spread, to compare on; train_roc_auc is of them",
    )
    return arguments


def run(use_case: UseCase, arguments: argparse.Namespace) -> None:
    """Read, fit, check, write."""
    rows = read_rows(arguments.data / "train.parquet", use_case)
    model = MODELS[arguments.model](rows, select(arguments, Settings))
    with complete_folder(arguments.output) as folder:
        (folder / "model.txt").write_text(model.native, encoding="utf-8")
        (folder / "model.onnx").write_bytes(model.onnx)
        write_json(folder / "features.json", to_json(rows.features, use_case.keys))
        checked = slice(None, None, max(1, len(rows.matrix) // arguments.onnx_check_rows))
        scorer = Scorer.load(folder)
        served = scorer.score(rows.matrix[checked])
        difference = largest_difference(model.probabilities(rows.matrix[checked]), served)
        require_agreement(difference, arguments.onnx_tolerance)
        counts = {"rows": len(rows.labels), "features": len(rows.features), "onnx_check_rows": len(served)}
        train_roc_auc = METRICS["roc_auc"](rows.labels[checked], served)
        edges = rows_on_thresholds(rows.matrix, model.thresholds)
        at_thresholds = largest_difference(model.probabilities(edges), scorer.score(edges)) if len(edges) else 0.0
        require_agreement(at_thresholds, arguments.onnx_tolerance)
        counts["threshold_rows"] = len(edges)
        found = {
            "train_roc_auc": train_roc_auc,
            "largest_onnx_difference": difference,
            "largest_onnx_difference_at_thresholds": at_thresholds,
        }
        write_json(folder / "metrics.json", counts | found)
    gc.freeze()  # else Python looks for cycles in all that was imported before it ends: a fifth of a second
    # The last line printed, which the progress display shows.
    print(f"{arguments.model} on {len(rows.features)} features; native and ONNX differ by at most {difference:.1g}")


def read_rows(path: Path, use_case: UseCase) -> TrainingRows:
    """Read and encode what the model learns from; the columns themselves are out of memory before it is fit."""
    target = use_case.target
    columns = read_columns(path, [*use_case.features, target])
    require_both_outcomes(columns[target], target)
    features = fit_features(columns, use_case.features)
    return TrainingRows(encode(columns, features), columns[target], features, use_case.event)


def require_both_outcomes(labels: NDArray[Any], target: str) -> None:
    """Raise InputError unless the target holds ones and zeros, and nothing else."""
    outcomes = np.unique(labels).tolist()
    if outcomes != [0, 1]:
        raise InputError(f"column {target} of train.parquet must hold 0 and 1 to learn from, and holds {outcomes}")


def rows_on_thresholds(matrix: Matrix, thresholds: Mapping[int, NDArray[np.float64]]) -> Matrix:
    """Return rows (thresholds, features) of the matrix, evenly spread, each with one value moved onto a threshold.

    That is, to the float32 nearest to it: where native and ONNX differ, if they do.
    """
    count = sum(map(len, thresholds.values()))
    rows: Matrix = matrix[np.linspace(0, len(matrix) - 1, count).astype(int)]
    position = 0
    for column, values in thresholds.items():
        rows[position : position + len(values), column] = values
        position += len(values)
    return rows


def largest_difference(native: NDArray[np.float64], served: NDArray[np.float32]) -> float:
    """The largest absolute difference between native and served probabilities."""
    return float(np.abs(native - served).max())


def require_agreement(difference: float, tolerance: float) -> None:
    """Raise InputError when the ONNX model is not the model that was trained."""
    if not difference <= tolerance:  # NaN does not agree either
        raise InputError(
            f"native and ONNX probabilities differ by {difference:.2g}: more than --onnx-tolerance {tolerance}"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""

    def work() -> None:
        use_case = chosen(argv)
        run(use_case, parser(use_case).parse_args(argv))

    return exit_code(work)


if __name__ == "__main__":
    raise SystemExit(main())
