"""`invoke affected` here: what is declared fits, and a change of each kind reaches what depends on it."""

import inspect
import re
from pathlib import Path

import pytest
from nox import registry

import noxfile
from operation.execution.affected import reads
from operation.execution.affected.affected import Affected, decide
from operation.execution.affected.changes import Changes
from operation.execution.affected.decision import Decider, Readings
from operation.execution.affected.references import References
from operation.execution.affected.sessions import SESSIONS, read_sessions
from operation.execution.new import replacement
from operation.tests.clones import git

UNIT, LINT = {"unit"}, {"lint"}
TRAINING = {"integration", "azureml", "ado", "adoption", "data_validation", "use_cases", "spark"}
TOOLS = {"pipelines_local", "azureml_offline", "gx_duckdb"}
OTHER = "src/other/use_case.py"  # a second use case, beside whichever is here
READINGS: dict[frozenset[str], Readings] = {}  # by the tree that they are of
MODEL = "azure-pipelines/train.yml"


@pytest.fixture(scope="module")
def references(repository: Path) -> References:
    listed = git(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return References(repository, frozenset(listed) - {""} | {OTHER})


@pytest.fixture(scope="module")
def use_case(references: References) -> str:
    """Whichever is here: a team deletes the example."""
    found = Decider(Changes("", "", {}, frozenset(), references.tree), references).use_cases
    return next(name for name in found if name != "other")


def change(references: References, *paths: str, how: str = "modified") -> Affected:
    """What a change of these files touches."""
    changes = Changes("main", "0" * 40, dict.fromkeys(paths, how), frozenset(), references.tree)
    return decide(changes, references, READINGS.setdefault(references.tree, {}))


def sessions(found: Affected) -> set[str]:
    return {each.session for each in found.sessions if each.affected and each.session in SESSIONS}


def files(found: Affected, name: str) -> set[str]:
    """The test files of a session that run, without their folder."""
    (outcome,) = (each for each in found.sessions if each.session == name)
    return {path.removeprefix(f"operation/tests/{name}/") for path in outcome.files}


def test_every_session_has_an_entry_and_every_entry_is_a_session(repository: Path) -> None:
    """In doubt a session runs: one without an entry always does. Give it one, and it runs when it must."""
    assert noxfile.__doc__
    assert sorted(read_sessions(repository)) == sorted(registry.get())
    assert SESSIONS.keys() == registry.get().keys()


@pytest.mark.parametrize("name", SESSIONS)
def test_an_entry_names_the_lock_that_its_session_installs(name: str) -> None:
    source = inspect.getsource(inspect.unwrap(registry.get()[name].func))
    found = re.search(r"^    install\(session, \"([\w.-]+)\"", source, re.MULTILINE)
    assert SESSIONS[name].lock == (found[1] if found else "requirements.lock")


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_that_runs_tests_chooses_among_all_of_them(name: str) -> None:
    source = inspect.getsource(inspect.unwrap(registry.get()[name].func))
    assert SESSIONS[name].tests == (f"operation/tests/{name}/" if "run_tests(session" in source else "")


def test_what_is_declared_is_here(repository: Path) -> None:
    named = {*reads.READS, *reads.UNSEEN, *(start for each in SESSIONS.values() for start in each.starts)}
    assert [path for path in sorted(named) if not (repository / path).is_file()] == []


def test_the_files_of_a_use_case_are_those_that_its_replacement_deletes() -> None:
    assert sorted(place.rstrip("/") for place in reads.PLACES) == sorted(replacement.PLACES)


@pytest.mark.parametrize(
    ("path", "reached", "spared"),
    [
        (
            "operation/execution/registration/gate.py",
            TRAINING - {"spark"} | UNIT | LINT | {"types"},
            TOOLS | {"infrastructure"},
        ),
        ("operation/errors.py", TRAINING | UNIT, TOOLS),
        ("src/train.py", TRAINING | UNIT | {"types", "lock"}, TOOLS),
        ("src/learning/metrics.py", TRAINING | UNIT | {"types", "lock"}, TOOLS),
        ("operation/configuration/train.yml", TRAINING - {"spark"} | UNIT | {"lock"}, TOOLS | {"types"}),
        ("configuration/configuration.yaml", {"unit", "azureml", "use_cases", "adoption"}, TOOLS),
        ("azure-pipelines/train.yml", {"ado", "unit", "lint", "adoption"}, TOOLS | {"types", "spark", "use_cases"}),
        ("azure-pipelines/infrastructure/storage.json", {"infrastructure", "ado", "unit"}, TOOLS | {"spark"}),
        ("docs/decisions/README.md", UNIT | LINT, TOOLS | TRAINING | {"types", "lock", "infrastructure"}),
        ("docs/how-to/deploy.md", UNIT | LINT | {"azureml"}, TOOLS | TRAINING - {"azureml"} | {"types", "lock"}),
        ("CHANGELOG.md", UNIT | LINT, TOOLS | TRAINING | {"types", "lock"}),
        ("notebooks/README.md", UNIT | LINT, TOOLS | {"types", "lock", "integration", "adoption"}),
        (
            "tools/gx-duckdb/src/gx_duckdb/sql.py",
            {"gx_duckdb", "data_validation", "use_cases", "integration"},
            {"lock"},
        ),
        (
            "tools/azure-pipelines-local/src/azure_pipelines_local/verbs.py",
            {"pipelines_local", "ado", "unit", "lint", "types", "integration"},
            {"gx_duckdb", "azureml_offline", "use_cases", "data_validation", "adoption", "spark", "lock"},
        ),
        ("tools/azureml-offline/tests/conftest.py", {"azureml_offline", "lint", "types"}, {"gx_duckdb", "use_cases"}),
        ("requirements-infrastructure.lock", {"infrastructure", "lock", "unit"}, TOOLS | {"spark", "types"}),
        ("requirements-spark.lock", {"spark", "lock", "unit"}, TOOLS | {"types", "infrastructure"}),
        ("requirements.lock", TRAINING - {"azureml", "ado", "spark"} | UNIT | {"types"}, {"infrastructure"}),
        ("operation/tests/parcels/suites/parcels.json", {"integration", "azureml", "data_validation"}, TOOLS),
        ("operation/tests/ado/golden/ci.yml", {"ado", "lint"}, TOOLS | {"spark", "types", "use_cases"}),
        (
            "operation/tests/integration/conftest.py",
            {"integration", "azureml", "types"},
            TOOLS | {"spark", "use_cases"},
        ),
        ("operation/tests/unit/execution/sweep/test_space.py", {"unit", "types", "lint"}, TOOLS | {"spark"}),
        (".pre-commit-config.yaml", {"lint", "integration", "unit"}, TOOLS),
    ],
)
def test_a_change_of_each_kind_reaches_its_sessions(
    path: str, reached: set[str], spared: set[str], references: References
) -> None:
    if path.startswith("tools/") and path not in references.tree:
        pytest.skip("this clone does not have the tool")
    affected = change(references, path)
    found = sessions(affected)
    assert reached <= found
    why = [str(reason) for each in affected.sessions if each.session in spared for reason in each.reasons]
    assert spared.isdisjoint(found), f"does it read that? If not, say in READS what it does: {why}"


@pytest.mark.parametrize(
    "path",
    ["noxfile.py", "setup.py", "pyproject.toml", "operation/tests/conftest.py", ".ci/run", "Makefile", "lib/x.py"],
)
def test_what_all_depend_on_and_what_nobody_knows_reaches_everything(path: str, references: References) -> None:
    found = change(references, path)
    assert all(each.whole for each in found.sessions)
    assert {*found.pipelines} == {
        name for name in references.tree if re.fullmatch(r"azure-pipelines/\w+\.yml", name)
    } or (path in references.tree)


def test_without_a_change_nothing_runs(references: References) -> None:
    found = change(references)
    assert not any(each.affected for each in found.sessions)
    assert (found.use_cases, found.tools, found.pipelines) == ({}, {}, {})


def test_a_session_without_an_entry_runs_after_any_change(references: References) -> None:
    decider = Decider(Changes("", "", {"docs/README.md": "modified"}, frozenset(), references.tree), references)
    outcome = decider.session("a_new_one")
    assert (outcome.whole, str(outcome.reason)) == (True, "docs/README.md (the session has no entry in SESSIONS)")


def test_a_use_case_reaches_its_own_tests_what_reads_any_and_no_other(references: References, use_case: str) -> None:
    found = change(references, f"src/{use_case}/data.py")
    assert sessions(found) >= {"use_cases", "lint", "types", "lock", "unit", "azureml", "integration"}
    assert sessions(found).isdisjoint({*TOOLS, "ado", "adoption", "infrastructure", "spark", "coverage"})
    assert {path.split("/")[0] for path in files(found, "use_cases")} == {use_case}
    assert {"test_docs.py", "test_architecture.py"} < files(found, "unit")
    assert "test_documented_commands.py" in files(found, "azureml")
    assert not {"test_train.py", "test_sweep.py"} & files(found, "integration")
    assert found.use_cases[use_case][1]


@pytest.mark.parametrize("place", ["configuration/use_cases/{}.yaml", "src/{}/use_case.py", "src/{}/schema.py"])
def test_every_file_that_a_use_case_learns_by_trains_it(place: str, references: References, use_case: str) -> None:
    found = change(references, place.format(use_case))
    assert found.use_cases[use_case][1]
    assert MODEL in found.pipelines


def test_a_suite_reaches_the_validation_of_its_use_case(references: References, use_case: str) -> None:
    folder = f"operation/tests/data_validation/great_expectations/expectations/{use_case}/"
    suite = next(path for path in sorted(references.tree) if path.startswith(folder))
    found = change(references, suite)
    assert sessions(found) >= {"data_validation", "use_cases"}
    assert found.use_cases[use_case][1]


def test_another_use_case_reaches_neither_the_tests_nor_the_model_of_this_one(
    references: References, use_case: str
) -> None:
    found = change(references, OTHER, how="added")
    assert use_case not in found.use_cases
    assert "use_cases" not in sessions(found)


@pytest.mark.parametrize("how", ["added", "deleted"])
def test_which_use_cases_there_are_reaches_the_tests_of_pipelines(
    how: str, references: References, use_case: str
) -> None:
    values = f"configuration/use_cases/{use_case}.yaml"
    assert "ado" in sessions(change(references, values, how=how))
    assert "ado" not in sessions(change(references, values))


def test_a_tool_alone_trains_nothing(references: References) -> None:
    paths = sorted(path for path in references.tree if path.startswith("tools/"))
    found = change(references, *(path for path in paths if not path.endswith("pyproject.toml")))
    assert {*found.pipelines} == {"azure-pipelines/ci.yml"}
    assert not any(trains for _, trains in found.use_cases.values())
    assert {*found.tools} == {path.split("/")[1] for path in paths}


def test_pages_alone_train_nothing(references: References) -> None:
    pages = [path for path in references.tree if path.startswith("docs/")]
    found = change(references, *pages)
    assert (found.use_cases, found.tools, {*found.pipelines}) == ({}, {}, {"azure-pipelines/ci.yml"})
    assert files(found, "azureml") == {"test_documented_commands.py"}
    assert {"test_docs.py", "test_documentation.py"} < files(found, "unit")


def test_a_test_that_is_gone_runs_its_whole_session_for_that_counts_its_tests(references: References) -> None:
    found = change(references, "operation/tests/unit/test_people.py", how="deleted")
    assert [each.whole for each in found.sessions if each.session == "unit"] == [True]


def test_the_coverage_is_judged_where_all_that_it_counts_runs_whole(references: References) -> None:
    assert "coverage" in sessions(change(references, "pyproject.toml"))
    assert "coverage" not in sessions(change(references, "src/train.py", "docs/README.md")) or all(
        each.whole for each in change(references, "src/train.py").sessions if each.session in SESSIONS["coverage"].after
    )


ROOTED = re.compile(
    r"^\w+ = ROOT / \"(?!src|operation|outputs|requirements\.lock)\w|^from [\w.]+\.loading import .*\bload\b",
    re.MULTILINE,
)


def test_code_of_the_engine_that_reads_other_rooms_says_so(repository: Path) -> None:
    """What tests read by it, no code of theirs names. `loading` itself is handed another folder by tests."""
    code = [path for path in (repository / "operation").rglob("*.py") if "tests" not in path.parts]
    found = {path.relative_to(repository).as_posix() for path in code if ROOTED.search(path.read_text("utf-8"))}
    assert found - {"operation/execution/configuration/loading.py"} <= reads.OF_ENGINE.keys()
