"""Compare the models of two runs on the test rows that both have, each on its own features, with intervals."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluate import clusters, group
from learning.arguments import ScriptParser, integer, number
from learning.comparison import paired_bootstrap
from learning.errors import InputError, exit_code
from learning.features import as_text
from learning.files import complete_folder, read_columns, sha256, write_json
from learning.intervals import gain_of, group_rows, is_too_few, replicate
from learning.metrics import METRICS, metrics_of
from learning.outcomes import read_outcomes
from learning.scoring import Scorer

COMPARED = "compared.json"
TEST = "test.parquet"


@dataclass(frozen=True)
class Pair:
    """Both models on their common rows: outcomes (rows,), scores of each, and the columns of the second's test part."""

    outcomes: NDArray[Any]
    first: NDArray[Any]
    second: NDArray[Any]
    columns: Mapping[str, NDArray[Any]]
    task: str


def parser() -> argparse.ArgumentParser:
    """Declare the arguments of this script."""
    arguments = ScriptParser(__doc__)
    add = arguments.add_argument
    for name in ("first", "second"):
        add(f"--{name}-model", type=Path, required=True, help=f"folder of train.py of the {name} run")
        add(f"--{name}-data", type=Path, required=True, help=f"folder of prepare.py of the {name} run")
    add("--output", type=Path, required=True, help=f"folder for {COMPARED}")
    add("--target", required=True, help="column with the outcome")
    add("--metric", choices=METRICS, required=True, help="metric to compare slices by")
    add("--slices", nargs="*", default=(), help="columns to report the metric by (none)")
    add("--resample-by", default="", help="column whose values are drawn whole; '' for rows")
    add("--confidence", type=number(above=0.5, below=1), default=0.95, help="of the intervals (%(default)s)")
    add("--resamples", type=integer(at_least=1), default=300, help="draws of the bootstrap (%(default)s)")
    add("--seed", type=integer(at_least=0), default=1, help="of the bootstrap (%(default)s)")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""
    arguments = parser().parse_args(argv)
    return exit_code(lambda: run(arguments))


def run(arguments: argparse.Namespace) -> None:
    """Compare and write; raises InputError on what the arguments or the files got wrong."""
    first, second = Scorer.load(arguments.first_model), Scorer.load(arguments.second_model)
    _require_alike(first, second)
    places = find_common(arguments, first.keys or ())
    pair = score_both(arguments, first, second, places)
    same = len(pair.outcomes)
    found = {
        "rows": same,
        "metrics": compare_metrics(arguments, pair),
        "slices": {name: compare_slices(arguments, pair, name) for name in arguments.slices if name in pair.columns},
        "confidence": arguments.confidence,
        "resamples": arguments.resamples,
    }
    with complete_folder(arguments.output) as folder:
        write_json(folder / COMPARED, found)
    print(f"{same:,} test rows that both runs have")


def _require_alike(first: Scorer, second: Scorer) -> None:
    for what in ("task", "classes", "keys"):
        ours, theirs = getattr(first, what), getattr(second, what)
        if ours != theirs:
            raise InputError(
                f"the models have different {what}, {ours or 'none'} and {theirs or 'none'}: no row compares"
            )


def find_common(arguments: argparse.Namespace, keys: Sequence[str]) -> tuple[NDArray[np.intp], ...]:
    """Return the places of the common rows in each test part, in one order: all of them where the files are the same.

    Raises InputError if no row is in both.
    """
    files = [folder / TEST for folder in (arguments.first_data, arguments.second_data)]
    if sha256(files[0]) == sha256(files[1]):
        every = np.arange(len(read_columns(files[0], [arguments.target])[arguments.target]))
        return every, every
    if not keys:
        raise InputError("the test parts differ, and no column names their rows: nothing can be compared row by row")
    names = [_names(file, keys) for file in files]
    known = {name: place for place, name in enumerate(names[0])}
    second_places = [place for place, name in enumerate(names[1]) if name in known]
    if not second_places:
        raise InputError("no row is in the test parts of both runs: nothing can be compared row by row")
    first_places = [known[names[1][place]] for place in second_places]
    return np.array(first_places, dtype=np.intp), np.array(second_places, dtype=np.intp)


def _names(file: Path, keys: Sequence[str]) -> list[tuple[str | None, ...]]:
    columns = read_columns(file, list(keys))
    return list(zip(*(as_text(columns[key]) for key in keys), strict=True))


def score_both(
    arguments: argparse.Namespace, first: Scorer, second: Scorer, places: tuple[NDArray[np.intp], ...]
) -> Pair:
    """Score the rows with each model, on the features that its own run prepared; rows of two outcomes are left out."""
    found = []
    for scorer, folder, rows in ((first, arguments.first_data, places[0]), (second, arguments.second_data, places[1])):
        more = [arguments.target, *arguments.slices, *([arguments.resample_by] if arguments.resample_by else [])]
        wanted = list(dict.fromkeys([*more, *scorer.columns]))
        columns = {name: values[rows] for name, values in read_columns(folder / TEST, wanted).items()}
        outcomes = read_outcomes(
            scorer.task, columns[arguments.target], scorer.classes, arguments.target, folder / TEST
        )
        found.append((outcomes, scorer.predict(columns), columns))
    agree = found[0][0] == found[1][0]
    if not agree.all():
        raise InputError(
            f"{(~agree).sum():,} of {len(agree):,} common rows have another {arguments.target} in each run: what is "
            "predicted has changed, so that metrics do not compare"
        )
    return Pair(found[1][0], found[0][1], found[1][1], found[1][2], second.task)


def compare_metrics(arguments: argparse.Namespace, pair: Pair) -> dict[str, dict[str, float]]:
    """Return each metric of both with the paired interval of the difference; positive: the second is better."""
    together = clusters(arguments.resample_by, pair.columns, len(pair.outcomes))
    found = {}
    for name, metric in metrics_of(pair.task).items():
        difference = paired_bootstrap(
            metric,
            pair.outcomes,
            pair.second,
            pair.first,
            together,
            confidence=arguments.confidence,
            resamples=arguments.resamples,
            seed=arguments.seed,
        )
        own = {"first": metric(pair.outcomes, pair.first), "second": metric(pair.outcomes, pair.second)}
        found[name] = {**own, **{key: asdict(difference)[key] for key in ("difference", "lower", "upper")}}
    return found


def compare_slices(arguments: argparse.Namespace, pair: Pair, column: str) -> list[dict[str, Any]]:
    """Return the metric of both in each slice with the interval of the difference; None where it has too few rows."""
    codes, values = group(pair.columns[column])
    groups = group_rows(clusters(arguments.resample_by, pair.columns, len(pair.outcomes)), arguments.seed)
    metric, table = METRICS[arguments.metric], []
    for code, value in enumerate(values):
        rows = codes == code
        line: dict[str, Any] = {"value": value, "rows": int(rows.sum()), "first": None, "second": None, "gain": None}
        if not is_too_few(pair.task, pair.outcomes[rows], groups[rows]):
            first, second = (
                replicate(metric, pair.outcomes[rows], scores[rows], groups[rows])
                for scores in (pair.first, pair.second)
            )
            line["gain"] = gain_of(metric, second, first, arguments.confidence)
            if line["gain"]:
                line |= {"first": float(first[0]), "second": float(second[0])}
        table.append(line)
    return table


if __name__ == "__main__":
    raise SystemExit(main())
