"""Explain single predictions: how much each feature moves them away from the average prediction."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.arguments import ScriptParser, integer
from learning.attribution import Attribution, attribute
from learning.errors import InputError, exit_code
from learning.features import Column, Matrix, as_text, encode
from learning.files import complete_folder, read_json, write_json
from learning.row_files import read_rows
from learning.scoring import Scorer

EXPLANATIONS = "explanations.json"


def parser() -> argparse.ArgumentParser:
    """Declare the arguments of this script."""
    arguments = ScriptParser(__doc__)
    add = arguments.add_argument
    add("--rows", type=Path, required=True, help="the rows to explain, prepared: .parquet, .csv or .json")
    add("--model", type=Path, required=True, help="folder of train.py")
    add("--background", type=Path, required=True, help="background.json of evaluate.py: what rows are compared with")
    add("--output", type=Path, required=True, help="folder for explanations.json")
    add("--most", type=integer(at_least=1), default=100, help="more rows are refused (%(default)s)")
    add("--seed", type=integer(at_least=0), default=1, help="of the sample")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""
    arguments = parser().parse_args(argv)
    return exit_code(lambda: run(arguments))


def run(arguments: argparse.Namespace) -> None:
    """Explain each row and write; raises InputError on what the arguments or the files got wrong."""
    scorer = Scorer.load(arguments.model)
    columns = read_rows(arguments.rows, scorer.features, scorer.keys or ())
    matrix = encode(columns, scorer.features)
    _require_few(arguments, len(matrix))
    against = read_background(arguments.background, len(scorer.features))
    found = [_explain(scorer, columns, place, row, against, arguments.seed) for place, row in enumerate(matrix)]
    with complete_folder(arguments.output) as folder:
        document = {"task": scorer.task, "classes": list(scorer.classes), "rows": found}
        write_json(folder / EXPLANATIONS, {**document, "background_rows": len(against)})
    print(f"{len(found):,} rows against {len(against)} rows of the test part")


def read_background(file: Path, features: int) -> Matrix:
    """Read the rows to compare with (rows, features); raises InputError unless they are of a model like this."""
    try:
        rows = [[np.nan if value is None else float(value) for value in row] for row in read_json(file)["rows"]]
        matrix: Matrix = np.array(rows, dtype=np.float32)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{file} is not what evaluate.py writes ({error!r}): evaluate the model again") from error
    if matrix.ndim != 2 or matrix.shape[1] != features:
        raise InputError(f"{file} has rows of another model, whose features are not {features}: evaluate again")
    return matrix


def _require_few(arguments: argparse.Namespace, rows: int) -> None:
    if not 1 <= rows <= arguments.most:
        raise InputError(f"{arguments.rows} has {rows:,} rows, and each gets a plot: give 1 to {arguments.most:,}")


def _explain(
    scorer: Scorer,
    columns: Mapping[str, Column],
    place: int,
    row: NDArray[np.float32],
    against: Matrix,
    seed: int,
) -> dict[str, Any]:
    """Explain a row; of classes, why the likeliest one is so likely."""
    if np.isinf(row).any():
        raise InputError(f"row {place} has a number beyond what the model reads")
    likeliest = int(scorer.score(row[np.newaxis])[0].argmax()) if scorer.classes else None

    def answer(matrix: Matrix) -> NDArray[Any]:
        scores = scorer.score(matrix)
        return scores if likeliest is None else scores[:, likeliest]

    found = attribute(answer, row, against, seed)
    return {
        "keys": {name: _text(columns[name], place) for name in scorer.keys or () if name in columns},
        **({} if likeliest is None else {"class": scorer.classes[likeliest]}),
        "prediction": found.prediction,
        "average": found.average,
        "contributions": _contributions(scorer, columns, place, found),
    }


def _contributions(
    scorer: Scorer, columns: Mapping[str, Column], place: int, found: Attribution
) -> list[dict[str, Any]]:
    """List the features, those that move the prediction most first; a value is as it came, null where it is missing."""
    order = np.argsort(-np.abs(found.contributions), kind="stable")
    return [
        {
            "feature": scorer.features[each].name,
            "value": _text(columns[scorer.features[each].name], place),
            "contribution": float(found.contributions[each]),
            "error": float(found.errors[each]),
        }
        for each in order.tolist()
    ]


def _text(column: Column, place: int) -> str | None:
    return as_text(column[place : place + 1])[0]


if __name__ == "__main__":
    raise SystemExit(main())
