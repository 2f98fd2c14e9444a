"""Who may import whom: the dependency rule of the repository, read from the code without running it."""

import ast
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

CORE_SCRIPTS = {"prepare", "train", "evaluate", "batch_score", "score", "utils", "job", "flights"}
OPERATION_AND_CLOUD = {"operation", "tasks", "invoke", "azureml", "azure", "mlflow"}
USES_AZUREML = ("src/utils.py", "operation/execution/utils.py", "operation/execution/backends/azureml/")
SERVING_VARIABLE = "AZUREML_MODEL_DIR"  # the one that the serving contract prescribes to score.py


def imports(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Dotted names of the modules that `nodes` import; `from a import b` gives a and a.b."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def packages(code: str) -> set[str]:
    """Top-level names of all that `code` imports, wherever it does."""
    return {name.partition(".")[0] for name in imports(ast.walk(ast.parse(code)))}


def imported_at_start(code: str) -> set[str]:
    """What importing `code` imports: all but functions, and the blocks for type checkers and for scripts."""

    def walk(node: ast.AST) -> Iterator[ast.AST]:
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        guarded = isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "__name__ == '__main__'")
        if not later and not guarded:
            yield node
            for child in ast.iter_child_nodes(node):
                yield from walk(child)

    return set(imports(walk(ast.parse(code))))


def environment_reads(code: str) -> list[str]:
    """The expressions of `code` that read an environment variable."""
    tree = ast.parse(code)
    from_os = {"os.environ", "os.getenv"} & set(imports(ast.walk(tree)))
    found = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) or (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load))
    ]
    return [each for each in found if each.startswith(("os.environ", "os.getenv"))] + sorted(from_os)


def src_knows_nothing_of_operation_and_cloud(path: str, code: str) -> bool:
    forbidden = OPERATION_AND_CLOUD - ({"azure", "azureml"} if path in USES_AZUREML else set())
    return not path.startswith("src/") or not packages(code) & forbidden


def src_reads_no_environment_variable(path: str, code: str) -> bool:
    if not path.startswith("src/") or path == "src/utils.py":
        return True
    allowed = SERVING_VARIABLE if path == "src/score.py" else None
    return all(allowed and allowed in each for each in environment_reads(code))


def operation_never_imports_src(path: str, code: str) -> bool:
    return not path.startswith(("operation/", "tasks.py")) or not packages(code) & CORE_SCRIPTS


def only_the_azureml_backend_imports_azureml(path: str, code: str) -> bool:
    return path.startswith(USES_AZUREML) or "azureml" not in packages(code)


RULES = [
    src_knows_nothing_of_operation_and_cloud,
    src_reads_no_environment_variable,
    operation_never_imports_src,
    only_the_azureml_backend_imports_azureml,
]


def sources(repository: Path) -> Iterator[tuple[str, str]]:
    """Path in the repository and code of every file that the rules are about; tests may import what they test."""
    for folder in ("src", "operation"):
        for file in sorted((repository / folder).rglob("*.py")):
            path = file.relative_to(repository).as_posix()
            if not path.startswith("operation/tests/"):
                yield path, file.read_text(encoding="utf-8")
    yield "tasks.py", (repository / "tasks.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule: Callable[[str, str], bool], repository: Path) -> None:
    assert [path for path, code in sources(repository) if not rule(path, code)] == []


@pytest.mark.parametrize(
    ("rule", "path", "code"),
    [
        (src_knows_nothing_of_operation_and_cloud, "src/train.py", "import operation.errors"),
        (src_knows_nothing_of_operation_and_cloud, "src/flights/models.py", "def fit():\n    import mlflow"),
        (src_knows_nothing_of_operation_and_cloud, "src/score.py", "from azureml.core import Run"),
        (src_reads_no_environment_variable, "src/train.py", "import os\nhome = os.environ['HOME']"),
        (src_reads_no_environment_variable, "src/train.py", "import os\nhome = os.environ.get('HOME')"),
        (src_reads_no_environment_variable, "src/flights/data.py", "import os\nhome = os.getenv('HOME')"),
        (src_reads_no_environment_variable, "src/flights/data.py", "from os import environ"),
        (src_reads_no_environment_variable, "src/score.py", "import os\nkey = os.environ['KEY']"),
        (operation_never_imports_src, "operation/execution/training/train.py", "from flights import metrics"),
        (operation_never_imports_src, "operation/execution/training/train.py", "def go():\n    import train"),
        (operation_never_imports_src, "tasks.py", "import evaluate"),
        (
            only_the_azureml_backend_imports_azureml,
            "operation/execution/registration/register.py",
            "import azureml.core",
        ),
        (only_the_azureml_backend_imports_azureml, "operation/execution/backends/local/database.py", "import azureml"),
    ],
)
def test_code_against_the_rule_is_found(rule: Callable[[str, str], bool], path: str, code: str) -> None:
    assert not rule(path, code)


@pytest.mark.parametrize(
    ("rule", "path", "code"),
    [
        (src_knows_nothing_of_operation_and_cloud, "src/utils.py", "def workspace():\n    import azureml.core"),
        (src_reads_no_environment_variable, "src/score.py", "import os\nfolder = os.environ['AZUREML_MODEL_DIR']"),
        (src_reads_no_environment_variable, "src/utils.py", "import os\nkey = os.environ['KEY']"),
        (src_reads_no_environment_variable, "src/flights/scoring.py", "import os\nos.environ['FOR_A_LIBRARY'] = '1'"),
        (operation_never_imports_src, "operation/execution/training/train.py", "from operation.execution import utils"),
        (only_the_azureml_backend_imports_azureml, "operation/execution/backends/azureml/jobs.py", "import azureml"),
    ],
)
def test_a_stated_exception_is_allowed(rule: Callable[[str, str], bool], path: str, code: str) -> None:
    assert rule(path, code)


def third_party_at_start(repository: Path, module: str, seen: set[str]) -> set[str]:
    """The packages from outside the repository that importing `module` imports, directly or through our modules."""
    file = repository / Path(*module.split("."))
    file = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
    if module in seen or not file.exists():
        return set()
    seen.add(module)
    names = imported_at_start(file.read_text(encoding="utf-8"))
    ours = {name for name in names if name.partition(".")[0] in ("operation", "tasks")}
    parents = {name.rpartition(".")[0] for name in ours} - {""}
    found = {name.partition(".")[0] for name in names - ours}
    return found.union(*(third_party_at_start(repository, name, seen) for name in ours | parents)) - {"operation"}


def test_listing_the_tasks_imports_invoke_and_the_standard_library_alone(repository: Path) -> None:
    assert third_party_at_start(repository, "tasks", set()) - sys.stdlib_module_names == {"invoke"}


def test_a_heavy_import_behind_another_module_is_found(tmp_path: Path) -> None:
    (tmp_path / "operation").mkdir()
    (tmp_path / "operation" / "verbs.py").write_text("class Gate:\n    import pandas\n", encoding="utf-8")
    (tmp_path / "operation" / "lazy.py").write_text("def ui():\n    import mlflow\n", encoding="utf-8")
    (tmp_path / "tasks.py").write_text("import invoke\nfrom operation import lazy, verbs\n", encoding="utf-8")
    assert third_party_at_start(tmp_path, "tasks", set()) == {"invoke", "pandas"}
