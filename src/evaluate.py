"""Evaluate a model on the test part: metrics, slices, plots and, where there is one, against the champion."""

import argparse
import atexit
import gc
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
from numpy.typing import NDArray

from learning import golden, importance, quality
from learning.arguments import ScriptParser, integer, number
from learning.comparison import paired_bootstrap
from learning.errors import InputError
from learning.features import as_text, encode
from learning.files import complete_folder, read_columns, read_json, write_json
from learning.intervals import group_rows
from learning.metrics import METRICS, calibration_table, confusion_table, metrics_of, slice_table
from learning.outcomes import Outcomes, read_outcomes, summarize
from learning.quality import Tested
from learning.scoring import Scorer, Scores
from learning.tasks import BINARY, MULTICLASS, REGRESSION, TASKS
from learning.thresholds import Costs
from learning.use_cases import UseCase, run_script

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Evaluation:
    """What is written: metrics.json, other files by name, and outcomes and the scores of each model for the plots.

    The others are what the model card shows beside the metrics, rows that prove a copy of the model, and rows against
    which predictions are explained; there are none, and no plots, with `--outputs metrics`.
    """

    summary: dict[str, Any]
    others: Mapping[str, dict[str, Any]]
    outcomes: Outcomes
    models: dict[str, Scores]
    classes: Sequence[str]


def parser(use_case: UseCase) -> argparse.ArgumentParser:
    """Declare the arguments of this script."""
    arguments = ScriptParser(__doc__)
    add = arguments.add_argument
    add("--use-case", default=use_case.name, help="name of a package beside this script (%(default)s)")
    add("--data", type=Path, required=True, help="folder of prepare.py, with test.parquet")
    add("--model", type=Path, required=True, help="folder of train.py: the candidate")
    add("--output", type=Path, required=True, help="folder for metrics.json, quality.json and the plots")
    add("--champion", type=Path, help="folder of the model to compare with (default: none)")
    add("--metric", choices=METRICS, help="metric to compare by (default: the first of the task)")
    add("--confidence", type=number(above=0.5, below=1), default=0.95, help="of the interval (%(default)s)")
    add("--resamples", type=integer(at_least=1), default=1000, help="draws of the bootstrap (%(default)s)")
    add("--resample-by", default=use_case.together, help="column whose values are drawn whole; '' for rows")
    add("--slices", nargs="*", default=use_case.sliced_by, help="columns to report metrics by (%(default)s)")
    add("--fairness", nargs="*", default=(), help="columns with groups that the model should treat alike (none)")
    add("--false-alarm-cost", type=number(at_least=0), default=0.0, help="of an alarm without the event; 0: not known")
    add("--missed-cost", type=number(at_least=0), default=0.0, help="of an event without an alarm; 0: not known")
    add("--golden-rows", type=integer(at_least=1), default=20, help="test rows kept with their scores (%(default)s)")
    add("--seed", type=integer(at_least=0), default=1, help="of the bootstrap (%(default)s)")
    add("--outputs", choices=("all", "metrics"), default="all", help="all, or metrics.json alone, far sooner (all)")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""
    return run_script(argv, parser, run)


def run(use_case: UseCase, arguments: argparse.Namespace) -> None:
    """Write metrics, golden rows and plots; raises InputError on what the arguments or the files got wrong."""
    write(arguments.output, assess(use_case, arguments))


def assess(use_case: UseCase, arguments: argparse.Namespace) -> Evaluation:
    """Return what there is to write; raises InputError on what the arguments or the files got wrong."""
    task, target, test = use_case.task, use_case.target, arguments.data / "test.parquet"
    metric, costs = choose_metric(arguments.metric, task), choose_costs(arguments, task)
    candidate = load_candidate(arguments.model, task)
    drawn_by = [arguments.resample_by] if arguments.resample_by else []
    named = [target, *arguments.slices, *arguments.fairness, *drawn_by, *candidate.columns]
    columns = read_columns(test, list(dict.fromkeys(named)))
    outcomes = read_outcomes(task, columns[target], candidate.classes, target, test)
    matrix = encode(columns, candidate.features)
    models = {"candidate": candidate.score(matrix)}
    if np.isnan(models["candidate"]).any():
        raise InputError(f"{arguments.model} scores {test} with NaN, which is not a prediction: train the model again")
    comparison = compare(arguments, metric, candidate, columns, outcomes, models) if arguments.champion else None

    def measure(model: str) -> dict[str, Any]:
        by_slice = slices(arguments.slices, task, metric, columns, outcomes, models[model])
        return {"metrics": all_metrics(task, outcomes, models[model]), "slices": by_slice}

    found = measure("candidate")
    beside = baselines(arguments.model, candidate, matrix)
    summary = {
        **describe(use_case, outcomes, candidate.classes),
        "metrics": found["metrics"],
        "baselines": {name: all_metrics(task, outcomes, scores) for name, scores in beside.items()},
        **tables(candidate, outcomes, models["candidate"]),
        "slices": found["slices"],
        "champion": measure("champion") if "champion" in models else None,
        "comparison": comparison,
    }
    others: dict[str, dict[str, Any]] = {}
    if arguments.outputs == "all":
        drawn = group(columns[arguments.resample_by])[0] if arguments.resample_by else np.zeros(len(outcomes), np.intp)
        groups = group_rows(drawn if drawn.any() else np.arange(len(outcomes)), arguments.seed)
        tested = Tested(task, metric, outcomes, models["candidate"], groups, arguments.confidence, arguments.seed)
        shown = describe_quality(arguments, tested, costs, columns, beside)
        shown |= quality.explanation(candidate.score, matrix, candidate.features, tested)
        rows = golden.choose(columns, candidate.features, matrix, models["candidate"], arguments.golden_rows)
        others = {quality.FILE: shown, golden.FILE: rows, importance.FILE: importance.background(matrix)}
    return Evaluation(summary, others, outcomes, models, candidate.classes)


def describe_quality(
    arguments: argparse.Namespace,
    tested: Tested,
    costs: Costs,
    columns: Columns,
    beside: Mapping[str, NDArray[Any]],
) -> dict[str, Any]:
    """Return what the model card shows beside metrics: intervals, thresholds and, if declared, groups of people."""
    sliced, fair = ({name: group(columns[name]) for name in names} for names in (arguments.slices, arguments.fairness))
    found = {"intervals": quality.intervals(tested, sliced, beside), **quality.thresholds(tested, costs)}
    cheapest = found.get("thresholds", {}).get("cheapest")
    chosen = {"threshold": cheapest["threshold"]} if cheapest else {}
    return {**found, **quality.fairness(tested, fair, **chosen)}


def describe(use_case: UseCase, outcomes: Outcomes, classes: Sequence[str]) -> dict[str, Any]:
    """Say what is predicted, of what and when, and how the outcomes are distributed."""
    return {
        "task": use_case.task,
        "event": use_case.event,
        "target": use_case.target,
        "rows_are": use_case.rows,
        "predicted_at": use_case.predicted_at,
        "rows": len(outcomes),
        **summarize(use_case.task, outcomes, classes),
    }


def write(folder: Path, found: Evaluation) -> None:
    """Write the summary and, with the other files, the plots into the folder, whole or not at all."""
    summary = found.summary
    with complete_folder(folder) as partial:
        if found.others:
            from learning.plots import Picture, save_plots  # brings matplotlib: only once the input is known to be good

            picture = Picture(found.outcomes, found.models, summary["event"], found.classes)
            save_plots(partial, summary["task"], picture)
        write_json(partial / "metrics.json", summary)
        for name, content in found.others.items():
            write_json(partial / name, content)
    # The last line printed, which the progress display shows.
    print(", ".join(f"{name} {value:.4f}" for name, value in summary["metrics"].items()))


def choose_metric(name: str | None, task: str) -> str:
    """Return the metric to compare by; raises InputError for one of another task."""
    if name and name not in metrics_of(task):
        raise InputError(f"--metric {name} is not for the task {task}: choose one of {', '.join(metrics_of(task))}")
    return name or TASKS[task].metric


def choose_costs(arguments: argparse.Namespace, task: str) -> Costs:
    """Return what wrong answers cost; raises InputError for one cost without the other, or of another task."""
    costs = Costs(arguments.false_alarm_cost, arguments.missed_cost)
    if costs != Costs() and task != BINARY:
        raise InputError(f"--false-alarm-cost and --missed-cost are of binary models, and this one is {task}: set 0")
    if costs != Costs() and not costs.known:
        raise InputError("--false-alarm-cost and --missed-cost must both be above 0, or both 0: one weighs the other")
    return costs


def load_candidate(folder: Path, task: str) -> Scorer:
    """Load the model to evaluate; raises InputError if it was trained for another task."""
    candidate = Scorer.load(folder)
    if candidate.task != task:
        raise InputError(f"{folder} is a model of the task {candidate.task}, and the use case's is {task}: train again")
    return candidate


def all_metrics(task: str, outcomes: Outcomes, scores: NDArray[Any]) -> dict[str, float]:
    """Return every metric of the task by name."""
    return {name: metric(outcomes, scores) for name, metric in metrics_of(task).items()}


def baselines(folder: Path, candidate: Scorer, matrix: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return the scores of what train.py has put beside the model to measure it by: an older model has none of it."""
    if not (folder / "constant.json").is_file():
        return {}
    constant = np.array(read_json(folder / "constant.json"), dtype=np.float64)
    answers = np.tile(constant, (len(matrix), 1)) if candidate.classes else np.full(len(matrix), constant[0])
    return {"constant": answers, "linear": Scorer.load(folder, file="linear.onnx").score(matrix)}


def tables(candidate: Scorer, outcomes: Outcomes, scores: NDArray[Any]) -> dict[str, Any]:
    """Return what only some tasks have: calibration, and of classes how often each is taken for which."""
    calibrated = candidate.task != REGRESSION
    found: dict[str, Any] = {"calibration": calibration_table(outcomes, scores)} if calibrated else {}
    if candidate.task == MULTICLASS:
        found |= {"classes": list(candidate.classes), "confusion": confusion_table(outcomes, scores)}
    return found


def slices(
    names: Sequence[str], task: str, metric: str, columns: Columns, outcomes: Outcomes, scores: NDArray[Any]
) -> dict[str, list[dict[str, str | float | None]]]:
    """Return the table of each column to slice by, with the metric to compare by among its metrics."""
    return {name: slice_table(*group(columns[name]), task, outcomes, scores, [metric]) for name in names}


def group(column: NDArray[Any]) -> tuple[NDArray[np.intp], list[str]]:
    """Return the code of each row (rows,) and the text of each code, in ascending order; a missing value is 'None'."""
    sortable = np.array([str(text) for text in as_text(column)]) if column.dtype == object else column
    values, codes = np.unique(sortable, return_inverse=True)
    return codes, [str(text) for text in as_text(values)]


def compare(
    arguments: argparse.Namespace,
    metric: str,
    candidate: Scorer,
    columns: Columns,
    outcomes: Outcomes,
    models: dict[str, NDArray[Any]],
) -> dict[str, Any]:
    """Add the champion's scores to `models` and return the comparison, or the reason why there can be none."""
    try:
        models["champion"] = score_champion(arguments, candidate, columns)
    except IncomparableError as error:
        return {"metric": metric, "impossible": str(error)}
    difference = paired_bootstrap(
        METRICS[metric],
        outcomes,
        models["candidate"],
        models["champion"],
        clusters(arguments.resample_by, columns, len(outcomes)),
        confidence=arguments.confidence,
        resamples=arguments.resamples,
        seed=arguments.seed,
    )
    settings = {"confidence": arguments.confidence, "resamples": arguments.resamples}
    return {"metric": metric, **asdict(difference), **settings}


class IncomparableError(Exception):
    """The champion cannot be compared: no failure of the candidate, and the message goes into metrics.json."""


def score_champion(arguments: argparse.Namespace, candidate: Scorer, columns: Columns) -> NDArray[Any]:
    """Return the champion's scores on the test part, whose `columns` are read but for what only the champion needs.

    Raises IncomparableError where there can be none.
    """
    champion, test = Scorer.load(arguments.champion), arguments.data / "test.parquet"
    if champion.task != candidate.task:
        raise IncomparableError(f"the champion is of the task {champion.task}, this model of {candidate.task}")
    if champion.classes != candidate.classes:
        ours, theirs = ", ".join(candidate.classes), ", ".join(champion.classes)
        raise IncomparableError(f"the champion knows the classes {theirs}, this model {ours}")
    present = pyarrow.parquet.read_schema(test).names
    missing = [name for name in champion.columns if name not in present]
    if missing:
        raise IncomparableError(f"the champion needs column {', '.join(missing)}, which the test data lack")
    only_there = read_columns(test, [name for name in champion.columns if name not in columns])
    scores = champion.predict({**columns, **only_there})
    if np.isnan(scores).any():
        raise IncomparableError("the champion scores some of the test data with NaN")
    return scores


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
    # What is imported stays till the end: to look through it for garbage, then and before, takes a quarter of a second.
    gc.set_threshold(500_000)
    atexit.register(gc.freeze)
    raise SystemExit(main())
