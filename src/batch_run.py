"""Score files in a batch endpoint or a ParallelRunStep of Azure ML: `init()` once a process, `run()` for some files.

Each file is parquet with the keys and the features, as prepare.py writes it with `--purpose scoring`. Azure ML hands
whole files to its processes and never divides one, so write many small files for many processes. `run` returns a line
of JSON for each row: the keys, what the model says, its version, the file, and the reason if it was not scored.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from learning.errors import InputError
from learning.files import first_line, require_columns
from learning.scored_tables import ROW, score_table
from learning.scoring import Scorer, find_mounted

_scorer: Scorer | None = None
_version = ""


def init() -> None:
    """Load the one model in or below the folder that AZUREML_MODEL_DIR names; raises InputError when there is none."""
    global _scorer, _version
    folder, _version = find_mounted(os.environ.get("AZUREML_MODEL_DIR"))
    _scorer = Scorer.load(folder)


def run(mini_batch: Sequence[str]) -> list[str]:
    """Return the scores of the files, which Azure ML appends to its output with `append_row`.

    Raises InputError for a file that is not parquet or lacks a column: Azure ML counts it as failed.
    """
    if _scorer is None:
        raise RuntimeError("run() was called before init()")
    tables = [scored_file(Path(file), _scorer, _version) for file in mini_batch]
    return [json.dumps(row, default=str, allow_nan=False) for table in tables for row in table.to_pylist()]


def scored_file(file: Path, scorer: Scorer, version: str) -> pa.Table:
    """Score a file; the rows that cannot be scored come last, with the reason."""
    needed = list(dict.fromkeys([*(scorer.keys or ()), *scorer.columns]))
    try:
        with pq.ParquetFile(file) as opened:
            require_columns(file, opened.schema_arrow.names, needed)
            table = opened.read(needed, use_threads=False)
    except pa.ArrowException as error:
        raise InputError(f"{file} cannot be read as parquet: {first_line(error)}") from error
    scored, rejected, _ = score_table(table, scorer, version)
    whole = pa.concat_tables([scored, rejected.drop_columns([ROW])], promote_options="default")
    return whole.append_column("file", pa.repeat(pa.scalar(file.name), len(whole)))
