"""The step of validation where tools/gx-duckdb is not installed."""

import subprocess
import sys
from pathlib import Path

WITHOUT = "import sys; sys.modules['gx_duckdb'] = None; "  # importing it then fails as if it were not installed


def test_the_step_ends_with_one_line_and_no_traceback(repository: Path, tmp_path: Path) -> None:
    step = "import runpy; runpy.run_module('operation.execution.validation', run_name='__main__', alter_sys=True)"
    words = [
        "--use-case",
        "parcels",
        "--tables",
        "parcels=a.parquet",
        "--data",
        str(tmp_path),
        "--output",
        str(tmp_path / "output"),
    ]
    command = [sys.executable, "-c", WITHOUT + step, *words]
    ended = subprocess.run(command, cwd=repository, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("This needs gx-duckdb, which is not installed: run python tasks.py setup")
    assert not (tmp_path / "output").exists()
