"""Share what tests of the backend need: its configuration for the offline workspace, and runs of small scripts."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import Fault, OfflineWorkspace

from operation.execution import backends
from operation.execution.backends.azureml.environments import Environments
from operation.execution.backends.azureml.jobs import Code, Jobs
from operation.execution.backends.azureml.run_execution import JOB
from operation.execution.backends.azureml.runs import Runs
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.configuration.sections import ROOT, AzureMLSettings, Configuration
from operation.execution.steps.cache import Cache
from operation.execution.steps.scheduler import Machine
from operation.execution.values import Run, Step, StepEvent
from operation.tests.integration.conftest import CHANGED
from operation.tests.parcels import load_own

if TYPE_CHECKING:
    from azureml.core import Workspace

# The SDK's own copy of ruamel.yaml warns the SDK what to use instead.
QUIET = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
EXPERIMENT = "parts"
ALWAYS = 10_000  # times that a fault happens
PASSING = {  # wherever they are planted
    "429": Fault("", status=429, times=2),
    "503": Fault("", status=503, times=2),
    "dropped": Fault("", drop=True, times=2),
    "lost": Fault("", drop=True, after=True),
    "late": Fault("", status=504, after=True),
    "ran-out": Fault("", status=401, code="ExpiredAuthenticationToken"),
}


def names_of(offline: OfflineWorkspace) -> list[str]:
    """List the settings that make `dev` the offline workspace."""
    return [
        f"backend.subscription_id={offline.subscription}",
        f"backend.resource_group={offline.resource_group}",
        f"backend.workspace={offline.name}",
        "backend.compute.name=cpu",
    ]


def configured(offline: OfflineWorkspace, *more: str) -> Configuration:
    """Load the environment `dev` in the offline workspace, with few trees."""
    return load_own("dev", [*names_of(offline), *CHANGED, *more])


def connected(offline: OfflineWorkspace, **more: str) -> Connection:
    """Connect to the offline workspace; `more` are settings of the backend, written as in YAML."""
    settings = configured(offline, *(f"backend.{key}={value}" for key, value in more.items())).backend
    assert isinstance(settings, AzureMLSettings)
    return Connection(settings)


def execute(runs: backends.Runs, run: Run) -> tuple[Run, list[StepEvent]]:
    """Wait for the run; return it, and what happened to its steps without what they printed or the job before them."""
    events: list[StepEvent] = []
    ended = runs.wait(run, events.append)
    return ended, [event for event in events if event.step != JOB and event.state != "working"]


@dataclass(frozen=True)
class Scripts:
    """Runs of small scripts, which need no data and no packages, in place of `src/`."""

    source: Path
    outputs: Path
    connection: Connection

    def step(self, name: str, text: str, takes: str = "") -> Step:
        """Define a step that writes the folder NAME; its script finds that as sys.argv[-1]."""
        for file in ("job.py", "utils.py"):
            shutil.copy(ROOT / "src" / file, self.source)
        (self.source / f"{name}.py").write_text(text, encoding="utf-8")
        return Step(name, f"src/{name}.py", {}, {"--data": takes} if takes else {}, {"--output": name})

    def runs(self) -> Runs:
        """Make new Runs, as another process would have them."""
        machine = Machine(ROOT, Cache(self.outputs / "cache", print), 1)
        code = Code(self.source, ROOT / "operation" / "configuration" / "train.yml", 1)
        environments = Environments(self.connection, self.outputs / "environments.json")
        return Runs(self.outputs / "runs", machine, Jobs(self.connection, environments, EXPERIMENT, code))

    def run(self, steps: Sequence[Step], **folders: Path) -> tuple[Run, list[StepEvent]]:
        """Run the steps to their end."""
        runs = self.runs()
        return execute(runs, runs.submit(steps, folders, None, reuse=True))


@pytest.fixture
def scripts(workspace: "Workspace", offline: OfflineWorkspace, tmp_path: Path) -> Scripts:
    """An empty folder of scripts."""
    source = tmp_path / "src"
    source.mkdir()
    return Scripts(source, tmp_path / "outputs", connected(offline))
