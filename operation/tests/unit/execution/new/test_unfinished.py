"""A kill while `invoke new` writes, changes and deletes files: the next one makes everything as it was."""

from itertools import islice
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.new import new, writing
from operation.execution.new.asked import Asked

FILES = {"src/churn/schema.py": "NEW = 1\n", "docs/data/churn.md": "New.\n"}
CHANGED = {"README.md": "It is churn.\n", "configuration/configuration.yaml": "use_case: churn\n"}
DELETED = ("src/boats/schema.py", "docs/data/boats.md")
STEPS = len((*FILES, *CHANGED, *DELETED))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in (*CHANGED, *DELETED, "docs/data/README.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"{path} as it was\n", encoding="utf-8")
    return tmp_path


def texts(root: Path) -> dict[str, str]:
    """All files, and empty folders, by their paths."""
    paths = {path.relative_to(root).as_posix(): path for path in root.rglob("*")}
    return {name: path.read_text(encoding="utf-8") if path.is_file() else "" for name, path in paths.items()}


def kill(root: Path, steps: int) -> None:
    """Do as much of a `write` as one does that is killed after some files."""
    writing.prepare(root / writing.UNFINISHED, root, {**FILES, **CHANGED}, (*CHANGED, *DELETED))
    assert len([*islice(writing.apply(root, (*FILES, *CHANGED), DELETED), steps)]) == steps


def test_files_are_written_changed_and_deleted(root: Path) -> None:
    writing.write(FILES, root, CHANGED, DELETED)
    found = texts(root)
    assert {path: found[path] for path in (*FILES, *CHANGED)} == {**FILES, **CHANGED}
    assert not {"src/boats", "docs/data/boats.md", "outputs"} & {*found}


@pytest.mark.parametrize("steps", range(STEPS + 1))
def test_after_a_kill_everything_is_made_as_it_was(root: Path, steps: int) -> None:
    before = texts(root)
    kill(root, steps)
    assert writing.undo(root)
    assert texts(root) == {**before, "outputs": ""}
    assert not writing.undo(root)


def test_after_a_kill_half_way_through_a_file_nothing_of_it_is_left(root: Path) -> None:
    before = texts(root)
    kill(root, len(FILES))
    for name in ("docs/data/.churn.md.unfinished", ".README.md.unfinished", "src/churn/__pycache__/schema.pyc"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("hal", encoding="utf-8")
    writing.undo(root)
    assert texts(root) == {**before, "outputs": ""}


def test_a_kill_while_it_is_undone_is_made_good_by_the_next(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = texts(root)
    kill(root, STEPS)
    with monkeypatch.context() as patch:
        patch.setattr(writing, "_remove_empty", lambda *_: pytest.exit("killed"))
        with pytest.raises(pytest.exit.Exception):
            writing.undo(root)
    assert texts(root) != before
    writing.undo(root)
    assert texts(root) == {**before, "outputs": ""}


@pytest.mark.parametrize("steps", range(STEPS))
def test_an_interrupt_leaves_everything_as_it_was(root: Path, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real = texts(root), writing.apply

    def interrupted(*words: object) -> object:
        yield from islice(real(*words), steps)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "apply", interrupted)
    with pytest.raises(KeyboardInterrupt):
        writing.write(FILES, root, CHANGED, DELETED)
    assert texts(root) == before


@pytest.mark.parametrize("path", ["src/churn/schema.py", "README.md", "docs/data/boats.md"])
def test_work_that_was_done_since_a_kill_is_not_undone(root: Path, path: str) -> None:
    kill(root, STEPS)
    (root / path).write_text("mine\n", encoding="utf-8")
    before = texts(root)
    with pytest.raises(OperationError, match=rf"{path} has changed since.*delete outputs/\.unfinished.*git checkout"):
        writing.undo(root)
    assert texts(root) == before


def test_new_undoes_it_first_and_with_plan_says_so(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(new, "ROOT", root)
    before = texts(root)
    kill(root, 3)
    with pytest.raises(OperationError, match="without --plan"):
        new.new(Asked("newcomers", "no.csv", "churned"), plan_only=True)
    with pytest.raises(OperationError, match=r"no\.csv"):
        new.new(Asked("newcomers", "no.csv", "churned"), plan_only=False)
    assert "Undid" in capsys.readouterr().out
    assert texts(root) == {**before, "outputs": ""}
