"""Train a model on prepared rows and save it in its own format and as ONNX, after checking that both agree."""

import argparse
import atexit
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.arguments import ScriptParser, integer, number, select
from learning.errors import InputError
from learning.features import Feature, Matrix, encode, fit_features, to_json
from learning.files import complete_folder, count_rows, each_column, write_json
from learning.fitting import WITHOUT_EFFECT, FittedModel, Settings, TrainingRows
from learning.linear import fit_baseline
from learning.metrics import METRICS
from learning.models import MODELS
from learning.outcomes import constant_scores, find_classes, read_outcomes
from learning.scoring import Scorer
from learning.tasks import REGRESSION, TASKS
from learning.use_cases import UseCase, run_script

BYTES = 12  # that each value of a feature takes at the most while a model is fit, float32 and what is made of it


def parser(use_case: UseCase) -> argparse.ArgumentParser:
    """Declare the arguments of this script."""
    arguments = ScriptParser(__doc__)
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
    add("--feature-fraction", type=number(above=0, at_most=1), default=1.0, help="share of features a tree may use")
    add("--bagging-fraction", type=number(above=0, at_most=1), default=1.0, help="share of rows drawn for each tree")
    add("--l2", type=number(at_least=0), default=0.0, help="penalty on large leaves, or coefficients")
    add(
        "--early-stopping-rounds",
        type=integer(at_least=0),
        default=0,
        help="stop after so many trees without gain on rows held back; 0 is off",
    )
    add("--validation-share", type=number(above=0, below=1), default=0.1, help="of the rows: held back to stop early")
    add("--validation-rows", choices=["last", "random"], default="last", help="which rows are held back")
    add("--most-rows", type=integer(at_least=0), default=0, help="learn from so many rows, evenly spread; 0 is all")
    add("--threads", type=integer(at_least=1, at_most=256), default=2, help="threads for training")
    add(
        "--onnx-tolerance",
        type=number(above=0),
        default=1e-5,
        help="most that native and ONNX scores may differ, regression in standard deviations",
    )
    add(
        "--onnx-check-rows",
        type=integer(at_least=1),
        default=10_000,
        help="rows, evenly spread, to compare on; the training metric is of them",
    )
    return arguments


def run(use_case: UseCase, arguments: argparse.Namespace) -> None:
    """Read, fit, check, write."""
    path = arguments.data / "train.parquet"
    chosen = choose_rows(path, len(use_case.features), arguments.most_rows)
    rows = read_rows(path, use_case, chosen)
    settings = select(arguments, Settings)
    model = MODELS[arguments.model](rows, settings)
    with complete_folder(arguments.output) as folder:
        write_json(folder / "features.json", to_json(rows.features, use_case.keys, rows.task, rows.classes))
        (folder / "model.txt").write_text(model.native, encoding="utf-8")
        (folder / "model.onnx").write_bytes(model.onnx)
        found = check(arguments, rows, model, folder)
        write_baselines(rows, settings, folder)
        write_json(folder / "metrics.json", found)
    difference = found["largest_onnx_difference"]
    # The last line printed, which the progress display shows.
    ignored = f" ({', '.join(model.facts[WITHOUT_EFFECT])} have no effect)" if WITHOUT_EFFECT in model.facts else ""
    sampled = f" of {len(rows.outcomes):,} rows, evenly spread" if isinstance(chosen, np.ndarray) else ""
    used = f"{arguments.model} on {len(rows.features)} features{sampled}{ignored}"
    print(f"{used}; native and ONNX differ by at most {difference:.1g}")


def choose_rows(path: Path, features: int, most: int) -> slice | NDArray[np.intp]:
    """Choose all rows, or `most` of them, evenly spread; raises InputError if they are too many for this machine."""
    rows, fit = count_rows(path), memory() // (BYTES * features)
    if (min(rows, most) if most else rows) > fit:
        size = rows * features * BYTES / 1e9
        raise InputError(
            f"{path} has {rows:,} rows of {features} features, and learning from them takes about {size:,.1f} GB, more "
            f"than this machine has: take a larger one, or --most-rows {max(1, fit // 2)}"
        )
    return np.linspace(0, rows - 1, most).astype(np.intp) if 0 < most < rows else slice(None)


def memory() -> int:
    """Return the bytes of memory of this machine; without end where it does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        return sys.maxsize


def read_rows(path: Path, use_case: UseCase, chosen: slice | NDArray[np.intp]) -> TrainingRows:
    """Read and encode what the model learns from, column by column: nothing but the matrix is in memory as a whole."""
    columns = each_column(path, [use_case.target, *use_case.features])
    task, target = use_case.task, next(columns)[1][chosen]
    classes = find_classes(task, target)
    outcomes = read_outcomes(task, target, classes, use_case.target, path)
    matrix: Matrix = np.empty((len(outcomes), len(use_case.features)), dtype=np.float32)
    features: list[Feature] = []
    for name, values in columns:
        column = {name: values[chosen]}
        features += fit_features(column, {name: use_case.features[name]})
        matrix[:, [len(features) - 1]] = encode(column, features[-1:])
    return TrainingRows(matrix, outcomes, tuple(features), use_case.event, task, classes)


def check(arguments: argparse.Namespace, rows: TrainingRows, model: FittedModel, folder: Path) -> dict[str, Any]:
    """Return the content of metrics.json; raises InputError unless the ONNX model is the one that was trained."""
    checked = slice(None, None, max(1, len(rows.matrix) // arguments.onnx_check_rows))
    scorer, metric = Scorer.load(folder), TASKS[rows.task].metric
    served = scorer.score(rows.matrix[checked])
    unit = float(rows.outcomes.std()) if rows.task == REGRESSION else 1.0
    difference = largest_difference(model.predict(rows.matrix[checked]), served) / unit
    require_agreement(difference, arguments.onnx_tolerance)
    edges = rows_on_thresholds(rows.matrix, model.thresholds)
    at_thresholds = largest_difference(model.predict(edges), scorer.score(edges)) / unit if len(edges) else 0.0
    require_agreement(at_thresholds, arguments.onnx_tolerance)
    return {
        "rows": len(rows.outcomes),
        "features": len(rows.features),
        "onnx_check_rows": len(served),
        "threshold_rows": len(edges),
        f"train_{metric}": METRICS[metric](rows.outcomes[checked], served),
        "largest_onnx_difference": difference,
        "largest_onnx_difference_at_thresholds": at_thresholds,
        **model.facts,
    }


def write_baselines(rows: TrainingRows, settings: Settings, folder: Path) -> None:
    """Write what evaluation names beside the model: a linear one, and the answer of one that knows no feature."""
    (folder / "linear.onnx").write_bytes(fit_baseline(rows, settings).onnx)
    write_json(folder / "constant.json", constant_scores(rows.task, rows.outcomes, len(rows.classes)))


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


def largest_difference(native: NDArray[np.float64], served: NDArray[np.floating[Any]]) -> float:
    """Return the largest absolute difference between native and served scores."""
    return float(np.abs(native - served).max())


def require_agreement(difference: float, tolerance: float) -> None:
    """Raise InputError when the ONNX model is not the model that was trained."""
    if not difference <= tolerance:  # NaN does not agree either
        raise InputError(f"native and ONNX scores differ by {difference:.2g}: more than --onnx-tolerance {tolerance}")


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""
    return run_script(argv, parser, run)


if __name__ == "__main__":
    # What is imported stays till the end: to look through it for garbage, then and before, takes a quarter of a second.
    gc.set_threshold(500_000)
    atexit.register(gc.freeze)
    raise SystemExit(main())
