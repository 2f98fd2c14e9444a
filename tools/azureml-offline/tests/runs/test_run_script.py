"""The wrapper of a job's script: it runs as `python` would run it, and what the SDK has not sent is sent at the end."""

import subprocess
import sys
from pathlib import Path

import pytest
from azureml_offline.runs.job_process import RUN_SCRIPT

SDK = """
class _RunBase:
    @classmethod
    def _kill(cls, timeout):
        print("hidden")
        open("sent", "w").write(str(timeout))
"""
SCRIPT = """
import sys, azureml._run_impl.run_base, beside
print(__name__, sys.argv[1:], beside.WHAT, __file__)
END
"""


@pytest.mark.parametrize(("end", "code"), [("", 0), ("sys.exit(3)", 3), ("raise ValueError", 1)])
def test_a_script_runs_as_it_would_and_its_metrics_are_sent(end: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "azureml" / "_run_impl").mkdir(parents=True)
    (tmp_path / "azureml" / "_run_impl" / "run_base.py").write_text(SDK, encoding="utf-8")
    (tmp_path / "beside.py").write_text("WHAT = 'beside'", encoding="utf-8")
    (tmp_path / "x.py").write_text(SCRIPT.replace("END", end), encoding="utf-8")
    command = [sys.executable, str(RUN_SCRIPT), "x.py", "--a", "1"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == code, ran.stderr
    assert ran.stdout == "__main__ ['--a', '1'] beside x.py\n"
    assert (tmp_path / "sent").read_text(encoding="utf-8") == "300.0"
