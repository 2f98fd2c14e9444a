"""What a step runs is found in the source."""

from pathlib import Path

import pytest

from operation.execution.steps.imported_code import find_code
from operation.tests.parcels import own_scripts


def write(root: Path, files: dict[str, str] | None = None, **modules: str) -> None:
    """Write files by their path, and modules by their path with two underscores between its parts."""
    for name, text in {
        **(files or {}),
        **{f"{name.replace('__', '/')}.py": text for name, text in modules.items()},
    }.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def names(script: Path, root: Path, use_case: str = "") -> list[str]:
    return [file.relative_to(root).as_posix() for file in find_code(script, root, use_case).files]


@pytest.mark.parametrize(
    "statement",
    [
        "import parcels.data",
        "from parcels import data",
        "from parcels.data import x",
        "def f():\n    import parcels.data",
        "if x:\n    pass\nelse:\n    import parcels.data",
        "try:\n    pass\nfinally:\n    import parcels.data",
        "try:\n    pass\nexcept OSError:\n    import parcels.data",
        "match x:\n    case 1:\n        import parcels.data",
    ],
)
def test_a_module_of_ours_counts_however_it_is_imported(tmp_path: Path, statement: str) -> None:
    write(tmp_path, src__go=statement, src__parcels__data="x = 1", src__parcels__other="")
    (tmp_path / "src" / "parcels" / "__init__.py").touch()
    assert names(tmp_path / "src" / "go.py", tmp_path) == [
        "src/go.py",
        "src/parcels/__init__.py",
        "src/parcels/data.py",
    ]


def test_what_a_module_imports_counts_too(tmp_path: Path) -> None:
    write(tmp_path, src__go="import a", src__a="import b", src__b="import a, json, numpy.linalg")
    code = find_code(tmp_path / "src" / "go.py", tmp_path)
    assert [file.stem for file in code.files] == ["a", "b", "go"]
    assert code.packages == {"numpy"}


def test_a_package_runs_its_main_module_and_relative_imports(tmp_path: Path) -> None:
    main = "from .deep import x\nfrom ..rules import y\n"
    write(tmp_path, {"op/check/__main__.py": main, "op/__init__.py": "", "op/check/__init__.py": ""})
    write(tmp_path, op__rules="", op__check__deep="import pandas")
    code = find_code(tmp_path / "op" / "check", tmp_path)
    assert {file.name for file in code.files} == {"__init__.py", "__main__.py", "deep.py", "rules.py"}
    assert code.packages == {"pandas"}


@pytest.mark.parametrize(
    "statement", ["import engine_kit", "from engine_kit import run", "from engine_kit.deep import x"]
)
def test_a_tool_is_ours_with_all_that_it_imports(tmp_path: Path, statement: str) -> None:
    write(tmp_path, {"op/check/__main__.py": f"import pyarrow\n{statement}"})
    lazily = "def __getattr__(name):\n    from engine_kit.deep import x"
    write(
        tmp_path / "tools/engine-kit/src/engine_kit",
        {"__init__.py": lazily},
        deep="from .far import y",
        far="import duckdb",
    )
    code = find_code(tmp_path / "op" / "check", tmp_path)
    assert [file.name for file in code.files] == ["__main__.py", "__init__.py", "deep.py", "far.py"]
    assert code.packages == {"pyarrow", "duckdb"}


def test_a_tool_that_is_missing_is_a_package_of_others(tmp_path: Path) -> None:
    write(tmp_path, {"op/check/__main__.py": "from engine_kit import run"})
    assert find_code(tmp_path / "op" / "check", tmp_path).packages == {"engine_kit"}


def test_a_script_that_is_missing_or_broken_is_left_to_python_to_complain_about(tmp_path: Path) -> None:
    write(tmp_path, src__broken="def (")
    assert find_code(tmp_path / "nowhere.py", tmp_path).files == ()
    assert names(tmp_path / "src" / "broken.py", tmp_path) == ["src/broken.py"]


def test_serving_and_preparation_are_no_part_of_training() -> None:
    scripts = own_scripts()
    files = names(scripts / "train.py", scripts.parent, "parcels")
    assert "src/learning/features.py" in files
    assert not {"src/score.py", "src/learning/plots.py"} & set(files)


@pytest.mark.parametrize(
    ("script", "read"),
    [
        ("prepare", ["__init__.py", "data.py", "schema.py", "use_case.py"]),
        ("train", ["__init__.py", "schema.py", "use_case.py"]),
        ("evaluate", ["__init__.py", "schema.py", "use_case.py"]),
        ("batch_score", []),
    ],
)
def test_a_script_reads_the_files_of_its_use_case_that_it_loads_by_name(script: str, read: list[str]) -> None:
    scripts = own_scripts()
    found = [Path(name) for name in names(scripts / f"{script}.py", scripts.parent, "parcels")]
    assert [file.name for file in found if file.parent.name == "parcels"] == read


def test_a_script_reads_no_file_of_another_use_case(tmp_path: Path) -> None:
    write(tmp_path, src__go="from learning.use_cases import chosen, load_preparation")
    for name in ("churn", "parcels"):
        write(tmp_path / "src" / name, {}, use_case="", data="")
    assert names(tmp_path / "src" / "go.py", tmp_path, "churn") == [
        "src/churn/data.py",
        "src/churn/use_case.py",
        "src/go.py",
    ]
