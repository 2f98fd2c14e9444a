"""What the notebooks' session alone can show: JupyterLab opens, and a notebook that cannot run says why in one line."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
START = """
import sys
from pathlib import Path
from operation.execution import notebook
from operation.execution.configuration.loading import load
notebook.prepare_environment = lambda cache: Path(sys.executable)
notebook.serve(load(), [], int(sys.argv[1]), browser=False)
"""
WITHOUT_DUCKDB = "import sys\nsys.modules['duckdb'] = None\n"


def execute(notebook: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a notebook as the session does."""
    words = ["--nbmake", "-q", "-p", "no:cacheprovider", "--override-ini=filterwarnings=default"]
    command = [sys.executable, "-m", "pytest", *words, str(ROOT / "notebooks" / f"{notebook}.ipynb")]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(command, cwd=ROOT, env=kept | environment, capture_output=True, text=True, check=False)


def chosen(outputs: Path) -> dict[str, str]:
    return {"NOTEBOOK_CONFIGURATION": json.dumps({"settings": [f"backend.outputs={outputs}"]})}


def shown(printed: str) -> list[str]:
    return [line.strip() for line in printed.splitlines() if "NotebookError" in line or "Traceback" in line]


def test_a_notebook_without_a_champion_fails_with_one_line_that_says_how_to_make_one(tmp_path: Path) -> None:
    done = execute("explore_data", chosen(tmp_path))
    assert done.returncode == 1
    assert "Train one first: invoke train" in done.stdout
    assert not any("Traceback" in line for line in shown(done.stdout)), done.stdout


def test_a_kernel_that_lacks_a_package_fails_with_one_line_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_DUCKDB, encoding="utf-8")
    done = execute("explore_data", {**chosen(tmp_path), "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    assert "lacks duckdb. Open the notebooks with `invoke notebook`" in done.stdout
    assert not any("Traceback" in line for line in shown(done.stdout)), done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches the whole console there")
def test_jupyterlab_opens_on_the_folder_of_notebooks_and_ends_with_ctrl_c() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", START, str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, process_group=0) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = line.split()[2]
            assert address.startswith(f"http://127.0.0.1:{port}/lab/tree/notebooks?token=")
            listing = address.replace("/lab/tree/notebooks", "/api/contents/notebooks")
            with urllib.request.urlopen(listing, timeout=30) as reply:  # noqa: S310  (our own server)
                names = {each["name"] for each in json.load(reply)["content"]}
            assert {"explore_data.ipynb", "explore_data.py"} <= names
            process.send_signal(signal.SIGINT)
            assert process.stdout.read().strip() == "Stopped."
            assert process.wait(30) == 0
        finally:
            process.kill()
    with socket.create_server(("127.0.0.1", port)):
        pass
