"""Who may import whom: the dependency rule of the repository, read from the code without running it.

ROOMS is the order of the floors. A new room fails here until it stands in it.
"""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from operation.tests.import_graph import Files, Imported, circles, declared, files_of, import_nodes
from operation.tests.import_graph import imports as imported_by

pytestmark = pytest.mark.unmeasured
SOURCE = Path(__file__).parents[3] / "src"
USE_CASES = {"parcels", *(file.parent.name for file in SOURCE.glob("*/use_case.py"))}  # the first is that of tests
CORE_SCRIPTS = {path.stem for path in SOURCE.glob("*.py")} | {"learning", *USE_CASES}
OPERATION_AND_CLOUD = {"operation", "tasks", "invoke", "azureml", "azure", "mlflow"}
USES_AZUREML = ("src/utils.py", "operation/execution/utils.py", "operation/execution/backends/azureml/")
VARIABLES = {  # that a script may read: those of the serving contract, and a secret
    "src/score.py": ("AZUREML_MODEL_DIR", "MODEL_VERSION", "SERVING_SETTINGS"),
    "src/batch_run.py": ("AZUREML_MODEL_DIR",),
    "src/serve.py": ("KEY",),
}


def imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
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
    return {name.partition(".")[0] for name in imports(import_nodes(code))}


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
    if "environ" not in code and "getenv" not in code:  # to write expressions anew takes long
        return []
    tree = ast.parse(code)
    from_os = {"os.environ", "os.getenv"} & set(imports(import_nodes(code)))
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
    return all(any(name in each for name in VARIABLES.get(path, ())) for each in environment_reads(code))


def learning_knows_no_use_case(path: str, code: str) -> bool:
    return not path.startswith("src/learning/") or not packages(code) & (CORE_SCRIPTS - {"learning"})


def only_a_use_case_imports_itself(path: str, code: str) -> bool:
    own = {name for name in USE_CASES if path.startswith(f"src/{name}/")}
    return not path.startswith("src/") or not packages(code) & (USE_CASES - own)


def a_use_case_knows_no_script(path: str, code: str) -> bool:
    is_one = any(path.startswith(f"src/{name}/") for name in USE_CASES)
    return not is_one or not packages(code) & (CORE_SCRIPTS - {"learning"} - USE_CASES)


def training_reads_no_preparation(path: str, code: str) -> bool:
    is_read = any(path == f"src/{name}/{file}.py" for name in USE_CASES for file in ("schema", "use_case"))
    allowed = {f"{name}.schema" for name in USE_CASES} | {"learning.arguments"}
    ours = [name for name in imports(import_nodes(code)) if name.partition(".")[0] in CORE_SCRIPTS]
    return not is_read or all(".".join(name.split(".")[:2]) in allowed for name in ours)


def operation_never_imports_src(path: str, code: str) -> bool:
    return not path.startswith(("operation/", "tasks.py")) or not packages(code) & CORE_SCRIPTS


def only_the_azureml_backend_imports_azureml(path: str, code: str) -> bool:
    return path.startswith(USES_AZUREML) or "azureml" not in packages(code)


RULES = [
    src_knows_nothing_of_operation_and_cloud,
    src_reads_no_environment_variable,
    learning_knows_no_use_case,
    only_a_use_case_imports_itself,
    a_use_case_knows_no_script,
    training_reads_no_preparation,
    operation_never_imports_src,
    only_the_azureml_backend_imports_azureml,
]


@cache
def sources(repository: Path) -> list[tuple[str, str]]:
    """Path in the repository and code of every file that the rules are about; tests may import what they test."""
    files = [file for folder in ("src", "operation") for file in sorted((repository / folder).rglob("*.py"))]
    code = {file.relative_to(repository).as_posix(): file for file in [*files, repository / "tasks.py"]}
    return [(path, file.read_text("utf-8")) for path, file in code.items() if not path.startswith("operation/tests/")]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule: Callable[[str, str], bool], repository: Path) -> None:
    assert [path for path, code in sources(repository) if not rule(path, code)] == []


@pytest.mark.parametrize(
    ("rule", "path", "code"),
    [
        (src_knows_nothing_of_operation_and_cloud, "src/train.py", "import operation.errors"),
        (src_knows_nothing_of_operation_and_cloud, "src/learning/models.py", "def fit():\n    import mlflow"),
        (src_knows_nothing_of_operation_and_cloud, "src/score.py", "from azureml.core import Run"),
        (src_reads_no_environment_variable, "src/train.py", "import os\nhome = os.environ['HOME']"),
        (src_reads_no_environment_variable, "src/train.py", "import os\nhome = os.environ.get('HOME')"),
        (src_reads_no_environment_variable, "src/parcels/data.py", "import os\nhome = os.getenv('HOME')"),
        (src_reads_no_environment_variable, "src/parcels/data.py", "from os import environ"),
        (src_reads_no_environment_variable, "src/score.py", "import os\nkey = os.environ['KEY']"),
        (learning_knows_no_use_case, "src/learning/plots.py", "def draw():\n    import parcels.schema"),
        (only_a_use_case_imports_itself, "src/train.py", "from parcels.schema import FEATURES"),
        (only_a_use_case_imports_itself, "src/churn/data.py", "import parcels.schema"),
        (a_use_case_knows_no_script, "src/parcels/data.py", "from prepare import load"),
        (training_reads_no_preparation, "src/parcels/use_case.py", "from parcels.data import Rules"),
        (training_reads_no_preparation, "src/parcels/schema.py", "from learning.metrics import METRICS"),
        (operation_never_imports_src, "operation/execution/training/train.py", "from learning import metrics"),
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
        (src_reads_no_environment_variable, "src/learning/scoring.py", "import os\nos.environ['FOR_A_LIBRARY'] = '1'"),
        (learning_knows_no_use_case, "src/learning/plots.py", "from learning.metrics import METRICS"),
        (only_a_use_case_imports_itself, "src/parcels/data.py", "from parcels.schema import FEATURES"),
        (only_a_use_case_imports_itself, "operation/tests/bench/raw_script.py", "from parcels.schema import FEATURES"),
        (training_reads_no_preparation, "src/parcels/use_case.py", "from parcels.schema import FEATURES"),
        (training_reads_no_preparation, "src/parcels/use_case.py", "from learning.arguments import integer"),
        (training_reads_no_preparation, "src/parcels/data.py", "from learning.errors import InputError"),
        (operation_never_imports_src, "operation/execution/training/train.py", "from operation.execution import utils"),
        (only_the_azureml_backend_imports_azureml, "operation/execution/backends/azureml/jobs.py", "import azureml"),
    ],
)
def test_a_stated_exception_is_allowed(rule: Callable[[str, str], bool], path: str, code: str) -> None:
    assert rule(path, code)


EDITED = ("operation.execution.configuration.loading.load", "operation.execution.configuration.loading.FOLDER")


def what_people_edit(code: str) -> set[str]:
    """What a test imports of use cases, and of what reads the configuration in `configuration/`."""
    found = {*imports(import_nodes(code))}
    return {name for name in found if name in EDITED or name.partition(".")[0] in USE_CASES - {"parcels"}}


def test_no_test_of_the_engine_depends_on_what_people_edit(repository: Path) -> None:
    """`operation.tests.parcels` has a configuration and a use case that nobody edits."""
    files = (repository / "operation" / "tests" / "unit").rglob("*.py")
    assert [str(file) for file in files if what_people_edit(file.read_text(encoding="utf-8"))] == []


def test_a_test_that_depends_on_it_is_found() -> None:
    assert what_people_edit("from operation.execution.configuration.loading import load")
    assert not what_people_edit("from operation.tests.parcels import load\nfrom parcels.schema import KEYS")


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


# From the lowest floor up. A file imports what is in its own room or on a lower floor: neither above it nor beside it.
ROOMS = [
    ["operation", "operation.distributions", "operation.errors", "operation.interrupts", "operation.sdk"],
    ["operation.command_line", "operation.machine_errors"],
    [
        "operation.bootstrap",
        "operation.console",
        "operation.palette",
        "operation.git",
        "operation.start",
        "operation.tools",
    ],
    ["operation.housekeeping"],
    ["operation.execution", "operation.execution.json_files", "operation.execution.values"],
    [
        "operation.execution.azure_cli",
        "operation.execution.file_hashes",
        "operation.execution.own_environments",
        "operation.execution.pages",
        "operation.execution.temporary",
        "operation.execution.utils",
    ],
    ["operation.execution.configuration", "operation.monitoring"],
    ["operation.execution.outputs", "operation.execution.steps", "operation.execution.backends", "operation.verbs"],
    ["operation.execution.retention"],
    ["operation.execution.foreground", "operation.execution.leftovers", "operation.execution.tables"],
    ["operation.execution.backends.azureml", "operation.execution.backends.local"],
    ["operation.execution.backends.emulator", "operation.execution.validation"],
    ["operation.execution.expectations"],
    ["operation.execution.registration"],
    ["operation.execution.training"],
    ["operation.execution.deployment"],
    [
        "operation.execution.affected",
        "operation.execution.clean",
        "operation.execution.doctor",
        "operation.execution.infrastructure",
        "operation.execution.monitoring",
        "operation.execution.notebook",
        "operation.execution.pipelines",
        "operation.execution.scoring",
        "operation.execution.serving",
        "operation.execution.sweep",
        "operation.execution.ui",
    ],
    [
        "operation.execution.backtest",
        "operation.execution.explanation",
        "operation.execution.new",
        "operation.execution.status",
    ],
    ["operation.execution.template"],
    ["operation.execution.comparison", "operation.execution.reproduction"],
    ["tasks", "noxfile"],
]
FLOORS = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}


@pytest.fixture(scope="module")
def files(repository: Path) -> Files:
    return files_of(repository)


def room_of(module: str) -> str:
    """The longest name in ROOMS that the module is or lies in; "" for tests, and for what lies in no room."""
    found = max((room for room in FLOORS if f"{module}.".startswith(f"{room}.")), key=len, default="")
    test = module.startswith("operation.tests")
    return "" if test or (found in ("operation", "operation.execution") and module != found) else found


def forbidden_arrows(graph: Mapping[str, set[str]]) -> list[str]:
    """The imports that lead to a higher floor, or to another room of the same floor."""
    arrows = [(name, other) for name, others in graph.items() for other in others if room_of(name) and room_of(other)]
    rooms = {(name, other): (room_of(name), room_of(other)) for name, other in arrows}
    return [
        f"{name} -> {other}"
        for (name, other), (here, there) in sorted(rooms.items())
        if here != there and FLOORS[there] >= FLOORS[here]
    ]


def test_no_files_import_one_another_in_a_circle(files: Files) -> None:
    assert circles(files.graph) == []


def test_every_room_has_a_floor(files: Files) -> None:
    ours = [name for name in files.paths if name.startswith("operation") and not name.startswith("operation.tests")]
    assert [name for name in ours if not room_of(name)] == []


def test_no_arrow_leads_to_a_higher_floor(files: Files) -> None:
    assert forbidden_arrows(files.graph) == []


def test_an_arrow_up_or_aside_is_found() -> None:
    up, aside = "operation.execution.training.train", "operation.execution.doctor.checks"
    graph = {
        "operation.execution.steps.cache": {up, "operation.errors", "operation.execution.steps.code"},
        "operation.execution.sweep.trials": {up, aside},
    }
    assert forbidden_arrows(graph) == [
        f"operation.execution.steps.cache -> {up}",
        f"operation.execution.sweep.trials -> {aside}",
    ]


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("import kit.b", "def late():\n    from kit.a import x", [["kit.a", "kit.b"]]),
        ("from kit import c", "import kit.a", []),
        ("from . import b", "from kit import a", [["kit.a", "kit.b"]]),
    ],
    ids=["inside a function", "none", "relative"],
)
def test_a_circle_is_found(tmp_path: Path, first: str, second: str, found: list[list[str]]) -> None:
    (tmp_path / "src" / "kit").mkdir(parents=True)
    (tmp_path / "operation").mkdir()
    for name, code in (("a", first), ("b", second)):
        (tmp_path / "src" / "kit" / f"{name}.py").write_text(code, encoding="utf-8")
    assert circles(files_of(tmp_path).graph) == found


def tools_of(repository: Path) -> dict[str, Path]:
    """The package of each tool that is in this clone, by its name in imports."""
    return {init.parent.name: init.parent for init in sorted(repository.glob("tools/*/src/*/__init__.py"))}


def foreign(imported: Imported, own: str, others: set[str]) -> bool:
    """Whether a tool may not import this: something of the project, or another tool."""
    return imported.package in (OPERATION_AND_CLOUD - {"invoke", "azureml", "azure"}) | CORE_SCRIPTS | (others - {own})


def test_a_tool_imports_nothing_of_the_project_nor_of_another_tool(repository: Path) -> None:
    tools = tools_of(repository)
    found = [
        f"{path.relative_to(repository).as_posix()} -> {each.module}"
        for name, package in tools.items()
        for folder in (package, package.parents[1] / "tests")
        for path in sorted(folder.rglob("*.py"))
        for each in imported_by(path, path.stem)
        if foreign(each, name, {*tools, "noxfile", "learning"})
    ]
    assert found == []


def is_public(imported: Imported, names: set[str]) -> bool:
    """Whether an import of a tool takes a name in the tool's `__all__`, or something of a module that is in it."""
    module = imported.module.split(".")[1:]
    return (module or [imported.name])[0] in {*names, ""}


def test_the_project_reaches_a_tool_through_its_public_names_alone(repository: Path, files: Files) -> None:
    public = {name: declared(package / "__init__.py") for name, package in tools_of(repository).items()}
    found = [
        f"{name}: {each.module} {each.name}"
        for name, path in files.paths.items()
        if name.partition(".")[0] in ("operation", "tasks", "noxfile")
        for each in imported_by(path, name)
        if each.package in public and not is_public(each, public[each.package])
    ]
    assert found == []


@pytest.mark.parametrize(
    ("imported", "public"),
    [
        (Imported("tool"), True),
        (Imported("tool", "running"), True),
        (Imported("tool.session", "running"), True),
        (Imported("tool", "conda"), False),
        (Imported("tool.conda", "read"), False),
        (Imported("tool.conda"), False),
    ],
    ids=lambda each: f"{each.module} {each.name}".strip() if isinstance(each, Imported) else None,
)
def test_only_names_in_all_are_public(imported: Imported, public: bool) -> None:
    assert is_public(imported, {"running", "session"}) == public
