"""Which file uses which, without running any: every way of Python's imports, and what code names in its texts."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from operation.execution.affected.changes import MODIFIED, Changes
from operation.execution.affected.decision import Decider
from operation.execution.affected.references import References

Write = Callable[..., References]
TEST = "operation/tests/unit/test_it.py"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files, by their paths, and a test that has some code."""

    def make(code: str, *paths: str, **texts: str) -> References:
        found = {
            TEST: code,
            **dict.fromkeys(paths, ""),
            **{f"operation/{name}.py": text for name, text in texts.items()},
        }
        for path, text in found.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8")
        return References(tmp_path, frozenset(found))

    return make


@pytest.mark.parametrize(
    ("code", "file"),
    [
        ("import operation.gate", "operation/gate.py"),
        ("import operation.rooms.gate as g", "operation/rooms/__init__.py"),
        ("from operation import gate", "operation/gate.py"),
        ("from operation.gate import decide", "operation/gate.py"),
        ("from operation import *", "operation/__init__.py"),
        ("from ... import gate", "operation/gate.py"),
        ("from .helpers import look", "operation/tests/unit/helpers.py"),
        ("def test():\n    from operation import gate", "operation/gate.py"),
        ("if TYPE_CHECKING:\n    import operation.gate", "operation/gate.py"),
        ("try:\n    import a\nexcept ImportError:\n    import operation.gate", "operation/gate.py"),
        ("match x:\n    case 1:\n        import operation.gate", "operation/gate.py"),
        ("import train", "src/train.py"),
        ("from learning import metrics", "src/learning/metrics.py"),
        ("import gx_duckdb", "tools/gx-duckdb/src/gx_duckdb/__init__.py"),
        ("run('python', '-m', 'operation.gate')", "operation/gate.py"),
        ("run('python', 'src/train.py')", "src/train.py"),
        ("run('python', SOURCE / 'train.py')", "src/train.py"),
        ("run(f'python {folder}/src/train.py')", "src/train.py"),
        ("run('-c', 'import operation.gate; operation.gate.go()')", "operation/gate.py"),
        ("open('operation/tests/data/rows.csv')", "operation/tests/data/rows.csv"),
        ("read('rows.txt')", "operation/tests/unit/rows.txt"),
        ("", "operation/tests/unit/conftest.py"),
        ("", "operation/tests/conftest.py"),
    ],
)
def test_a_test_uses(code: str, file: str, write: Write) -> None:
    assert file in write(code, file).uses(TEST)


@pytest.mark.parametrize(
    ("code", "file"),
    [
        ("import json", "operation/gate.py"),
        ('"""It is like operation.gate, and src/train.py."""', "src/train.py"),
        ("from operation import gates", "operation/gate.py"),
        ("import train", "operation/training/train.py"),
        ("", "operation/tests/azureml/conftest.py"),
    ],
)
def test_a_test_does_not_use(code: str, file: str, write: Write) -> None:
    assert file not in write(code, file).uses(TEST)


def test_a_chain_is_the_shortest_and_leads_back_to_the_start(write: Write) -> None:
    found = write("import operation.a", a="import operation.b", b="import operation.c", c="import operation.a")
    before = found.chains(TEST)
    assert [before[f"operation/{name}.py"] for name in "abc"] == [TEST, "operation/a.py", "operation/b.py"]


def test_a_file_that_is_not_python_or_is_gone_is_known_as_unreadable(write: Write) -> None:
    found = write("import (")
    assert not found.module(TEST).readable
    assert not found.module("operation/gone.py").readable


def test_what_a_deleted_module_is_used_by_is_still_known(write: Write) -> None:
    found = write("from operation import gate")
    tree = References(found.root, found.tree | {"operation/gate.py"})
    assert "operation/gate.py" in tree.chains(TEST)


FORMS = (
    "import {0}",
    "from {0} import name",
    "from {1} import {2}",
    "def inside():\n    import {0}",
    "if True:\n    from {1} import {2} as other",
    "run('-m', '{0}')",
    "run('{3}')",
)


def draw_arrows(draw: random.Random) -> tuple[list[str], list[str], set[tuple[str, str]]]:
    """Draw modules in packages, tests, and who uses whom; also in circles."""
    packages = ["operation", "operation.rooms", "operation.rooms.low", "operation.high"]
    modules = [f"{draw.choice(packages)}.m{number}" for number in range(draw.randint(2, 14))]
    tests = [f"operation.tests.unit.test_{number}" for number in range(3)]
    arrows = {(a, b) for a in [*modules, *tests] for b in modules if a != b and draw.random() < 0.15}
    return modules, tests, arrows


def reached_from(start: str, arrows: set[tuple[str, str]]) -> set[str]:
    reached, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        new = {b for a, b in arrows if a == here} - reached
        reached |= new
        waiting += new
    return reached


@pytest.mark.parametrize("seed", range(40))
def test_in_any_tree_a_changed_file_reaches_every_test_that_leads_to_it(seed: int, tmp_path: Path) -> None:
    """The property of the import graph: whatever arrows there are, of whatever form, no test is left out."""
    draw = random.Random(seed)  # noqa: S311
    modules, tests, arrows = draw_arrows(draw)
    paths = {name: f"{name.replace('.', '/')}.py" for name in [*modules, *tests]}
    for name, path in paths.items():
        used = sorted(b for a, b in arrows if a == name)
        lines = [draw.choice(FORMS).format(each, *each.rpartition(".")[::2], paths[each]) for each in used]
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("\n".join(lines), encoding="utf-8")
    references = References(tmp_path, frozenset(paths.values()))
    reached = {test: reached_from(test, arrows) for test in tests}
    for test in tests:
        assert {paths[name] for name in reached[test]} <= references.chains(paths[test]).keys()
    for changed in modules:
        changes = Changes("main", "", {paths[changed]: MODIFIED}, frozenset(), references.tree)
        found = Decider(changes, references).session("unit").files
        assert {paths[test] for test in tests if changed in reached[test]} <= found.keys()
