"""A file of each kind is broken in a small repository: whatever then fails is among what `invoke affected` lists.

The tests there are scripts, which really run: they import, start processes, and read configuration, suites and pages.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from operation.execution.affected.affected import Affected, decide
from operation.execution.affected.changes import Changes
from operation.execution.affected.references import References

NOXFILE = """
import nox

nox.options.sessions = ["unit", "integration", "lint", "strange"]

@nox.session
def unit(session): ...

@nox.session(reuse_venv=True)
def integration(session): ...

@nox.session()
def lint(session): ...

@nox.session(name="strange")
def not_declared(session): ...
"""
HEAD = "import json, subprocess, sys\nfrom pathlib import Path\n"
ROOT = "ROOT = Path(__file__).parents[3]\n"
VERB = "@verb()\ndef train(context):\n    from operation.training import train\n"
UNIT, WHOLE = "operation/tests/unit", "operation/tests/integration"
FILES = {
    "noxfile.py": NOXFILE,
    "tasks.py": VERB,
    "setup.py": "NAME = 'x'\n",
    "requirements.lock": "x==1\n",
    "configuration/configuration.yaml": "use_case: boats\n",
    "configuration/use_cases/boats.yaml": "{}\n",
    "configuration/use_cases/cars.yaml": "{}\n",
    "src/train.py": "from learning import metrics\n",
    "src/learning/__init__.py": "",
    "src/learning/metrics.py": "from learning.deep import depth\n",
    "src/learning/deep.py": "depth = 1\n",
    "src/boats/use_case.py": "TARGET = 'price'\n",
    "src/cars/use_case.py": "TARGET = 'price'\n",
    "operation/__init__.py": "",
    "operation/gate.py": "from .floor import FLOOR\n",
    "operation/floor.py": "FLOOR = 1\n",
    "operation/training.py": "def train():\n    from operation import gate\n",
    "operation/tests/conftest.py": "SHARED = 1\n",
    "tools/wheel/pyproject.toml": "",
    "tools/wheel/src/wheel_of_ours/__init__.py": "from wheel_of_ours.spoke import LENGTH\n",
    "tools/wheel/src/wheel_of_ours/spoke.py": "LENGTH = 1\n",
    "docs/page.md": "[A link](other.md)\n",
    "docs/other.md": "Text.\n",
    "notebooks/look.ipynb": "{}\n",
    "azure-pipelines/train.yml": "steps:\n- script: python tasks.py train\n",
    "azure-pipelines/ci.yml": "{}\n",
    f"{UNIT}/rows.csv": "1\n",
    f"{UNIT}/conftest.py": "ROWS = 1\n",
    f"{UNIT}/helpers.py": "from operation import gate\n",
    f"{UNIT}/test_gate.py": f"{HEAD}from operation.tests.unit.helpers import gate\nassert gate.FLOOR == 1\n",
    f"{UNIT}/test_lazy.py": f"{HEAD}from operation.training import train\ntrain()\n",
    f"{UNIT}/test_rows.py": f"{HEAD}{ROOT}assert Path(__file__).with_name('rows.csv').read_text() == '1\\n'\n",
    f"{UNIT}/test_tool.py": f"{HEAD}import wheel_of_ours\n",
    f"{UNIT}/test_alone.py": f"{HEAD}assert json\n",
    f"{UNIT}/test_pages.py": f"{HEAD}{ROOT}assert 'other.md' in (ROOT / 'docs' / 'page.md').read_text()\n",
    f"{WHOLE}/test_script.py": (
        f"{HEAD}subprocess.run([sys.executable, '-S', Path(__file__).parents[3] / 'src' / 'train.py'], check=True)\n"
    ),
    f"{WHOLE}/test_module.py": f"{HEAD}subprocess.run([sys.executable, '-S', '-m', 'operation.gate'], check=True)\n",
    f"{WHOLE}/test_values.py": (
        f"{HEAD}{ROOT}assert 'boats' in (ROOT / 'configuration' / 'configuration.yaml').read_text()\n"
        "for file in (ROOT / 'src').glob('*/use_case.py'):\n    assert 'price' in file.read_text()\n"
    ),
}
TESTS = [path for path in FILES if path.rpartition("/")[2].startswith("test_")]
RUNNER = """
import runpy, sys
before = set(sys.modules)
for test in sys.argv[1:]:
    for name in set(sys.modules) - before:
        del sys.modules[name]
    try:
        runpy.run_path(test, run_name="__main__")
    except BaseException:
        print(test)
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("small")
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    assert failed(root) == set()
    return root


def failed(root: Path) -> set[str]:
    """The tests that fail in the repository as it is."""
    roots = [root, root / "src", *root.glob("tools/*/src")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, roots)), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-S", "-c", RUNNER, *TESTS]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def listed(found: Affected) -> set[str]:
    """The test files that run: those that are chosen, and all of a session that runs whole."""
    whole = {f"operation/tests/{each.session}/" for each in found.sessions if each.whole}
    chosen = {path for each in found.sessions for path in each.files}
    return chosen | {path for path in TESTS if path.startswith(tuple(whole))}


def decided(root: Path, path: str, how: str = "modified") -> Affected:
    changes = Changes("main", "0" * 40, {path: how}, frozenset(), frozenset(FILES))
    return decide(changes, References(root, changes.tree))


@contextmanager
def changed(root: Path, path: str, text: str | None) -> Iterator[None]:
    """The file has another text meanwhile; None: it is gone."""
    (root / path).unlink() if text is None else (root / path).write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        (root / path).write_text(FILES[path], encoding="utf-8")


@pytest.mark.parametrize("path", [path for path in FILES if path not in (*TESTS[2:], "notebooks/look.ipynb")])
def test_whatever_fails_after_a_file_is_broken_is_listed(path: str, repository: Path) -> None:
    broken = "raise SystemExit(1)\n" if path.endswith(".py") and path != "noxfile.py" else f"# broken\n{FILES[path]}"
    with changed(repository, path, broken):
        found, red = decided(repository, path), failed(repository)
    assert red <= listed(found)
    assert {"lint", "strange"} <= {each.session for each in found.sessions if each.affected}


@pytest.mark.parametrize(
    "path",
    [
        *(
            "operation/floor.py",
            "src/learning/deep.py",
            "docs/page.md",
        ),
        *("configuration/configuration.yaml", "tools/wheel/src/wheel_of_ours/spoke.py", f"{UNIT}/rows.csv"),
    ],
)
def test_whatever_fails_after_a_file_is_deleted_is_listed(path: str, repository: Path) -> None:
    with changed(repository, path, None):
        found, red = decided(repository, path, "deleted"), failed(repository)
    assert red
    assert red <= listed(found)


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("src/learning/deep.py", {f"{WHOLE}/test_script.py", f"{WHOLE}/test_values.py"}),
        ("docs/page.md", {f"{UNIT}/test_pages.py"}),
        (f"{UNIT}/test_alone.py", {f"{UNIT}/test_alone.py"}),
    ],
)
def test_not_everything_is_listed(path: str, tests: set[str], repository: Path) -> None:
    found = listed(decided(repository, path))
    assert tests <= found
    assert f"{UNIT}/test_tool.py" not in found


def test_the_use_case_whose_values_change_is_trained_and_no_other(repository: Path) -> None:
    found = decided(repository, "configuration/use_cases/cars.yaml")
    assert {name: trains for name, (_, trains) in found.use_cases.items()} == {"cars": True}
    assert {*found.pipelines} == {"azure-pipelines/ci.yml", "azure-pipelines/train.yml"}
