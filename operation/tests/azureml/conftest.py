"""The unmodified azureml-core against one offline workspace, in this process.

The SDK binds the home folder when it is imported, so the workspace starts, and the environment is set, before that.
Without azureml-core (the extra "azure") there is nothing to collect here.
"""

import atexit
import importlib
import os
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from azureml_offline import OfflineWorkspace, running

from operation.tests.parcels import own_suites

if TYPE_CHECKING:
    from azureml.core import Run, Workspace

IGNORED = [
    "ignore::DeprecationWarning:azureml",  # the SDK's own use of what Python and its packages will remove
    "ignore::PendingDeprecationWarning:azureml",  # likewise
    "ignore::DeprecationWarning:msrest",  # likewise
    "ignore::ResourceWarning",  # the SDK leaves its sessions' connections to the garbage collector
    "ignore::pytest.PytestUnraisableExceptionWarning",  # that is where pytest shows them
]
MACHINE = dict(os.environ)
STACK = ExitStack()
SignIn = Callable[..., Any]
Submit = Callable[..., Any]

WORKSPACE = pytest.StashKey[OfflineWorkspace]()

if find_spec("azureml") is None:
    collect_ignore_glob = ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    """Start the workspace of this process, unless it only hands tests out to others, and import the SDK.

    The SDK's threads go on between tests and after the last, where only the settings of the session hold.
    """
    config.addinivalue_line("filterwarnings", IGNORED[0])
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="azureml")  # pytest has set its own already
    hands_out = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if find_spec("azureml") and not hands_out:
        atexit.register(STACK.close)
        config.stash[WORKSPACE] = workspace = STACK.enter_context(running(reuse_environment=True))
        os.environ.update(workspace.environment)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what importing it warns of is no test's business
            importlib.import_module("azureml.core")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The SDK warns at many calls; pytest's own settings make errors of warnings."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for line in IGNORED:
                item.add_marker(pytest.mark.filterwarnings(line))


@pytest.fixture(scope="session")
def offline(pytestconfig: pytest.Config) -> Iterator[OfflineWorkspace]:
    """The offline workspace of this session; in all of it, nobody may have asked for another host."""
    workspace = pytestconfig.stash[WORKSPACE]
    yield workspace
    assert workspace.refused() == []


@pytest.fixture(scope="session")
def machine() -> dict[str, str]:
    """The environment variables of this machine: in this process, those of the offline workspace have replaced some."""
    return MACHINE


@pytest.fixture(scope="session", autouse=True)
def _own_suites() -> Iterator[None]:
    with own_suites():
        yield


@pytest.fixture(autouse=True)
def no_faults(offline: OfflineWorkspace) -> Iterator[None]:
    """What a test plants is gone with it."""
    yield
    offline.clear_faults()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh folder, which is the current one: the SDK registers nothing from elsewhere."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Files of a model, also in a folder of its own."""
    folder = tmp_path / "files"
    (folder / "evaluation").mkdir(parents=True)
    (folder / "model.onnx").write_bytes(b"\x00model")
    (folder / "evaluation" / "roc.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture
def wheel(folder: Path) -> Path:
    """A package `probe` that needs nothing from anywhere."""
    file = folder / "probe-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as content:
        content.writestr("probe.py", "ANSWER = 42\n")
        content.writestr("probe-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n")
        content.writestr("probe-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        content.writestr("probe-1.0.dist-info/RECORD", "")
    return file


@pytest.fixture(scope="module")
def hasty() -> Iterator[None]:
    """No pause of this process is longer than a moment: the SDK's own take up to minutes."""
    sleep = time.sleep
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.02)))
        yield


@pytest.fixture(scope="session")
def sign_in(offline: OfflineWorkspace) -> SignIn:
    """Signs in as the service principal, and gets the workspace; with another name or secret if so wanted."""
    from azureml.core import Workspace
    from azureml.core.authentication import ServicePrincipalAuthentication

    def get(name: str = offline.name, **other: str) -> Workspace:
        known = {**offline.environment, **other}
        principal = [known[variable] for variable in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")]
        where = {"subscription_id": offline.subscription, "resource_group": offline.resource_group}
        return Workspace.get(name, ServicePrincipalAuthentication(*principal), **where)

    return get


@pytest.fixture(scope="session")
def workspace(sign_in: SignIn) -> "Workspace":
    """The SDK's view of it, with a compute target "cpu"."""
    from azureml.core.compute import AmlCompute, ComputeTarget

    found = sign_in()
    ComputeTarget.create(found, "cpu", AmlCompute.provisioning_configuration("Standard_DS3_v2", max_nodes=2))
    return found


@pytest.fixture
def submit(workspace: "Workspace", tmp_path: Path) -> Submit:
    """Submits a job that runs the code as its script; without packages, in the experiment "trials" of `workspace`."""
    from azureml.core import Environment, Experiment, ScriptRunConfig, Workspace

    def start(code: str, environment: Environment | None = None, where: Workspace = workspace) -> "Run":
        source = tmp_path / "source"
        source.mkdir(exist_ok=True)
        (source / "script.py").write_text(code, encoding="utf-8")
        job = ScriptRunConfig(
            str(source),
            command=["python", "script.py", "--rate", "0.1"],
            compute_target="cpu",
            environment=environment or Environment("plain"),
        )
        return Experiment(where, "trials").submit(job)

    return start
