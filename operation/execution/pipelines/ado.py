"""`invoke ado`: hands this project to tools/azure-pipelines-local."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.collection import Collection

from operation.errors import OperationError
from operation.execution.pipelines.offered_use_cases import check_offered
from operation.execution.pipelines.script_commands import commands_of
from operation.execution.pipelines.workspaces import OfflineWorkspaces
from operation.tools import is_installed, missing, required

if TYPE_CHECKING:
    from azure_pipelines_local import Project, Queued

OUTPUTS = Path("outputs", "ado")
QUEUED = ("reason", "branch", "variable", "repository")  # what a run is queued with
ALLOWED = {
    "check": QUEUED,
    "expand": ("parameter", *QUEUED),
    "explain": ("of", "parameter", *QUEUED),
    "graph": ("form", "parameter", *QUEUED),
    "run": ("stage", "job", "parameter", "keep", *QUEUED),
}


@dataclass(frozen=True)
class Asked:
    """The flags of the verb, as the command line has them."""

    check: bool = False
    expand: str | None = None
    run: str | None = None
    explain: str | None = None
    graph: str | None = None
    of: str | None = None
    form: str | None = None
    stage: str | None = None
    job: str | None = None
    parameter: Sequence[str] = ()
    keep: bool = False
    reason: str | None = None
    branch: str | None = None
    variable: Sequence[str] = ()
    repository: Sequence[str] = ()


def run(asked: Asked, tasks: Collection) -> None:
    """Check the pipelines; expand, explain, draw or run one; `tasks` are the verbs that scripts may call.

    Raises:
        OperationError: flags that do not go together, or what they ask for cannot be done.
    """
    action = action_of(asked)
    with required("azure-pipelines-local"):
        import azure_pipelines_local
    project = project_at(Path.cwd(), tasks if action == "check" else None)
    try:
        _do(action, asked, project)
    except azure_pipelines_local.PipelinesLocalError as error:
        raise OperationError(str(error)) from error


def _do(action: str, asked: Asked, project: "Project") -> None:
    import azure_pipelines_local as tool

    queued = tool.parse_queued(asked.reason, asked.branch, asked.variable, asked.repository)
    if action == "check":
        tool.print_check(project, linters="required", queued=queued)
        check_offered(project.root)
    elif action == "expand":
        print(tool.expand(project, str(asked.expand), tool.parse_parameters(asked.parameter), queued), end="")
    elif action in ("explain", "graph"):
        _show(asked, project, queued)
    else:
        stages, jobs = tool.parse_names("--stage", asked.stage), tool.parse_names("--job", asked.job)
        parameters = tool.parse_parameters(asked.parameter)
        tool.run(project, str(asked.run), stages, jobs, parameters, asked.keep, queued)


def _show(asked: Asked, project: "Project", queued: "Queued") -> None:
    import azure_pipelines_local as tool

    parameters = tool.parse_parameters(asked.parameter)
    if asked.graph is not None:
        tool.print_graph(project, asked.graph, parameters, queued, tool.parse_graph_form("--form", asked.form))
    elif not asked.of:
        raise OperationError("Say what to explain: --of FILE:LINE, a stage, a job, or an expression.")
    else:
        tool.print_explanation(project, str(asked.explain), asked.of, parameters, queued)


def project_at(root: Path, tasks: Collection | None) -> "Project":
    """Make the value that the tool is handed; without tasks it is for what judges no commands."""
    from azure_pipelines_local import Project

    return Project(
        root,
        outputs=OUTPUTS,
        judge=commands_of(root, tasks).judge if tasks else None,
        workspaces=OfflineWorkspaces() if is_installed("azureml-offline") else None,
        no_workspaces=missing("azureml-offline").rstrip("."),
        environments=(root / ".nox" / "ado", *sorted((root / ".nox").glob("ado-*"))),
        linters_remedy="python noxfile.py -s ado --install-only",
    )


def action_of(asked: Asked) -> str:
    """Find out what to do; raises OperationError for none or several of these, and for a flag of another."""
    given = [name for name, value in vars(asked).items() if value not in (None, False, ())]
    actions = [name for name in given if name in ALLOWED]
    if len(actions) != 1:
        also = f" Not {' and '.join(f'--{name}' for name in actions)} at once." if actions else ""
        raise OperationError(f"Say what to do: --check, or --expand, --explain, --graph or --run with a FILE.{also}")
    for name in given:
        if name not in (*actions, *ALLOWED[actions[0]]):
            owners = " and ".join(f"--{action}" for action, allowed in ALLOWED.items() if name in allowed)
            raise OperationError(f"--{name} does nothing with --{actions[0]}: it goes with {owners}. Leave it out.")
    return actions[0]
