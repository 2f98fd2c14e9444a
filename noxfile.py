"""How the code is checked: `python noxfile.py -s unit integration` needs nothing but Python, `nox -l` lists the rest.

Every session has an environment of its own with exactly what its lock pins, on the Python that runs nox
(`--force-python 3.12` takes another). What follows `--` goes to the session's tool: `nox -s unit -- -k gate`.
`nox -- --affected` leaves out what the changes since main cannot touch; `--since BASE` behind it names another base.
`nox -- --measure` also measures which lines the tests run, which takes longer, and checks the floor of the coverage.
"""

if __name__ == "__main__":  # before nox is imported: a bare Python does not have it yet
    import os
    import sys

    from operation.bootstrap import main

    for variable in [name for name in os.environ if name.startswith("NOX")]:
        del os.environ[variable]  # see MISLEADING; nox reads them before it reads this file
    raise SystemExit(main("nox", sys.argv[1:]))

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nox

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = True
nox.options.reuse_venv = "yes"  # each session makes its environment equal to the lock anyway
nox.options.sessions = [
    "lint",
    "types",
    "lock",
    "sbom",
    "data_validation",
    "use_cases",
    "adoption",
    "unit",
    "infrastructure",
    "azureml",
    "ado",
    "pipelines_local",
    "azureml_offline",
    "gx_duckdb",
    "spark",
    "evidently",
    "docs",
    "notebooks",
    "integration",
]

TESTS = Path("operation", "tests")
REPORTS = Path("outputs", "reports")
COVERAGE = Path("outputs", "coverage")
BYTECODE = {"PYTHONDONTWRITEBYTECODE": None}  # else every process compiles anew what it imports
COUNTED = ("unit", "azureml", "ado", "integration")  # a tool's session measures the tool, against a floor of its own
LEAST_TESTS = {  # that a whole session must run: else something has kept tests from running, and green means nothing
    "unit": 4300,
    "azureml": 350,
    "ado": 220,
    "integration": 930,
    "data_validation": 30,
    "use_cases": 4,
    "adoption": 45,
    "infrastructure": 14,
    "spark": 3,
    "evidently": 5,
    "notebooks": 8,  # one more where tools/azureml-offline is
    "pipelines_local": 1850,
    "azureml_offline": 540,
    "gx_duckdb": 90,
}
# the example begins
LEAST_TESTS["data_validation"] += 490  # its corruptions
LEAST_TESTS["use_cases"] += 30
# the example ends
MISLEADING = {  # variables with which a check could pass without checking: no session's command sees them
    "SKIP": "hooks that pre-commit leaves out",
    "PRE_COMMIT*": "which files it looks at, and that it may run without its configuration",
    "PYTEST_*": "options such as --collect-only, plugins that change results, and none of ours",
    "COVERAGE_*": "settings without the floor, or another file of measurements",
    "MYPY*": "another place for types, or results of another run",
    "RUFF_*": "settings that select nothing, or a file for what is found",
    "CKV_*": "checks that checkov leaves out",
    "CHECKOV_*": "the same",
    "GIT_DIR": "another repository, whose files the hooks would look at",
    "GIT_WORK_TREE": "the same",
    "GIT_INDEX_FILE": "the same",
    "PYTHONOPTIMIZE": "it takes away every assert outside of the files of tests",
    "PYTHONPATH": "modules in place of those that are installed, sitecustomize among them",
    "UV_NO_VERIFY_HASHES": "packages other than the lock's",
    "UV_*OVERRIDE*": "the same",
    "UV_*CONSTRAINT*": "the same",
    "UV_CONFIG_FILE": "the same",
    "NOX*": "which sessions run, on which Python, and whether in environments of their own",
}
# Without the last one, the crash of a process may leave xdist waiting for ever.
TWO_PROCESSES = ("--numprocesses=2", "--dist=loadfile", "--max-worker-restart=0")
# Not the files with most tests first, but those with slow ones (operation/tests/conftest.py): so both end together.
SLOW_FIRST = (*TWO_PROCESSES, "--no-loadscope-reorder")
TYPED = ("tasks.py", "noxfile.py", "docs", "operation", "src")
IN_MEMORY = Path("/dev/shm")  # noqa: S108  (pytest makes a folder there that is its user's alone)
NO_PROGRAMS = 8  # of a mounted file system's flags: os.ST_NOEXEC, which macOS lacks
NOTEBOOKS = Path("notebooks")
# Where the notebooks' session trains: a check must not touch what is registered here. It shares the cache of steps.
OF_NOTEBOOKS = ("backend.outputs=outputs/reports/notebooks", "backend.cache=../../cache/steps")
CHOSEN: dict[str, list[str]] = {}  # of sessions that `-- --affected` runs in part, the test files
MEASURED: set[str] = set()  # sessions that `-- --measure` lets count for the coverage


@nox.session
def unit(session: nox.Session) -> None:
    """Test functions alone: no network, no azureml, seconds."""
    install(session)
    if memory := disk_in_memory():  # for the tests' thousands of small files
        session.env["PYTEST_DEBUG_TEMPROOT"] = memory
    # To collect a log of each test takes a tenth of the time. Warnings still go to stderr, which pytest shows.
    quiet = () if wants_log(TESTS / "unit") else ("-pno:logging",)
    run_tests(session, *quiet, *TWO_PROCESSES)


@nox.session
def azureml(session: nox.Session) -> None:
    """Test the Azure ML backend with the real azureml-core against the offline workspace."""
    require(session, "azureml-offline")
    install(session, "requirements-azure.lock")
    run_tests(session, *SLOW_FIRST)


@nox.session
def integration(session: nox.Session) -> None:
    """Test the real chain and what starts processes; then, if measured, check the coverage of all that was tested."""
    install(session)
    run_tests(session, *SLOW_FIRST)
    if name_of(session) in MEASURED and is_whole(session):
        session.notify("coverage")


@nox.session
def data_validation(session: nox.Session) -> None:
    """Test that each corruption of the data is found and named."""
    require(session, "gx-duckdb")
    install(session)
    run_tests(session, *TWO_PROCESSES)


@nox.session
def use_cases(session: nox.Session) -> None:
    """Test what `invoke new` wrote: rows fit their schema, and suites find data that are broken in any way."""
    require(session, "gx-duckdb")
    install(session)
    run_tests(session, *TWO_PROCESSES)


@nox.session
def adoption(session: nox.Session) -> None:
    """Test `invoke new` on data of every kind, in a fresh clone: champion, sweep, and every check of what it wrote."""
    require(session, "gx-duckdb")
    install(session)
    run_tests(session, *SLOW_FIRST)


@nox.session
def coverage(session: nox.Session) -> None:
    """Combine what the test sessions measured; fail below the floor that pyproject.toml sets."""
    missing = [name for name in COUNTED if not list(COVERAGE.glob(f".coverage.{name}.*"))]
    if missing:
        session.skip(
            f"the floor counts {', '.join(COUNTED)} together, and this was not measured: {', '.join(missing)}; "
            f"nox -s {' '.join(missing)} -- --measure does it"
        )
    install(session)
    measured = {"COVERAGE_FILE": str(COVERAGE / ".coverage")}
    session.run("coverage", "combine", "--quiet", "--keep", env=measured)
    session.run("coverage", "xml", "-o", str(REPORTS / "coverage.xml"), "--quiet", "--fail-under=0", env=measured)
    session.run("coverage", "report", *session.posargs, env=measured)


@nox.session
def lint(session: nox.Session) -> None:
    """Run the hooks of the commit on every file: ruff, formats, large files, notebooks, secrets."""
    install(session)
    session.run("pre-commit", "run", "--all-files", "--show-diff-on-failure", *session.posargs)


@nox.session
def types(session: nox.Session) -> None:
    """Check the types, strictly: of the project, then of each tool and its tests by the tool's own settings."""
    install(session)
    session.run("mypy", *(session.posargs or [*TYPED, *map(str, modules_of_notebooks())]))
    cache = Path("outputs", "cache", "mypy").resolve()
    for folder in () if session.posargs else our_tools():
        with session.chdir(folder):
            session.run("mypy", f"--cache-dir={cache / folder.name}")


@nox.session
def lock(session: nox.Session) -> None:
    """Check that the locks resolve and that A and B repeat their pins; `-- --write` fixes, `-- --upgrade` renews."""
    install(session)
    session.run("python", "-m", "operation.housekeeping.lock", *session.posargs)


@nox.session
def sbom(session: nox.Session) -> None:
    """Write a bill of materials (CycloneDX) for each lock; `-- --write` lists the licences of new packages."""
    for lock in locks_with_unlisted_packages() if session.posargs == ["--write"] else ():
        install(session, lock.name, tools=())
        session.run("python", "-m", "operation.housekeeping.licences")
    install(session)
    session.run("python", "-m", "operation.housekeeping.sbom")


@nox.session
def infrastructure(session: nox.Session) -> None:
    """Check the ARM templates with checkov, and that it finds what is planted."""
    install(session, "requirements-infrastructure.lock", tools=())
    run_tests(session)


@nox.session
def ado(session: nox.Session) -> None:
    """Test how the pipelines of this project are checked and run, then check them."""
    require(session, "azure-pipelines-local")
    install(session, "requirements-ado.lock")
    install_linters(session)
    run_tests(session, *SLOW_FIRST)
    if not session.posargs:
        session.run("invoke", "ado", "--check")


@nox.session
def pipelines_local(session: nox.Session) -> None:
    """Test tools/azure-pipelines-local: how any pipelines are checked, expanded and run."""
    folder = require(session, "azure-pipelines-local")
    install(session, "requirements-ado.lock", tools=[folder])
    install_linters(session)
    run_tests_of_tool(session, folder)


@nox.session
def azureml_offline(session: nox.Session) -> None:
    """Test tools/azureml-offline: the offline workspace, asked by HTTP."""
    folder = require(session, "azureml-offline")
    install(session, tools=[folder])
    run_tests_of_tool(session, folder)


@nox.session
def gx_duckdb(session: nox.Session) -> None:
    """Test tools/gx-duckdb: the same results as Great Expectations' own engine."""
    folder = require(session, "gx-duckdb")
    install(session, tools=[folder])
    run_tests_of_tool(session, folder)


@nox.session
def spark(session: nox.Session) -> None:
    """Test that Spark scores every row as this machine does; needs Java, 17 or later."""
    if not shutil.which("java"):
        session.skip("there is no Java: apt-get install default-jre-headless, or another JDK from 17 on")
    install(session, "requirements-spark.lock")
    run_tests(session)


@nox.session
def evidently(session: nox.Session) -> None:
    """Test Evidently's report beside that of monitoring, with the real package."""
    install(session, "requirements-evidently.lock")
    run_tests(session)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation site into outputs/docs/html: warnings, dead links and a changed look are errors."""
    install(session, "requirements-docs.lock", tools=())
    session.run("python", "-m", "operation.housekeeping.site", *session.posargs, env=BYTECODE)


@nox.session
def notebooks(session: nox.Session) -> None:
    """Execute every notebook on what a training leaves; `-- --write` makes them anew from their scripts."""
    require(session, "gx-duckdb")
    if not paired_notebooks():
        session.skip("there is no notebook with a script in notebooks/")
    install(session, "requirements-notebook.lock")
    if session.posargs == ["--write"]:
        write_notebooks(session)
    else:
        run_tests_of_notebooks(session)


# the example begins
@nox.session
def bench(session: nox.Session) -> None:
    """Measure what the project costs more than the raw work; write docs/benchmarks.md and its plot."""
    install(session, "requirements-azure.lock")  # the same versions, and azureml-core
    session.run("python", "-m", "operation.tests.bench.benchmark", *session.posargs, env=BYTECODE)


@nox.session
def monitoring(session: nox.Session) -> None:
    """Measure how often monitoring is wrong; write docs/monitoring.md. With `-- --quick`, some of it, and no file."""
    install(session)
    session.run("python", "-m", "operation.tests.monitoring.proof", *session.posargs, env=BYTECODE)


@nox.session
def expectations(session: nox.Session) -> None:
    """Measure how well expectations learn; write docs/expectations.md. With `-- --quick`, four months, and no file."""
    require(session, "gx-duckdb")
    install(session)
    session.run("python", "-m", "operation.tests.expectations.proof", *session.posargs, env=BYTECODE)


# the example ends
@nox.session
def mutants(session: nox.Session) -> None:
    """Break what decides which models are registered, place by place; write docs/mutants.md: what no test noticed."""
    install(session, "requirements-mutants.lock")
    session.run("python", "-m", "operation.housekeeping.mutants", *session.posargs, env=BYTECODE)


def install(session: nox.Session, lock: str = "requirements.lock", tools: Iterable[Path] | None = None) -> None:
    """Make the session's environment hold what the lock pins, every file's hash checked, and all `tools`; no more.

    Each session begins with this, so it also takes the misleading variables out of all of the session's commands,
    notes those that `-- --measure` counts, and ends those that `-- --affected` leaves out.
    """
    forget_misleading(session)
    choose_measured(session)
    choose_affected(session)
    session.run_install("uv", "pip", "sync", "--quiet", "--require-hashes", lock, external=True)
    folders = [word for folder in (our_tools() if tools is None else tools) for word in ("--editable", str(folder))]
    if folders:  # which a lock with hashes cannot name; this takes .2 s and no network
        session.run_install("uv", "pip", "install", "--quiet", "--offline", "--no-deps", *folders, external=True)


def forget_misleading(session: nox.Session) -> None:
    """Start the session's commands without the variables of MISLEADING, whoever has set them."""
    found = [name for name in os.environ if any(fnmatchcase(name, pattern) for pattern in MISLEADING)]
    session.env.update(dict.fromkeys(found))


def choose_measured(session: nox.Session) -> None:
    """With `-- --measure`, note that the session counts for the coverage, if it is one of those that do."""
    if "--measure" not in session.posargs:
        return
    if "--affected" in session.posargs:
        session.error("--measure counts what whole sessions run, so it is not for --affected")
    session.posargs.remove("--measure")
    MEASURED.update({name_of(session)} & {*COUNTED})


def choose_affected(session: nox.Session) -> None:
    """With `-- --affected`, skip a session that no change can touch, or choose those of its test files that one can."""
    words = session.posargs
    if "--affected" not in words:
        if any(word.partition("=")[0] == "--since" for word in words):
            session.error("--since is for --affected: nox -- --affected --since BASE")
        return
    words.remove("--affected")
    since = take_since(session, words)
    found, name = find_affected(since), name_of(session)
    if isinstance(found, str):
        session.error(found)
    if name not in found["sessions"]:
        session.skip(f"no change since {since} touches it; invoke affected --since {since} --explain says what they do")
    if not found["sessions"][name]["whole"]:
        CHOSEN[name] = found["sessions"][name]["files"]


def take_since(session: nox.Session, words: list[str]) -> str:
    """Take `--since BASE` or `--since=BASE` out of the words, and return the base; without it, main."""
    for place, word in enumerate(words):
        option, equals, base = word.partition("=")
        if option == "--since":
            taken = words[place : place + (1 if equals else 2)]
            del words[place : place + len(taken)]
            base = base if equals else "".join(taken[1:])
            return base or session.error("--since needs a branch, tag or commit: nox -- --affected --since BASE")
    return "main"


@cache
def find_affected(since: str) -> Any:
    """Ask once for all sessions what is affected; returns the message as text if that cannot be found out."""
    command = [sys.executable, "-m", "operation.execution.affected", since]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr.strip()


def name_of(session: nox.Session) -> str:
    """Return the name of the session's function, without the version of Python that may stand behind it."""
    return session.name.partition("-")[0]


def is_whole(session: nox.Session) -> bool:
    """Whether all tests of a session run: nobody has chosen some behind `--`, nor has `--affected`."""
    return not session.posargs and name_of(session) not in CHOSEN


def our_tools() -> list[Path]:
    """Find the folders of the packages in tools/, any of which a team may have deleted."""
    # As operation.bootstrap.find_tools, which the command `nox` cannot import: the root is not on its path.
    return sorted(path.parent for path in Path("tools").glob("*/pyproject.toml"))


def require(session: nox.Session, tool: str) -> Path:
    """Return the folder of the tool that a session needs; without it, skip the session, by the tool's name."""
    folder = Path("tools", tool)
    if not is_here(tool):
        session.skip(f"{folder.as_posix()} is not in this clone")
    return folder


def wants_log(tests: Path) -> bool:
    """Say whether a test has pytest's fixture `caplog`."""
    return any("caplog" in file.read_text(encoding="utf-8") for file in tests.rglob("*.py"))


def disk_in_memory(memory: Path = IN_MEMORY) -> str | None:
    """Return the folder of Linux that lies in memory, if it has a gigabyte to spare and runs programs."""
    if not os.access(memory, os.W_OK):
        return None
    state = os.statvfs(memory)
    is_fit = state.f_bavail * state.f_frsize > 1e9 and not state.f_flag & NO_PROGRAMS
    return str(memory) if is_fit else None


def install_linters(session: nox.Session) -> None:
    """Install the packages of Node.js that check pipelines into the session's environment."""
    session.run_install("azure-pipelines-local", "install-linters")


def run_tests(session: nox.Session, *options: str) -> None:
    """Run the tests in the folder that is named like the session, measured if `-- --measure` asks for it."""
    name = name_of(session)
    COVERAGE.mkdir(parents=True, exist_ok=True)
    for stale in COVERAGE.glob(f".coverage.{name}*"):
        stale.unlink()
    environment = {"COVERAGE_FILE": os.fspath(COVERAGE.resolve() / f".coverage.{name}"), **BYTECODE}
    command = ("coverage", "run", "-m", "pytest") if name in MEASURED else ("pytest",)
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    chosen = CHOSEN.get(name, [str(TESTS / name)])
    words = (*chosen, f"--junit-xml={report}", *options, *session.posargs)
    if session.run(*command, *words, env=environment):
        require_tests(session, report)


def run_tests_of_tool(session: nox.Session, folder: Path) -> None:
    """Run a tool's own tests in its folder, by its own settings; all of them must reach its own floor of coverage."""
    name = name_of(session)
    measured = (COVERAGE / name).resolve()
    shutil.rmtree(measured, ignore_errors=True)
    environment = {"COVERAGE_FILE": str(measured / ".coverage"), **BYTECODE}
    report = (REPORTS / "tools" / f"{name}.xml").resolve()
    report.unlink(missing_ok=True)
    words = (f"--junit-xml={report}", *TWO_PROCESSES, *session.posargs)
    with session.chdir(folder):
        if session.run("coverage", "run", "-m", "pytest", *words, env=environment):
            require_tests(session, report)
        if not session.posargs:
            session.run("coverage", "combine", "--quiet", env=environment)
            session.run("coverage", "report", env=environment)


def run_tests_of_notebooks(session: nox.Session) -> None:
    """Train twice, so that there are runs to compare, and execute the notebooks that have a script beside them."""
    shutil.rmtree(REPORTS / "notebooks", ignore_errors=True)  # else the champion may be one of earlier code
    words = [word for setting in OF_NOTEBOOKS for word in ("--set", setting)]
    session.run("invoke", "train", *words, env=BYTECODE)
    # A model that the gate refuses is a run to compare all the same.
    session.run("invoke", "train", *words, "--set", "training.trees=20", env=BYTECODE, success_codes=[0, 1])
    found = [path for path in paired_notebooks() if path.stem != "offline_workspace" or is_here("azureml-offline")]
    (report := REPORTS / "notebooks.xml").unlink(missing_ok=True)
    how = ("--nbmake", "--nbmake-timeout=300", "--override-ini=filterwarnings=default", *TWO_PROCESSES)
    chosen = {**BYTECODE, "NOTEBOOK_CONFIGURATION": json.dumps({"settings": OF_NOTEBOOKS})}
    files = session.posargs or [*map(str, found), str(TESTS / "notebooks")]
    if session.run("pytest", *how, f"--junit-xml={report}", *files, env=chosen):
        require_tests(session, report)


def write_notebooks(session: nox.Session) -> None:
    """Make each notebook from its script, which is what people review: its cells, and no output."""
    for notebook in paired_notebooks():
        words = ("--update", "--set-kernel", "python3", "--to", "ipynb")
        session.run("jupytext", "--quiet", *words, str(notebook.with_suffix(".py")))
        session.run("nbstripout", str(notebook))


def locks_with_unlisted_packages() -> list[Path]:
    """Find the locks that hold a package whose licence is not listed yet; all of them, if the list was deleted."""
    page = Path("docs", "references", "licences.md")
    listed = {
        *re.findall(r"^\| `(.+?)` \| [^?]", page.read_text(encoding="utf-8") if page.exists() else "", re.MULTILINE)
    }
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(Path().glob("requirements*.lock"))}
    return [path for path, text in texts.items() if {*re.findall(r"^([\w.-]+)==", text, re.MULTILINE)} - listed]


def paired_notebooks() -> list[Path]:
    """Find the notebooks that have a script of their name beside them."""
    scripts = [path for path in NOTEBOOKS.glob("*.py") if path.read_text(encoding="utf-8").startswith("# %%")]
    return sorted(path.with_suffix(".ipynb") for path in scripts)


def modules_of_notebooks() -> list[Path]:
    """Find what notebooks import of their own folder, which a team may have deleted."""
    return sorted(path for path in NOTEBOOKS.glob("*.py") if path.with_suffix(".ipynb") not in paired_notebooks())


def is_here(tool: str) -> bool:
    """Whether this clone has the tool, which a team may have deleted."""
    return Path("tools", tool) in our_tools()


def require_tests(session: nox.Session, report: Path) -> None:
    """Fail the session if fewer tests ran than LEAST_TESTS wants; with words behind `--`, any number will do."""
    name = name_of(session)
    suites = ElementTree.parse(report).getroot().iter("testsuite")  # noqa: S314  (pytest has just written it)
    ran = sum(int(suite.get("tests", 0)) - int(suite.get("skipped", 0)) for suite in suites)
    if is_whole(session) and ran < LEAST_TESTS[name]:
        session.error(
            f"Only {ran} tests ran, and this session has at least {LEAST_TESTS[name]}. Look for what keeps the others "
            f"from running; if you deleted them, lower LEAST_TESTS[{name!r}] in noxfile.py."
        )
