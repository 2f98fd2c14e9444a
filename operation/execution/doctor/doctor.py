"""`invoke setup` and `invoke doctor`: is everything there that a run needs, and what mends what is not?"""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from operation import console
from operation.bootstrap import NEWEST, OLDEST
from operation.errors import OperationError
from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import ROOT, AzureMLSettings, Configuration, EmulatorSettings
from operation.execution.doctor.packages import differences
from operation.execution.outputs import check_room, hold
from operation.git import environment
from operation.housekeeping.hooks import hook_path, install_hooks

LOCK = ROOT / "requirements.lock"
NAME = 14  # columns, for the longest name of a check of this machine


@dataclass(frozen=True)
class Check:
    """Something a run needs. `look` returns what it found, or raises OperationError with the remedy."""

    name: str
    look: Callable[[], str]


def set_up(environment: str = "local", settings: Sequence[str] = ()) -> None:
    """Check the environment, install the git hooks, and make in the environment's workspace what runs need.

    Raises:
        OperationError: something is missing that has to be mended by hand.
    """
    configuration = load(environment, settings)
    report([*_environment(), Check("git hooks", _install_hooks)])
    from operation.execution.backends import connect

    with hold(configuration.outputs):
        for line in connect(configuration).set_up():
            console.say(f"{configuration.backend.kind:<{NAME}} ok       {line}")


def run(environment: str, settings: Sequence[str], ado: bool, project: str | None) -> None:
    """Look where the options say; raises OperationError for one that would be passed over, and as `examine` does."""
    if ado and (environment != "local" or settings):
        raise OperationError("--ado looks for what all environments need: leave out --environment and --set.")
    if project and not ado:
        raise OperationError("--project names a project in Azure DevOps: give it with --ado.")
    if ado:
        from operation.execution.doctor.azure_devops import examination

        examination.examine(project)
    else:
        examine(environment, settings)


def examine(environment: str, settings: Sequence[str] = ()) -> None:
    """Check all that a run needs, changing nothing; raises OperationError if something is missing."""
    report(_everything(environment, settings))


def _everything(environment: str, settings: Sequence[str]) -> Iterator[Check]:
    yield from _environment()
    yield Check("git hooks", _hooks)
    yield Check("configuration", lambda: f"environment {environment}, {load(environment, settings).sha256()[:8]}")
    try:
        configuration = load(environment, settings)
    except OperationError:  # the check above has told
        return
    yield from _work(configuration)


def report(checks: Iterable[Check]) -> None:
    """Make every check, so that one look shows all that is missing."""
    failures, checks = [], list(checks)
    width = max([NAME, *(len(check.name) for check in checks)])
    for check in checks:
        try:
            result, note = "ok", check.look()
        except OperationError as error:
            result, note = "missing", str(error)
            failures.append(check.name)
        console.say(f"{check.name:<{width}} {result:<8} {note}")
    if failures:
        raise OperationError(f"To be mended: {', '.join(failures)}. Each line above says how.")


def _environment() -> list[Check]:
    return [Check("python", _python), Check("packages", _packages), Check("git", _git)]


def _work(configuration: Configuration) -> list[Check]:
    return [
        Check("data source", lambda: _source(configuration)),
        Check("outputs", lambda: _outputs(configuration.outputs)),
        *_backend(configuration),
    ]


def _source(configuration: Configuration) -> str:
    from operation.execution.tables.sources import find_source, is_in_datastore

    source = configuration.data.source
    if is_in_datastore(source) and configuration.backend.kind != "local":
        return f"{source} (not asked)"
    return str(find_source(source))


def _backend(configuration: Configuration) -> list[Check]:
    """A workspace is not asked: the checks of one say what would be asked, and as whom."""
    settings = configuration.backend
    if isinstance(settings, AzureMLSettings | EmulatorSettings):
        from operation.execution.backends.azureml.workspace import require_sdk
        from operation.execution.backends.azureml.workspace_names import find_names
        from operation.execution.utils import sign_in

        sdk = Check("azureml-core", require_sdk)
        if isinstance(settings, EmulatorSettings):
            return [sdk]
        return [sdk, Check("workspace", lambda: str(find_names(settings, ROOT))), Check("sign-in", sign_in)]

    def registry() -> str:
        from operation.execution.backends import connect

        connect(configuration).check()
        return f"{settings.kind} backend"

    return [Check("registry", registry)]


def _python() -> str:
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        raise OperationError(f"{sys.executable} is {version[0]}.{version[1]}. Use Python 3.11 to 3.13.")
    return f"{sys.version.split()[0]} at {sys.executable}"


def _packages() -> str:
    differing = [f"{name} {found or 'is not installed'} (pinned: {want})" for name, want, found in differences(LOCK)]
    if differing:
        remedy = f"{Path(sys.executable).name} -m uv pip install --require-hashes -r {LOCK.name}"
        raise OperationError(f"{'; '.join(differing[:5])}{' ...' if len(differing) > 5 else ''}. Run: {remedy}")
    return f"as {LOCK.name} pins them"


def _git() -> str:
    return _git_output("--version") + f", repository {_git_output('rev-parse', '--show-toplevel')}"


def _hooks() -> str:
    _git()
    hook = hook_path(ROOT)
    if not hook.exists():
        raise OperationError("not installed. Run: invoke setup")
    return str(hook)


def _install_hooks() -> str:
    _git()
    return str(install_hooks(ROOT))


def _git_output(*arguments: str) -> str:
    try:
        command = ["git", *arguments]  # the user's own git, wherever PATH finds it
        done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    except FileNotFoundError as error:
        raise OperationError("git is not installed. Install it from your system's packages.") from error
    if done.returncode:
        raise OperationError("this folder is no git repository. Clone it, or run: git init")
    return done.stdout.strip()


def _outputs(folder: Path) -> str:
    with hold(folder):
        check_room(folder)
    return str(folder)
