"""A configuration of an older form is found, and becomes the newest with its comments; the newest stays as it is."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from operation.errors import OperationError
from operation.execution.configuration import forms, loading
from operation.execution.configuration.yaml_edits import find, take
from operation.execution.doctor import doctor
from operation.tests.parcels import HERE, own_scripts

PREPARED = """\
data:
  source: somewhere              # a folder ...
                                 # ... or a package
  tables: [parcels, weather]
  known_defects: []

preparation:                     # arguments of src/prepare.py
  test_from: 2013-11-01          # the first day of the test part
  test_until: 2014-01-01
  late_after_hours: 1            # ours

"""
TRAINED = """\
training:
  model: lightgbm
  trees: 20

evaluation:
  resamples: 100                 # of the bootstrap

gate:
  metric: roc_auc
  at_least:
    roc_auc: 0.6

sweep:
  search: grid
  select_from: 2013-09-01        # compared from here
  parameters:
    trees: [10, 20]              # both of them

limits:
  - Nothing is known.
"""
FIRST = f"""\
# What people change.

experiment: parcel-delays        # groups the runs
model: parcel-delays
seed: 7                          # of all that is drawn
threads: 1
memory_mb: 1000

{PREPARED}# About training.
{TRAINED}"""
WORKSPACE = "backend:\n  kind: azureml\n  outputs: outputs  # here\n"
OLD = {forms.SHARED: FIRST, f"{forms.ENVIRONMENTS}dev.yaml": WORKSPACE}
OWN = f"{forms.USE_CASES}parcels.yaml"


DIVIDED = {
    forms.SHARED: f"""\
# What people change.

use_case: parcels{" " * 16}# without --use-case: a package in src/, and a file in use_cases/
seed: 7                          # of all that is drawn
threads: 1
memory_mb: 1000

# About training.
""",
    OWN: f"""\
# The use case in src/parcels: names and values for people to change. They override those of configuration.yaml; a file
# in environments/ overrides both, and `--set section.key=value` all of them for one command.

experiment: parcel-delays        # groups the runs
model: parcel-delays

{PREPARED}{TRAINED}""",
    f"{forms.ENVIRONMENTS}dev.yaml": WORKSPACE,
}


@pytest.fixture
def new() -> dict[str, str]:
    """The old files in the newest form; made by each test, or no mutant of the steps would be noticed."""
    return forms.modernize(OLD, ("parcels",))[0]


def comments(text: str) -> set[str]:
    return {line.partition("#")[2].strip() for line in text.splitlines() if "#" in line}


def test_the_use_case_gets_a_file_of_its_own(new: dict[str, str]) -> None:
    assert new[forms.SHARED].splitlines()[2].startswith("use_case: parcels ")
    assert find(new[OWN], ("training", "trees")) is not None
    assert find(new[forms.SHARED], ("gate",)) is None
    assert find(new[forms.SHARED], ("seed",)) is not None


SPLIT_USE_CASE, SPLIT_RULE, SHARE = forms.STEPS[0].apply, forms.STEPS[1].apply, forms.STEPS[2].apply
OF_SHARED = next(step.apply for step in forms.STEPS if "retention" in step.what)
OF_WORKSPACE = forms.STEPS[-1].apply


def test_values_of_the_use_case_move_into_its_file_and_all_else_stays_where_it_is() -> None:
    assert SPLIT_USE_CASE(OLD, ("parcels",)) == DIVIDED


def test_without_a_seed_the_name_of_the_use_case_stands_last() -> None:
    found = SPLIT_USE_CASE({forms.SHARED: "\nthreads: 1\nmodel: m\ndata:\n  source: x\nlimits: []\n\n\n"}, ("parcels",))
    assert found[forms.SHARED].splitlines()[:2] == ["", "threads: 1"]
    assert found[forms.SHARED].splitlines()[-1].startswith("use_case: parcels ")
    assert found[OWN].endswith("one command.\n\nmodel: m\n\ndata:\n  source: x\n\nlimits: []\n")


def test_the_days_become_a_split_above_the_preparation() -> None:
    text = "seed: 7\npreparation:\n  test_from: 2013-11-01\n  test_until: 2014-01-01\n  hours: 1\nsweep:\n  trials: 3\n"
    days = SPLIT_RULE({OWN: text, f"{forms.ENVIRONMENTS}dev.yaml": text}, ())
    assert days[f"{forms.ENVIRONMENTS}dev.yaml"] == text
    assert (
        days[OWN]
        == f"""\
seed: 7
split:                           # which rows train, and which test
  by: time                       # or group or random, by the columns that the use case names
  test: 2013-11-01 to 2013-12-31 # or "last 61 days", or "20 %" of the rows; what is before it trains
  selection: 2013-10-31 to 2013-10-31{" " * 1}# what a sweep compares its trials on, of what is before

preparation:
  hours: 1
sweep:
  trials: 3
"""
    )


def test_a_split_that_is_there_stays_and_the_days_go() -> None:
    text = "split:\n  by: random\npreparation:\n  test_from: 2013-11-01\n  test_until: 2014-01-01\n  hours: 1\n"
    assert SPLIT_RULE({forms.SHARED: text}, ()) == {forms.SHARED: "split:\n  by: random\npreparation:\n  hours: 1\n"}


def test_without_any_other_value_of_the_preparation_the_split_stands_last() -> None:
    text = "seed: 7\npreparation:\n  test_from: 2013-11-01\n  test_until: 2014-01-01\n"
    lines = SPLIT_RULE({OWN: text}, ())[OWN].splitlines()
    assert lines[:2] == ["seed: 7", ""]
    assert lines[2].startswith("split: ")
    assert "preparation:" not in lines


@pytest.mark.parametrize("step", [step.apply for step in forms.STEPS], ids=[step.what for step in forms.STEPS])
def test_without_a_shared_file_nothing_is_added(step: Callable[..., dict[str, str]]) -> None:
    assert step({}, ()) == {}
    assert step({"configuration/notes.yaml": "a: 1\n"}, ("parcels",)) == {"configuration/notes.yaml": "a: 1\n"}


@pytest.mark.parametrize(("shared", "added"), [("data:\n  tables: []\n", True), ("data:\n  share: 1\n", False)])
def test_a_key_is_added_to_use_cases_unless_the_shared_file_has_it(shared: str, added: bool) -> None:
    other = f"{forms.ENVIRONMENTS}dev.yaml"
    files = {forms.SHARED: shared, OWN: "data:\n  source: x\n", other: "data:\n  source: y\n"}
    found = SHARE(files, ())
    assert ("share: 1 " in found[OWN]) is added
    assert {path: found[path] for path in (forms.SHARED, other)} == {
        path: files[path] for path in (forms.SHARED, other)
    }


RETENTION = "retention:\n  runs: 1\n  data_docs: 1\n  sweeps: 1\n  backtests: 1\n  cache_megabytes: 1\n"


@pytest.mark.parametrize(
    ("shared", "own", "added"),
    [
        ("seed: 7\n", ["model: a\n"], True),
        ("seed: 7\n", [RETENTION], False),
        ("seed: 7\n", [RETENTION, "model: a\n"], True),
        ("seed: 7\n", [], True),
        (RETENTION, ["model: a\n"], False),
        (RETENTION, [], False),
    ],
)
def test_a_key_is_added_to_the_shared_file_unless_it_or_every_use_case_has_it(
    shared: str, own: list[str], added: bool
) -> None:
    files = {forms.SHARED: shared} | {f"{forms.USE_CASES}{number}.yaml": text for number, text in enumerate(own)}
    found = OF_SHARED(files, ())
    assert found[forms.SHARED].startswith(shared)
    assert (found[forms.SHARED] != shared) is added
    assert found == files | {forms.SHARED: found[forms.SHARED]}


@pytest.mark.parametrize(("kind", "added"), [("azureml", True), ("emulator", True), ("local", False)])
def test_an_environment_that_is_a_workspace_says_what_services_run_on(kind: str, added: bool) -> None:
    text, path = f"backend:\n  kind: {kind}\n", f"{forms.ENVIRONMENTS}x.yaml"
    found = OF_WORKSPACE({path: text, forms.SHARED: text}, ())
    assert ("\n  hosting: " in found[path]) is added
    assert found[forms.SHARED] == text


def test_packages_are_known_by_their_use_case_or_schema(tmp_path: Path) -> None:
    for name in ("a/use_case.py", "b/schema.py", "c/data.py", "d/schema.py", "d/use_case.py"):
        (tmp_path / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "src" / name).touch()
    assert forms.read(tmp_path) == ({}, ("a", "d", "b"))


def test_what_changes_is_shown_as_git_shows_it() -> None:
    before, after = {"a": "1\n2\n", "b": "same\n", "d": "gone\n"}, {"a": "1\n3\n", "b": "same\n", "c": "new\n"}
    assert forms.difference(before, after).splitlines() == [
        *("--- a/a", "+++ b/a", "@@ -1,2 +1,2 @@", " 1", "-2", "+3"),
        *("--- /dev/null", "+++ b/c", "@@ -0,0 +1 @@", "+new"),
        *("--- a/d", "+++ b/d", "@@ -1 +0,0 @@", "-gone"),
    ]


def test_only_what_changes_is_written_as_utf_8_in_a_folder_that_is_made(tmp_path: Path) -> None:
    forms.write(tmp_path, {"a": "same"}, {"a": "same", "b/c/d": "\u00fc\n"})
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert (tmp_path / "b" / "c" / "d").read_bytes() == b"\xc3\xbc\n"


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("  test: 2013-11-01 to 2013-12-31 ", OWN),
        ("  selection: 2013-09-01 to 2013-10-31 ", OWN),
        ("  share: 1 ", OWN),
        ("  least_gain: 0.0 ", OWN),
        ("  golden_rows: 20 ", forms.SHARED),
        ("serving: ", forms.SHARED),
        ("monitoring: ", forms.SHARED),
        ("retention: ", forms.SHARED),
        ("  hosting: ", f"{forms.ENVIRONMENTS}dev.yaml"),
    ],
)
def test_what_came_later_is_added_in_its_place(line: str, path: str, new: dict[str, str]) -> None:
    assert any(each.startswith(line) for each in new[path].splitlines())


@pytest.mark.parametrize("key", [("preparation", "test_from"), ("preparation", "test_until"), ("sweep", "select_from")])
def test_a_key_that_there_is_no_more_goes(key: tuple[str, str], new: dict[str, str]) -> None:
    assert all(find(text, key) is None for text in new.values())


def test_every_comment_stays_but_those_of_keys_that_go(new: dict[str, str]) -> None:
    gone = {"the first day of the test part", "compared from here"}
    assert comments(FIRST) - gone <= comments(new[forms.SHARED] + new[OWN])


def test_every_older_form_is_named() -> None:
    notes = forms.modernize(OLD, ("parcels",))[1]
    assert notes == [step.what for step in forms.STEPS]
    assert "preparation.test_from" in " ".join(notes)


def test_the_newest_form_stays_as_it_is(new: dict[str, str]) -> None:
    assert forms.modernize(new, ("parcels",)) == (new, [])


def test_parcels_have_the_newest_form() -> None:
    assert forms.examine(HERE)[2] == []


def test_the_newest_form_loads_where_the_older_one_does_not(tmp_path: Path) -> None:
    root = copy_of_parcels(tmp_path)
    shared = root / "configuration" / "configuration.yaml"
    newest = shared.read_text(encoding="utf-8")
    shared.write_text(take(take(newest, "retention")[0], "serving")[0], encoding="utf-8")
    with pytest.raises(OperationError, match="serving"):
        loading.load(folder=root / "configuration", scripts=own_scripts())
    doctor.bring_up_to_date(root)
    assert loading.load(folder=root / "configuration", scripts=own_scripts()).retention.runs == 0


FIRST_KEYS = {  # those of 0.1.0 that there still are
    *("use_case", "seed", "threads", "memory_mb", "experiment", "model", "preparation", "limits", "split", "backend"),
    *("data.source", "data.tables", "data.known_defects", "sweep.search", "sweep.trials", "sweep.parameters"),
    *("training.model", "training.trees", "training.leaves", "training.learning_rate", "training.min_rows_per_leaf"),
    *("training.onnx_tolerance", "training.onnx_check_rows"),
    *("evaluation.resamples", "evaluation.resample_by", "evaluation.slices"),
    *("gate.metric", "gate.confidence", "gate.at_least", "gate.at_most"),
}


def test_every_key_that_came_later_is_added_by_a_step(tmp_path: Path) -> None:
    root = copy_of_parcels(tmp_path)
    for path in (root / "configuration" / "configuration.yaml", root / "configuration" / "use_cases" / "parcels.yaml"):
        text, values = path.read_text(encoding="utf-8"), yaml.safe_load(path.read_text(encoding="utf-8"))
        for section, value in values.items():
            keys = [(section, key) for key in value] if isinstance(value, dict) else []
            later = [each for each in keys if section not in FIRST_KEYS and ".".join(each) not in FIRST_KEYS]
            for key in [(section,)] if keys and later == keys else later:
                text = take(text, *key)[0]
        path.write_text(text, encoding="utf-8")
    doctor.bring_up_to_date(root)
    assert loading.load(folder=root / "configuration", scripts=own_scripts()).card.owner == ""


def copy_of_parcels(folder: Path) -> Path:
    shutil.copytree(HERE / "configuration", folder / "configuration")
    return folder


def test_doctor_names_an_older_form_with_the_remedy(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(OperationError, match=r"older form: .* Run: invoke doctor --fix"):
        doctor.find_form(tmp_path)


def test_fixing_shows_the_difference_and_is_done_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    doctor.bring_up_to_date(tmp_path)
    shown = capsys.readouterr().out
    assert "-  test_from: 2013-11-01          # the first day of the test part" in shown
    assert "+++ b/configuration/use_cases/parcels.yaml" in shown
    assert doctor.find_form(tmp_path)
    doctor.bring_up_to_date(tmp_path)
    assert "nothing to fix" in capsys.readouterr().out


def write(root: Path) -> None:
    for path, text in OLD.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    (root / "src" / "parcels").mkdir(parents=True)
    (root / "src" / "parcels" / "use_case.py").touch()


@pytest.mark.parametrize(
    ("files", "packages", "message"),
    [
        (OLD, (), "names no use_case"),
        (OLD, ("a", "b"), "Name one of the packages in src/: a, b"),
        (OLD | {forms.SHARED: FIRST.replace("2014-01-01", "never")}, ("parcels",), "test_until, 'never', is not a day"),
        ({OWN: "preparation:\n  test_until: 2014-01-01\n"}, (), "test_from is missing. Write a day such as 2013-11"),
        ({OWN: "preparation:\n  test_from: 2013-11-01\n"}, (), "test_until is missing"),
    ],
    ids=["no use case", "several use cases", "no day", "the last day alone", "the first day alone"],
)
def test_what_a_person_has_to_decide_is_said(files: dict[str, str], packages: tuple[str, ...], message: str) -> None:
    with pytest.raises(OperationError, match=message):
        forms.modernize(files, packages)


@pytest.mark.parametrize("content", [b"a: [", b"\xff"], ids=["no yaml", "no text"])
def test_a_file_that_cannot_be_read_is_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "configuration").mkdir()
    (tmp_path / "configuration" / "configuration.yaml").write_bytes(content)
    with pytest.raises(
        OperationError, match=r"^The configuration is not YAML: (while parsing a flow|.* invalid start byte)"
    ):
        forms.examine(tmp_path)
