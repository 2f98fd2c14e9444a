"""What `invoke affected` prints, for people and for programs."""

import json
from pathlib import Path

import pytest

import noxfile
from operation.errors import OperationError
from operation.execution.affected import affected
from operation.execution.affected.affected import Affected, find_affected, lines, show_affected, trained
from operation.execution.affected.sessions import read_sessions
from operation.tests.clones import IDENTITY, commit_all, git

FILES = {
    "noxfile.py": "@nox.session\ndef lint(session): ...\n\n\n@nox.session\ndef unit(session): ...\n",
    "tasks.py": "@verb()\ndef train(context):\n    from operation.execution import train\n",
    "configuration/configuration.yaml": "use_case: boats\n",
    "src/boats/use_case.py": "",
    "src/train.py": "",
    "operation/execution/train.py": "",
    "operation/tests/unit/test_train.py": "import operation.execution.train\n",
    "operation/tests/unit/test_json.py": "import json\n",
    "docs/page.md": "",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    commit_all(tmp_path)
    git(tmp_path, "branch", "base")
    monkeypatch.setattr(affected, "ROOT", tmp_path)
    monkeypatch.delenv("TF_BUILD", raising=False)
    return tmp_path


def edit(root: Path, path: str, commit: bool = False) -> Affected:
    (root / path).write_text("# changed\n", encoding="utf-8")
    if commit:
        git(root, *IDENTITY, "commit", "--quiet", "--all", "--message", "Change it")
    return find_affected(root, "base")


def test_each_group_has_a_line_and_what_is_not_affected_is_named(root: Path) -> None:
    shown = lines(edit(root, "operation/execution/train.py", commit=True), explain=False)
    assert shown[0].startswith("1 changed file since base (")
    assert shown[1:] == [
        "use cases: boats",
        "tools: nothing",
        "sessions: lint, unit (1 test files)",
        "by hand: nothing",
        "pipelines: nothing",
        "not affected: nothing",
    ]


def test_what_is_in_no_commit_counts_and_is_counted(root: Path) -> None:
    edit(root, "src/train.py", commit=True)
    (root / "new.md").write_text("", encoding="utf-8")
    shown = lines(find_affected(root, "base"), explain=False)
    assert shown[0].startswith("2 changed files since base (")
    assert shown[0].endswith("), 1 of them in no commit yet")


def test_explained_is_which_file_leads_by_which_chain(root: Path) -> None:
    shown = lines(edit(root, "operation/execution/train.py"), explain=True)
    assert "  unit: operation/execution/train.py <- operation/tests/unit/test_train.py (uses it)" in shown
    assert "  lint: operation/execution/train.py (the session reads it)" in shown
    assert "  boats: operation/execution/train.py (is run by a verb)" in shown


def test_few_reasons_are_shown_and_the_others_counted(root: Path) -> None:
    for number in range(5):
        (root / "operation" / "tests" / "unit" / f"test_{number}.py").write_text("", encoding="utf-8")
    shown = lines(find_affected(root, "base"), explain=True)
    assert "  unit: and 2 more" in shown


def test_programs_get_every_reason(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(root, "operation/execution/train.py")
    show_affected("base", explain=False, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["since"] == "base"
    assert found["changes"] == {"operation/execution/train.py": {"change": "modified", "committed": False}}
    test = "operation/tests/unit/test_train.py"
    because = [
        {"file": "operation/execution/train.py", "chain": [test, "operation/execution/train.py"], "how": "uses it"}
    ]
    assert found["sessions"]["unit"] == {"whole": False, "files": [test], "because": because}
    assert found["use_cases"]["boats"]["trains"] is True
    assert (found["skipped"], found["pipelines"], found["tools"]) == ([], {}, {})


def test_pages_alone_leave_the_use_cases_alone(root: Path) -> None:
    found = edit(root, "docs/page.md")
    assert found.use_cases == {}
    assert [each.session for each in found.sessions if each.affected] == ["lint"]


@pytest.mark.parametrize(
    ("path", "said"), [("src/boats/use_case.py", ",boats,,configured,"), ("docs/page.md", "")], ids=["model", "page"]
)
def test_an_agent_gets_the_use_cases_to_train(
    path: str, said: str, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trained(edit(root, path), root) == said
    monkeypatch.setenv("TF_BUILD", "True")
    show_affected("base", explain=False, as_json=False)
    assert capsys.readouterr().out.endswith(f"##vso[task.setvariable variable=trains;isOutput=true]{said}\n")


def test_another_use_case_than_the_configured_one_is_trained_by_its_name_alone(root: Path) -> None:
    (root / "configuration" / "configuration.yaml").write_text("use_case: cars\n", encoding="utf-8")
    git(root, *IDENTITY, "commit", "--quiet", "--all", "--message", "Choose another")
    git(root, "branch", "--force", "base")
    assert trained(edit(root, "src/boats/use_case.py"), root) == ",boats,"


@pytest.mark.parametrize("text", [None, "def ("], ids=["gone", "no Python"])
def test_sessions_that_cannot_be_read_are_an_error_with_its_remedy(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "noxfile.py").write_text(text, encoding="utf-8")
    with pytest.raises(OperationError, match=r"noxfile.py cannot be read.*git checkout -- noxfile.py"):
        read_sessions(tmp_path)


def test_json_has_every_reason_so_explain_is_refused_beside_it() -> None:
    with pytest.raises(OperationError, match=r"^--json has every reason already: leave out --explain"):
        show_affected("base", explain=True, as_json=True)


def test_what_is_affected_is_asked_of_the_verb() -> None:
    noxfile.find_affected.cache_clear()
    assert "no branch, tag or commit 'nowhere' here" in noxfile.find_affected("nowhere")
    assert noxfile.find_affected("HEAD")["since"] == "HEAD"
    noxfile.find_affected.cache_clear()
