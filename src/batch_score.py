"""Score a prepared parquet file batch by batch: memory is bounded by the batch, whatever the size of the file."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet

from learning.arguments import integer
from learning.errors import InputError, exit_code
from learning.files import as_arrays, complete_file, existing, first_line, require_columns, write_json
from learning.scoring import Scorer


def parser() -> argparse.ArgumentParser:
    """The arguments of this script."""
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
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
    """Write keys and probabilities, and metrics.json; raises InputError on what the arguments or files got wrong."""
    scorer = Scorer.load(arguments.model, arguments.threads)
    if not scorer.keys:
        raise InputError(f"{arguments.model} does not say which columns are the keys of its rows: train it again")
    metrics = arguments.output.with_name("metrics.json")
    with complete_file(arguments.output) as partial_output, complete_file(metrics) as partial_metrics:
        try:
            summary = score_file(arguments.data, scorer, partial_output, arguments.batch_rows)
        except pyarrow.ArrowException as error:
            raise InputError(f"{arguments.data} cannot be read as parquet: {first_line(error)}") from error
        write_json(partial_metrics, summary)


def score_file(data: Path, scorer: Scorer, output: Path, batch_rows: int) -> dict[str, float | None]:
    """Score `data` into `output` and return the rows, the mean probability and the share above one half."""
    rows, total, over_half = 0, 0.0, 0
    keys = scorer.keys
    needed = list(dict.fromkeys([*keys, *scorer.columns]))
    with pyarrow.parquet.ParquetFile(existing(data)) as file:
        require_columns(data, file.schema_arrow.names, needed)
        with pyarrow.parquet.ParquetWriter(
            output, output_schema(file.schema_arrow, keys), compression="zstd"
        ) as writer:
            for batch in file.iter_batches(batch_rows, columns=needed):
                columns = as_arrays(pyarrow.Table.from_batches([batch]).select(scorer.columns))
                probabilities = scorer.probabilities(columns)
                writer.write_batch(batch.select(keys).append_column("probability", pyarrow.array(probabilities)))
                rows += len(probabilities)
                total += float(probabilities.sum(dtype=np.float64))
                over_half += int((probabilities > 0.5).sum())
    mean, share = (total / rows, over_half / rows) if rows else (None, None)
    return {"rows": rows, "mean_probability": mean, "share_over_half": share}


def output_schema(schema: pyarrow.Schema, keys: Sequence[str]) -> pyarrow.Schema:
    """Return the schema of the output: the keys as they are in the data, and the probability."""
    return pyarrow.schema([*(schema.field(key) for key in keys), pyarrow.field("probability", pyarrow.float32())])


if __name__ == "__main__":
    raise SystemExit(main())
