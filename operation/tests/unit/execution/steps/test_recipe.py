"""Each thing that goes into a step changes its key, and is named; nothing else does."""

import platform
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from operation.execution.steps.imported_code import imports
from operation.execution.steps.recipe import Recipe, differences, hash_folder, recipe_of
from operation.execution.values import Step

STEP = Step(
    "train", "src/train.py", {"--learning-rate": ("0.1",)}, {"--data": "raw"}, {"--output": "model"}, ("rules",)
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository: a script, a module that it imports and one that it does not, and files that it reads."""
    files = {
        "src/train.py": "import features",
        "src/features.py": "import numpy",
        "src/score.py": "'A docstring.'",
        "rules/suite.json": "{}",
        "requirements.lock": "numpy==1",
        "raw/parcels.parquet": "rows",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def made(root: Path, step: Step = STEP) -> Recipe:
    imports.cache_clear()
    return recipe_of(step, {"raw": hash_folder(root / "raw")}, root)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("src/train.py", "src/train.py changed"),
        ("src/features.py", "src/features.py changed"),
        ("rules/suite.json", "rules/suite.json changed"),
        ("requirements.lock", "requirements.lock changed"),
        ("raw/parcels.parquet", "input raw/parcels.parquet changed"),
    ],
)
def test_a_changed_file_changes_the_key_and_is_named(root: Path, file: str, said: str) -> None:
    before = made(root)
    (root / file).write_text((root / file).read_text() + "\n")
    after = made(root)
    assert after.key != before.key
    assert differences(after, before) == [said]


def test_what_a_script_loads_of_its_use_case_is_code_too(root: Path) -> None:
    (root / "src" / "train.py").write_text("from learning.use_cases import chosen")
    (root / "src" / "parcels").mkdir()
    (root / "src" / "parcels" / "use_case.py").write_text("words = 1")
    for arguments, read in (({"--use-case": ("parcels",)}, True), ({"--other": ("parcels",)}, False)):
        assert ("src/parcels/use_case.py" in made(root, replace(STEP, arguments=arguments)).code) is read


def test_a_changed_argument_is_named_with_both_values(root: Path) -> None:
    before, after = made(root), made(root, replace(STEP, arguments={"--learning-rate": ("0.05",)}))
    assert after.key != before.key
    assert differences(after, before) == ["argument learning_rate 0.1 → 0.05"]


def test_a_change_in_a_tool_reruns_validation_and_is_named(repository: Path, tmp_path: Path) -> None:
    for folder in ("operation/execution", "tools/gx-duckdb/src"):
        shutil.copytree(repository / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "requirements.lock").touch()
    step = replace(STEP, script="operation/execution/validation", files=())

    def recipe() -> Recipe:
        imports.cache_clear()
        return recipe_of(step, {}, tmp_path)

    before, file = recipe(), "tools/gx-duckdb/src/gx_duckdb/duplicates.py"  # which only other files of the tool import
    assert "gx_duckdb" not in before.packages
    (tmp_path / file).write_text((repository / file).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert differences(recipe(), before) == [f"{file} changed"]


def test_another_version_of_a_package_is_named_with_both(root: Path) -> None:
    now = made(root)
    then = replace(now, packages={**now.packages, "numpy": "1.0"})
    assert then.key != now.key
    assert differences(now, then) == [f"numpy 1.0 → {now.packages['numpy']}"]


def test_a_file_that_appears_is_a_change(root: Path) -> None:
    before = made(root)
    (root / "raw" / "weather.parquet").write_text("rows")
    assert differences(made(root), before) == ["input raw/weather.parquet changed"]


def test_of_several_files_only_the_folder_is_named(root: Path) -> None:
    before = made(root)
    for name in ("parcels", "weather"):
        (root / "raw" / f"{name}.parquet").write_text("other rows")
    assert differences(made(root), before) == ["input raw changed"]


def test_the_folder_that_an_option_takes_is_part_of_the_key(root: Path) -> None:
    assert made(root, replace(STEP, outputs={"--output": "elsewhere"})).key != made(root).key


def test_a_module_that_the_step_does_not_import_changes_nothing(root: Path) -> None:
    before = made(root)
    (root / "src" / "score.py").write_text("'Another docstring.'")
    assert made(root) == before


def test_the_same_content_elsewhere_has_the_same_key(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    copy = tmp_path_factory.mktemp("copy")
    for file in (file for file in root.rglob("*") if file.is_file()):
        place = copy / file.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.read_bytes())
    assert made(copy).key == made(root).key


def test_an_input_can_be_left_out_of_account(root: Path) -> None:
    recipe = made(root)
    assert (recipe.without(["raw"]).inputs, recipe.without(["raw"]).folders) == ({}, {"--output": "model"})
    assert recipe.without(["champion"]) == recipe


def test_a_recipe_holds_every_word_and_the_python_that_runs_it(root: Path) -> None:
    found = made(root, replace(STEP, arguments={"--tables": ("parcels", "weather")}))
    assert found.arguments == {"--tables": "parcels weather"}
    assert found.packages.keys() == {"python", "requirements.lock", "numpy"}
    assert found.packages["python"].startswith(f"{platform.python_version()} ")


def test_a_single_file_that_a_step_reads_is_part_of_the_key(root: Path) -> None:
    assert "rules/suite.json" in made(root, replace(STEP, files=("rules/suite.json",))).code


def test_an_argument_a_package_and_an_input_that_come_or_go_are_named(root: Path) -> None:
    now = made(root)
    then = replace(now, arguments={}, inputs={}, packages={name: now.packages[name] for name in ("requirements.lock",)})
    python, numpy = now.packages["python"], now.packages["numpy"]
    appeared = ["argument learning_rate none → 0.1", "input raw/parcels.parquet changed"]
    assert differences(now, then) == [*appeared, f"numpy none → {numpy}", f"python none → {python}"]
    gone = ["argument learning_rate 0.1 → none", "input raw/parcels.parquet changed"]
    assert differences(then, now) == [*gone, f"numpy {numpy} → none", f"python {python} → none"]
