"""Evaluate a model on the test part: metrics, slices, plots and, where there is one, against the champion."""

import argparse
import gc
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
from numpy.typing import NDArray

from learning.arguments import integer, number
from learning.comparison import paired_bootstrap
from learning.errors import InputError, exit_code
from learning.files import complete_folder, read_columns, write_json
from learning.metrics import METRICS, calibration_table, slice_table
from learning.scoring import Scorer
from learning.use_cases import UseCase, chosen

Columns = Mapping[str, NDArray[Any]]


def parser(use_case: UseCase) -> argparse.ArgumentParser:
    """The arguments of this script."""
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    add = arguments.add_argument
    add("--use-case", default=use_case.name, help="name of a package beside this script (%(default)s)")
    add("--data", type=Path, required=True, help="folder of prepare.py, with test.parquet")
    add("--model", type=Path, required=True, help="folder of train.py: the candidate")
    add("--output", type=Path, required=True, help="folder for metrics.json and the plots")
    add("--champion", type=Path, help="folder of the model to compare with (default: none)")
    add("--metric", choices=METRICS, default="roc_auc", help="metric to compare by (%(default)s)")
    add("--confidence", type=number(above=0.5, below=1), default=0.95, help="of the interval (%(default)s)")
    add("--resamples", type=integer(at_least=1), default=1000, help="draws of the bootstrap (%(default)s)")
    add("--resample-by", default=use_case.together, help="column whose values are drawn whole; '' for rows")
    add("--slices", nargs="*", default=use_case.sliced_by, help="columns to report metrics by (%(default)s)")
    add("--seed", type=integer(at_least=0), default=1, help="of the bootstrap (%(default)s)")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""

    def work() -> None:
        use_case = chosen(argv)
        run(use_case, parser(use_case).parse_args(argv))

    return exit_code(work)


def run(use_case: UseCase, arguments: argparse.Namespace) -> None:
    """Write metrics.json and the plots; raises InputError on what the arguments or the files got wrong."""
    candidate = Scorer.load(arguments.model)
    test = arguments.data / "test.parquet"
    drawn_by = [arguments.resample_by] if arguments.resample_by else []
    columns = read_columns(
        test, list(dict.fromkeys([use_case.target, *arguments.slices, *drawn_by, *candidate.columns]))
    )
    labels = binary_labels(test, use_case.target, columns[use_case.target])
    models = {"candidate": candidate.probabilities(columns)}
    if np.isnan(models["candidate"]).any():
        raise InputError(f"{arguments.model} scores {test} with NaN, which is no probability: train the model again")
    comparison = compare(arguments, test, columns, labels, models) if arguments.champion else None
    summary: dict[str, Any] = {
        "task": use_case.task,
        "event": use_case.event,
        "target": use_case.target,
        "rows_are": use_case.rows,
        "predicted_at": use_case.predicted_at,
        "rows": len(labels),
        "positive_share": float(labels.mean()),
        "metrics": all_metrics(labels, models["candidate"]),
        "calibration": calibration_table(labels, models["candidate"]),
        "slices": slices(arguments, columns, labels, models["candidate"]),
        "champion": {
            "metrics": all_metrics(labels, models["champion"]),
            "slices": slices(arguments, columns, labels, models["champion"]),
        }
        if "champion" in models
        else None,
        "comparison": comparison,
    }
    from learning.plots import save_plots  # brings matplotlib: only once the input is known to be good

    with complete_folder(arguments.output) as folder:
        save_plots(folder, labels, models, use_case.event)
        write_json(folder / "metrics.json", summary)
    gc.freeze()  # else Python looks for cycles in all that was imported before it ends: a fifth of a second
    # The last line printed, which the progress display shows.
    print(", ".join(f"{name} {value:.4f}" for name, value in summary["metrics"].items()))


def binary_labels(path: Path, target: str, values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return the target (rows,); raises InputError unless both classes, and nothing else, are there."""
    if set(np.unique(values)) != {0, 1}:
        found = ", ".join(map(str, np.unique(values)[:5])) or "no row"
        raise InputError(
            f"{path} must hold {target} = 0 and {target} = 1, and holds {found}: prepare a longer test part"
        )
    return values.astype(np.bool_)


def all_metrics(labels: NDArray[Any], scores: NDArray[Any]) -> dict[str, float]:
    """Return every metric of METRICS by name."""
    return {name: metric(labels, scores) for name, metric in METRICS.items()}


def slices(
    arguments: argparse.Namespace, columns: Columns, labels: NDArray[Any], scores: NDArray[Any]
) -> dict[str, list[dict[str, str | float | None]]]:
    """Return the table of each column to slice by, with the metric to compare by among its metrics."""
    return {name: slice_table(*group(columns[name]), labels, scores, [arguments.metric]) for name in arguments.slices}


def group(column: NDArray[Any]) -> tuple[NDArray[np.intp], list[str]]:
    """Return the code of each row (rows,) and the value of each code, in ascending order; a missing one is 'None'."""
    sortable = column.astype(str) if column.dtype == object else column
    values, codes = np.unique(sortable, return_inverse=True)
    return codes, [str(value) for value in values]


def compare(
    arguments: argparse.Namespace, test: Path, columns: Columns, labels: NDArray[Any], models: dict[str, NDArray[Any]]
) -> dict[str, Any]:
    """Add the champion's scores to `models` and return the comparison, or the reason why there can be none."""
    champion = Scorer.load(arguments.champion)
    present = pyarrow.parquet.read_schema(test).names
    missing = [name for name in champion.columns if name not in present]
    if missing:
        reason = f"the champion needs column {', '.join(missing)}, which the test data lack"
        return {"metric": arguments.metric, "impossible": reason}
    scores = champion.probabilities(read_columns(test, champion.columns))
    if np.isnan(scores).any():
        return {"metric": arguments.metric, "impossible": "the champion scores some of the test data with NaN"}
    models["champion"] = scores
    difference = paired_bootstrap(
        METRICS[arguments.metric],
        labels,
        models["candidate"],
        models["champion"],
        clusters(arguments.resample_by, columns, len(labels)),
        confidence=arguments.confidence,
        resamples=arguments.resamples,
        seed=arguments.seed,
    )
    settings = {"confidence": arguments.confidence, "resamples": arguments.resamples}
    return {"metric": arguments.metric, **asdict(difference), **settings}


def clusters(resample_by: str, columns: Columns, rows: int) -> NDArray[np.intp]:
    """Return what the bootstrap draws as a whole, (rows,): each value of the column, or each row if there is none."""
    if not resample_by:
        return np.arange(rows)
    codes, values = group(columns[resample_by])
    if len(values) < 2:
        raise InputError(
            f"--resample-by {resample_by} has one value only: choose another column, or '' for single rows"
        )
    return codes


if __name__ == "__main__":
    raise SystemExit(main())
