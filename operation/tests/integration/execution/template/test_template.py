"""A later version of the template comes as one commit on a branch; what a team did to its copy stays."""

import shutil
import tarfile
from pathlib import Path

import pytest

from operation.execution.template.merging import NEWER, UNMERGED
from operation.execution.template.template import Asked, run
from operation.tests.clones import git
from operation.tests.integration.execution.template.conftest import (
    FIRST,
    LOCK,
    NOTE,
    SECOND,
    SETUP,
    TEXT,
    VALUES,
    Updated,
    commit,
    put,
    update,
)

Output = pytest.CaptureFixture[str]
OURS = TEXT.replace("line 19\n", "line 19 of ours\n")
CLASH = TEXT.replace("line 2\n", "line 2 of ours\n")
RESOLVE = 'from pathlib import Path\nPath("requirements.lock").write_text("resolved\\n")\n'
LOCKING = {"operation/__init__.py": "", "operation/housekeeping/__init__.py": ""}


def state(root: Path) -> str:
    """All that git knows of a repository, and its files."""
    return git(root, "for-each-ref") + git(root, "status", "--porcelain") + git(root, "count-objects", "-v")


def renamed(old: str, new: str) -> dict[str, str | None]:
    """What a team changes that renames the package, with its imports and all that has its name."""
    files: dict[str, str | None] = {}
    for path, text in FIRST.items():
        if old in path or (text and old in text):
            files |= {path: None, path.replace(old, new): (text or "").replace(old, new)}
    return files


def replaced() -> dict[str, str | None]:
    """What `invoke new --replace` changes: the example goes, and another use case is the default."""
    old: dict[str, str | None] = {path: None for path in FIRST if "parcels" in path}
    new = {path.replace("parcels", "wines"): f"# all new: {path}\n" for path in old}
    values = {"configuration/configuration.yaml": VALUES.replace("use_case: parcels", "use_case: wines")}
    values |= {"configuration/use_cases/wines.yaml": "data: {source: cellar}\n", "src/train.py": "import wines\n"}
    return {**old, **new, **values}


@pytest.fixture(scope="module")
def untouched(_adopted: Path, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Updated:
    """A copy in which the team changed nothing."""
    return update(shutil.copytree(_adopted, tmp_path_factory.mktemp("a") / "adopted"), {}, template)


@pytest.fixture(scope="module")
def customized(_adopted: Path, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Updated:
    """A copy in which the team changed something of each kind, its requirements among it."""
    ours: dict[str, str | None] = {
        "CHANGELOG.md": str(FIRST["CHANGELOG.md"]).replace("## [Unreleased]\n", "## [Unreleased]\n* Ours.\n"),
        "configuration/configuration.yaml": (
            VALUES.replace("seed: 1 ", "seed: 7 ").replace("- one", "- one\n  - two") + "extra: 1  # ours\n"
        ),
        "docs/page.md": OURS,
        "docs/other.md": CLASH,
        "docs/old.md": f"{TEXT}ours\n",
        "docs/unchanged.md": None,
        "docs/ours.md": "ours\n",
        "environment.yml": "name: ours\n  - pip:\n      - invoke==1.0\n",
        "memos/one.md": FIRST["notes/one.md"],
        "memos/two.md": FIRST["notes/two.md"],
        "notes/one.md": None,
        "notes/two.md": None,
        "notebooks/first.md": None,
        "setup.py": SETUP.format("0.1.0", '"invoke>=1", "ours"'),
        "src/parcels/use_case.py": None,
        "tools/one/code.py": "ONE = 'ours'\n",
        "tools/one/more.py": "MORE = 1\n",
        "tools/two/pyproject.toml": None,
        "tools/mine/pyproject.toml": "mine\n",
        "operation/housekeeping/lock.py": RESOLVE,
    }
    return update(shutil.copytree(_adopted, tmp_path_factory.mktemp("c") / "adopted"), ours | LOCKING, template)


@pytest.fixture(scope="module")
def letters(_adopted: Path, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Updated:
    """A copy in which the package parcels has become letters."""
    files = renamed("parcels", "letters")
    return update(shutil.copytree(_adopted, tmp_path_factory.mktemp("r") / "adopted"), files, template)


def test_a_copy_in_which_nothing_was_changed_becomes_the_later_version(untouched: Updated) -> None:
    later = {path: text for path, text in (FIRST | SECOND).items() if text is not None and path != ".template.yaml"}
    assert {path: untouched.read(path) for path in later} == later
    assert not (untouched.root / "docs/old.md").exists()
    assert "version: 0.2.0\n" in untouched.read(".template.yaml")
    assert "To merge by hand: 0\n" in untouched.printed


def test_the_update_is_one_commit_upon_what_was_there(customized: Updated) -> None:
    root = customized.root
    assert git(root, "rev-parse", "HEAD~1") == git(root, "rev-parse", "main")
    assert git(root, "rev-list", "--count", "HEAD").strip() == "3"
    assert git(root, "log", "-1", "--format=%an <%ae> %s").strip() == (
        "A team <team@example.org> Update the template to 0.2.0"
    )
    assert customized.read("docs/ours.md") == "ours\n"


def test_the_plan_shows_the_changes_and_leaves_every_object_as_it_was(
    adopted: Path, template: Path, capsys: Output
) -> None:
    put(adopted, {"docs/page.md": TEXT.replace("line 19", "ours"), "notebooks/first.md": None})
    commit(adopted)
    before = state(adopted)
    run(Asked(plan=True, source=str(template), into=str(adopted)))
    shown = capsys.readouterr().out
    assert "Template 0.1.0 -> 0.2.0" in shown
    assert "Changed on both sides, and merged: 1\n  docs/page.md\n" in shown
    assert "Deleted here and changed there, left out: 1\n  notebooks/second.md" in shown
    assert "  * Train the champion again." in shown
    command = f"invoke template --update v0.2.0 --source {template} --into {adopted}\n"
    assert shown.endswith(command)
    assert state(adopted) == before


@pytest.mark.parametrize("answer", ["n", "", "no"])
def test_nothing_is_touched_unless_the_user_agrees(
    answer: str, adopted: Path, template: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(adopted)
    monkeypatch.setattr("builtins.input", lambda _question: answer)
    run(Asked(update=True, source=str(template), into=str(adopted)))
    assert capsys.readouterr().out.endswith("Nothing was changed.\n")
    assert state(adopted) == before


def test_the_work_tree_and_its_branch_stay_as_they_are(adopted: Path, template: Path) -> None:
    run(Asked(update=True, source=str(template), into=str(adopted), yes=True))
    assert git(adopted, "status", "--porcelain", "--branch").strip() == "## main"
    assert (adopted / "docs/page.md").read_text(encoding="utf-8") == TEXT


def test_changes_of_both_sides_in_a_file_are_merged(customized: Updated) -> None:
    text = customized.read("docs/page.md")
    assert "line 2 of the template\n" in text
    assert "line 19 of ours\n" in text
    assert "Changed on both sides, and merged: 4\n  CHANGELOG.md\n" in customized.printed


def test_where_both_sides_changed_the_same_lines_ours_stay_and_a_command_shows_both(customized: Updated) -> None:
    command = f"git checkout {UNMERGED} -- docs/other.md"
    assert customized.read("docs/other.md") == CLASH
    assert customized.lists("docs/other.md", "both sides changed the same lines: kept as it is here", command)
    assert "<<<<<<<" in git(customized.root, "show", f"{UNMERGED}:docs/other.md")
    assert "* docs/other.md: both sides" in git(customized.root, "log", "-1", "--format=%b")


def test_what_was_changed_here_and_deleted_there_stays_and_is_listed(customized: Updated) -> None:
    assert customized.read("docs/old.md").endswith("ours\n")
    assert customized.lists("docs/old.md", "changed here, deleted there: kept", "git rm docs/old.md")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("tools/two", "deleted here, changed there"),
        ("notebooks/second.md", "new there, in a folder that was deleted here"),
    ],
)
def test_what_was_deleted_here_and_changed_there_stays_away_and_a_command_brings_it(
    path: str, why: str, customized: Updated
) -> None:
    assert git(customized.root, "ls-files", path) == ""
    assert customized.lists(path, why, f"git checkout {NEWER} -- {path}")
    assert git(customized.root, "ls-tree", "-r", NEWER, path)


@pytest.mark.parametrize("path", ["docs/unchanged.md", "notebooks/first.md", "src/parcels/use_case.py"])
def test_what_was_deleted_here_and_not_changed_there_is_not_listed(path: str, customized: Updated) -> None:
    assert not (customized.root / path).exists()
    assert path not in customized.printed


def test_a_renamed_package_gets_what_changed_in_it(letters: Updated) -> None:
    assert "line 3 of the template\n" in letters.read("src/letters/data.py")
    assert "from letters.schema" in letters.read("src/letters/data.py")
    assert not [path for path in git(letters.root, "ls-files").splitlines() if "parcels" in path]
    assert "To merge by hand: 0\n" in letters.printed


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/letters/later.py", "from letters.schema import KEYS\n"),
        ("src/score.py", "from letters import later\n"),
        ("docs/data/letters.md", "See src/letters/data.py and src/letters/schema.py.\n"),
    ],
)
def test_what_is_new_there_names_the_package_as_it_is_named_here(path: str, text: str, letters: Updated) -> None:
    assert letters.read(path) == text


@pytest.mark.parametrize("name", ["one", "two", "three"])
def test_what_comes_into_a_folder_that_was_moved_goes_to_its_new_place(name: str, customized: Updated) -> None:
    assert customized.read(f"memos/{name}.md") == (FIRST | SECOND)[f"notes/{name}.md"]
    assert not (customized.root / "notes" / f"{name}.md").exists()


@pytest.mark.parametrize("path", ["tools/one/code.py", "tools/one/later.py", "tools/three/pyproject.toml"])
def test_tools_are_replaced_whole(path: str, customized: Updated) -> None:
    assert customized.read(path) == SECOND[path]


@pytest.mark.parametrize("path", ["tools/one/code.py", "tools/one/more.py"])
def test_a_change_in_a_tool_is_listed_with_a_command_that_brings_it_back(path: str, customized: Updated) -> None:
    command = f"git checkout HEAD~1 -- {path}"
    assert customized.lists(path, "changed here, replaced with its tool", command)
    assert git(customized.root, "cat-file", "-t", f"HEAD~1:{path}").strip() == "blob"


def test_a_tool_of_the_team_stays(customized: Updated) -> None:
    assert customized.read("tools/mine/pyproject.toml") == "mine\n"


def test_the_locks_are_resolved_where_the_requirements_are_others(customized: Updated) -> None:
    assert customized.read("requirements.lock") == "resolved\n"


def test_locks_that_cannot_be_resolved_are_those_of_the_template_with_a_command(adopted: Path, template: Path) -> None:
    done = update(adopted, {"setup.py": SETUP.format("0.1.0", '"ours"')}, template)
    assert done.read("requirements.lock") == SECOND["requirements.lock"]
    assert "  python noxfile.py -s lock -- --write  (the locks could not be resolved here)\n" in done.printed


def test_the_locks_are_those_of_the_template_while_it_has_the_same_requirements(adopted: Path, template: Path) -> None:
    ours: dict[str, str | None] = {"requirements.lock": LOCK.replace("1.0", "1.1")}
    done = update(adopted, ours | {"setup.py": SETUP.format("7.0.0", '"invoke>=1"')}, template)
    assert done.read("requirements.lock") == SECOND["requirements.lock"]
    assert 'version="7.0.0"' in done.read("setup.py")  # of the team's own project
    assert "To merge by hand: 0\n" in done.printed
    assert "could not be resolved" not in done.printed


def test_text_above_the_pins_stays_and_the_pins_are_renewed(customized: Updated) -> None:
    assert customized.read("environment.yml") == "name: ours\n  - pip:\n      - invoke==2.0\n"


@pytest.mark.parametrize(
    "lines",
    [
        "seed: 7          # of all that is drawn\n",
        "  confidence: 0.90   # of the interval\n",
        "  - two\n",
        "extra: 1  # ours\n",
    ],
)
def test_values_of_the_configuration_are_merged_one_by_one(lines: str, customized: Updated) -> None:
    assert lines in customized.read("configuration/configuration.yaml")


def test_a_value_that_both_sides_changed_stays_and_is_named(adopted: Path, template: Path) -> None:
    ours = VALUES.replace("0.95", "0.99").replace("roc_auc ", "log_loss")
    done = update(adopted, {"configuration/configuration.yaml": ours}, template)
    assert "confidence: 0.99   # of the interval" in done.read("configuration/configuration.yaml")
    assert "metric: log_loss   # to compare" in done.read("configuration/configuration.yaml")
    assert "both sides changed gate.confidence: kept as it is here, all else is merged" in done.printed


def test_both_changelogs_stay(customized: Updated) -> None:
    text = customized.read("CHANGELOG.md")
    assert "* Ours.\n" in text
    assert "* The second.\n" in text


def test_the_example_that_was_replaced_stays_away_with_what_is_new_in_it(adopted: Path, template: Path) -> None:
    done = update(adopted, replaced(), template)
    assert not [path for path in git(done.root, "ls-files").splitlines() if "parcels" in path]
    assert "use_case: wines\n" in done.read("configuration/configuration.yaml")
    assert "The example parcels was replaced here" in done.printed
    assert "left out: 0\nTo merge by hand: 0\n" in done.printed


def later(template: Path, folder: Path, files: dict[str, str | None]) -> Path:
    """Publish a third version in a clone of the template."""
    git(folder, "clone", "--quiet", str(template), "later")
    put(folder / "later", files | {".template.yaml": NOTE.format("0.3.0")})
    commit(folder / "later")
    git(folder / "later", "tag", "v0.3.0")
    return folder / "later"


def test_a_second_update_begins_where_the_first_ended(
    untouched: Updated, template: Path, tmp_path: Path, capsys: Output
) -> None:
    run(Asked(plan=True, source=str(template), into=str(untouched.root)))
    assert "has 0.2.0 of the template already" in capsys.readouterr().out
    source = later(template, tmp_path, {"docs/more.md": "More.\n"})
    run(Asked(plan="v0.3.0", source=str(source), into=str(untouched.root)))
    shown = capsys.readouterr().out
    assert "Template 0.2.0 -> 0.3.0" in shown
    assert "Changed by the template alone: 1\n  docs/more.md\n" in shown


def test_a_clone_that_shares_the_history_is_compared_with_the_commit_it_left_from(
    template: Path, tmp_path: Path, capsys: Output
) -> None:
    git(tmp_path, "clone", "--quiet", str(template), "clone")
    ours = str(SECOND["docs/page.md"]).replace("line 18\n", "ours\n")
    put(tmp_path / "clone", {"docs/page.md": ours, ".template.yaml": NOTE.format("0.1.0")})
    commit(tmp_path / "clone")
    source = later(template, tmp_path, {"docs/page.md": TEXT.replace("line 2\n", "line 2 at last\n")})
    run(Asked(plan=True, source=str(source), into=str(tmp_path / "clone")))
    shown = capsys.readouterr().out
    assert "Changed on both sides, and merged: 1\n  docs/page.md\n" in shown
    assert "To merge by hand: 0\n" in shown


@pytest.mark.parametrize("form", ["tar", "tar.gz", "zip", "bundle", "packed"])
def test_the_source_may_be_an_archive(form: str, adopted: Path, template: Path, tmp_path: Path, capsys: Output) -> None:
    archives = {tag: tmp_path / f"template-{tag}.{form}" for tag in ("v0.1.0", "v0.2.0")}
    if form == "bundle":
        git(template, "bundle", "create", "--quiet", str(archives["v0.2.0"]), "--all")
    elif form == "packed":
        archives["v0.2.0"] = tmp_path / "repository.tar"
        git(tmp_path, "clone", "--quiet", "--bare", str(template), "bare")
        with tarfile.open(archives["v0.2.0"], "w") as packed:
            packed.add(tmp_path / "bare", "bare")
    else:
        for tag, archive in archives.items():
            git(template, "archive", f"--prefix=template-{tag}/", "--output", str(archive), tag)
    from_ = str(archives["v0.1.0"]) if form in ("tar", "tar.gz", "zip") else ""
    run(Asked(plan=True, source=str(archives["v0.2.0"]), from_=from_, into=str(adopted)))
    assert "Template 0.1.0 -> 0.2.0" in capsys.readouterr().out


@pytest.mark.parametrize("place", ["note", "remote"])
def test_the_source_is_noted_or_a_remote_of_that_name(
    place: str, adopted: Path, template: Path, capsys: Output
) -> None:
    if place == "remote":
        git(adopted, "remote", "add", "template", str(template))
    else:
        put(adopted, {".template.yaml": f"version: 0.1.0\nsource: '{template}'\n"})
        commit(adopted)
    run(Asked(plan="0.2.0", into=str(adopted)))
    assert f"Template 0.1.0 -> 0.2.0, from {template}" in capsys.readouterr().out


def test_a_version_without_a_note_is_known_by_its_setup(adopted: Path, template: Path, capsys: Output) -> None:
    put(adopted, {".template.yaml": None})
    commit(adopted)
    run(Asked(plan=True, source=str(template), into=str(adopted)))
    assert "Template 0.1.0 -> 0.2.0" in capsys.readouterr().out
