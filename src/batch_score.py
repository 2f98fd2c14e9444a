"""Score a prepared parquet file batch by batch: memory is bounded by the batch, whatever the size of the file.

The scores are in the order of the rows, beside their keys; of rows without keys, the order alone says whose they are.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet

from learning.arguments import ScriptParser, integer
from learning.errors import InputError, exit_code
from learning.files import as_arrays, complete_file, existing, first_line, require_columns, write_json
from learning.scoring import Scorer, Scores
from learning.tasks import MULTICLASS, REGRESSION


def parser() -> argparse.ArgumentParser:
    """Declare the arguments of this script."""
    arguments = ScriptParser(__doc__)
    add = arguments.add_argument
    add("--data", type=Path, required=True, help="parquet file with the keys and the features")
    add("--model", type=Path, required=True, help="folder of train.py")
    add("--output", type=Path, required=True, help="parquet file; metrics.json goes beside it")
    add("--batch-rows", type=integer(at_least=1), default=100_000, help="rows held in memory (%(default)s)")
    add("--threads", type=integer(at_least=1, at_most=256), default=2, help="for the model (%(default)s)")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""
    arguments = parser().parse_args(argv)
    return exit_code(lambda: run(arguments))


def run(arguments: argparse.Namespace) -> None:
    """Write keys and scores, and metrics.json; raises InputError on what the arguments or files got wrong."""
    scorer = Scorer.load(arguments.model, arguments.threads)
    if scorer.keys is None:
        raise InputError(f"{arguments.model} does not say which columns are the keys of its rows: train it again")
    metrics = arguments.output.with_name("metrics.json")
    with complete_file(arguments.output) as partial_output, complete_file(metrics) as partial_metrics:
        try:
            summary = score_file(arguments.data, scorer, partial_output, arguments.batch_rows)
        except pyarrow.ArrowException as error:
            raise InputError(f"{arguments.data} cannot be read as parquet: {first_line(error)}") from error
        write_json(partial_metrics, summary)


def score_file(data: Path, scorer: Scorer, output: Path, batch_rows: int) -> dict[str, Any]:
    """Score `data` into `output` and return what `Totals.summarize` says of the scores."""
    totals = Totals(scorer)
    named_by = scorer.keys or ()
    needed = list(dict.fromkeys([*named_by, *scorer.columns]))
    with pyarrow.parquet.ParquetFile(existing(data)) as file:
        require_columns(data, file.schema_arrow.names, needed)
        schema = output_schema(file.schema_arrow, scorer)
        with pyarrow.parquet.ParquetWriter(output, schema, compression="zstd") as writer:
            for batch in file.iter_batches(batch_rows, columns=needed):
                columns = as_arrays(pyarrow.Table.from_batches([batch]).select(scorer.columns))
                scores = scorer.predict(columns)
                keys = [batch.column(key) for key in named_by]
                writer.write_batch(pyarrow.record_batch([*keys, *answers(scorer, scores)], schema=schema))
                totals.add(scores)
    return totals.summarize()


def output_schema(schema: pyarrow.Schema, scorer: Scorer) -> pyarrow.Schema:
    """Return the schema of the output: the keys as they are in the data, and what the model says.

    Raises InputError if a key has the name of such a column.
    """
    keys = scorer.keys or ()
    if scorer.task == REGRESSION:
        fields = [pyarrow.field("prediction", pyarrow.float64())]
    elif scorer.task == MULTICLASS:
        shares = [pyarrow.field(f"probability_{name}", pyarrow.float32()) for name in scorer.classes]
        fields = [pyarrow.field("prediction", pyarrow.string()), *shares]
    else:
        fields = [pyarrow.field("probability", pyarrow.float32())]
    both = [field.name for field in fields if field.name in keys]
    if both:
        raise InputError(f"the key {both[0]} has the name of a column of the output: rename it, and train again")
    return pyarrow.schema([*(schema.field(key) for key in keys), *fields])


def answers(scorer: Scorer, scores: Scores) -> list[pyarrow.Array]:
    """Return the columns beside the keys: the score, or the likeliest class and the probability of each."""
    if scorer.task != MULTICLASS:
        return [pyarrow.array(scores)]
    likeliest = np.array(scorer.classes, dtype=object)[scores.argmax(axis=1)]
    return [pyarrow.array(likeliest, pyarrow.string()), *map(pyarrow.array, np.ascontiguousarray(scores.T))]


class Totals:
    """What is said of all scores, added up batch by batch."""

    def __init__(self, scorer: Scorer) -> None:
        """Begin without a row."""
        self._scorer = scorer
        width = max(1, len(scorer.classes))
        self._rows, self._sums, self._chosen = 0, np.zeros(width), np.zeros(width, dtype=np.int64)
        self._least, self._greatest = np.inf, -np.inf

    def add(self, scores: Scores) -> None:
        """Add a batch (rows,) or (rows, classes)."""
        if not len(scores):
            return
        self._rows += len(scores)
        self._sums += scores.sum(axis=0, dtype=np.float64)
        classes = self._scorer.classes
        self._chosen += np.bincount(scores.argmax(axis=1), minlength=len(classes)) if classes else (scores > 0.5).sum()
        self._least, self._greatest = min(self._least, scores.min()), max(self._greatest, scores.max())

    def summarize(self) -> dict[str, Any]:
        """Return the rows, and means: None where there is no row."""
        rows, task = self._rows, self._scorer.task
        means, shares = ((each / rows).tolist() if rows else [None] * len(each) for each in (self._sums, self._chosen))
        if task == REGRESSION:
            ends = [float(each) if rows else None for each in (self._least, self._greatest)]
            return {"rows": rows, "mean_prediction": means[0], "least": ends[0], "greatest": ends[1]}
        if task == MULTICLASS:
            by_class = (dict(zip(self._scorer.classes, each, strict=True)) for each in (means, shares))
            return {"rows": rows, **dict(zip(("mean_probability", "predicted_share"), by_class, strict=True))}
        return {"rows": rows, "mean_probability": means[0], "share_over_half": shares[0]}


if __name__ == "__main__":
    raise SystemExit(main())
