"""Write Evidently's report of two samples of rows: a script, since Evidently takes seconds to import.

    python -m operation.execution.monitoring.evidently_page REFERENCE WINDOW COLUMNS OUTPUT

REFERENCE and WINDOW are parquet files with the same columns; COLUMNS is JSON with the names of the columns that are
`numbers` and `categories`; OUTPUT is the HTML file.
"""

import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from operation.execution.json_files import read_json

SILENT = {"DO_NOT_TRACK": "1"}  # else Evidently reports its use to its makers


def main(argv: Sequence[str] | None = None) -> int:
    """Write the report; return 0, or 1 after one line where the samples have no column in common that has values."""
    reference, window, columns, output = map(Path, sys.argv[1:] if argv is None else argv)
    os.environ.update(SILENT)  # before the import
    warnings.simplefilter("ignore")  # of columns that never vary, which is nothing to do about
    frames = [import_module("pandas").read_parquet(file) for file in (reference, window)]
    known = {kind: _with_values(names, frames) for kind, names in read_json(columns).items()}
    if not any(known.values()):
        print("error: no column has values in both samples", file=sys.stderr)
        return 1
    _report(frames, known).save_html(str(output))
    return 0


def _with_values(names: Sequence[str], frames: Sequence[Any]) -> list[str]:
    """Return the columns that Evidently can compare: at least one value in each sample."""
    return [name for name in names if all(frame[name].notna().any() for frame in frames)]


def _report(frames: Sequence[Any], known: dict[str, list[str]]) -> Any:
    """Compare drift, and describe each column."""
    evidently, presets = import_module("evidently"), import_module("evidently.presets")
    definition = evidently.DataDefinition(numerical_columns=known["numbers"], categorical_columns=known["categories"])
    # It takes no small integers for the names of categories, and no booleans for numbers.
    types = {**dict.fromkeys(known["numbers"], float), **dict.fromkeys(known["categories"], str)}
    reference, window = (evidently.Dataset.from_pandas(frame[[*types]].astype(types), definition) for frame in frames)
    return evidently.Report([presets.DataDriftPreset(), presets.DataSummaryPreset()]).run(window, reference)


if __name__ == "__main__":
    raise SystemExit(main())
