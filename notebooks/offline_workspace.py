# %% [markdown]
# # Use the offline workspace from the SDK
# The real azureml-core against a workspace on this machine: no account, and nothing leaves it. What is written here is
# what would be written against Azure; `tools/azureml-offline/README.md` says what it does not show.

# %%
from workbench import ROOT, open_project, require_packages

project = open_project()
use_case, champion = project.use_case, project.champion()
require_packages(["azureml"])
print(f"{use_case.name}: version {champion.version.version} of {champion.version.name} is the champion")

# %%
import os
import warnings
from contextlib import ExitStack, chdir
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd

from operation.tools import required

# %% [markdown]
# ## Start it
# Its variables lead the SDK there and nowhere else. They must be set before azureml is imported.

# %%
with required("azureml-offline"):
    from azureml_offline import running

stack = ExitStack()
offline = stack.enter_context(running(reuse_environment=True))
os.environ.update(offline.environment)

warnings.filterwarnings("ignore", module="azureml|msrest|paramiko")  # deprecations between its own libraries
from azureml.core import Environment, Experiment, Model, ScriptRunConfig, Workspace
from azureml.core.authentication import ServicePrincipalAuthentication
from azureml.core.compute import AmlCompute, ComputeTarget

login = ServicePrincipalAuthentication(
    os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"]
)
workspace = Workspace.get(
    offline.name, subscription_id=offline.subscription, resource_group=offline.resource_group, auth=login
)
print(f"{workspace.name} in {workspace.location}, {len(workspace.models)} models")

# %% [markdown]
# ## Log a run
# The champion's metrics, and a table: its slices.

# %%
experiment = Experiment(workspace, project.configuration.experiment)
run = experiment.start_logging(snapshot_directory=None)
for name, value in champion.evidence.evaluation["metrics"].items():
    run.log(name, value)
slices = next(iter(champion.evidence.evaluation["slices"].items()), None)
if slices:
    for row in slices[1]:
        run.log_row(f"rows by {slices[0]}", value=str(row["value"]), rows=row["rows"])
run.complete()
pd.Series({name: value for name, value in run.get_metrics().items() if not isinstance(value, dict)}).round(4)

# %% [markdown]
# ## Register the champion there, and get it back
# Byte for byte: a model that changes on its way is another model.

# %%
with chdir(champion.folder.parent):  # the SDK registers nothing from outside the current folder
    model = Model.register(workspace, champion.folder.name, champion.version.name, tags={"run": champion.version.run})
copy = Path(Model(workspace, model.name).download(mkdtemp(prefix="model-")))
places = {"here": champion.folder, "there": copy}
onnx = {name: sha256(next(place.rglob("model.onnx")).read_bytes()).hexdigest() for name, place in places.items()}
print(f"{model.name} version {model.version}:", "the same bytes" if len(set(onnx.values())) == 1 else onnx)

# %% [markdown]
# ## Submit a job
# `src/verify.py` scores the golden rows with the copy; the job really runs, from a snapshot of `src/`.

# %%
cluster = ComputeTarget.create(
    workspace, "cpu-cluster", AmlCompute.provisioning_configuration(vm_size="STANDARD_DS3_V2", max_nodes=1)
)
cluster.wait_for_completion()
folder = next(copy.rglob("model.onnx")).parent
job = ScriptRunConfig(
    str(ROOT / "src"),
    "verify.py",
    arguments=["--model", str(folder)],
    compute_target="cpu-cluster",
    environment=Environment("reused"),
)
submitted = experiment.submit(job)
submitted.wait_for_completion()
log = Path(mkdtemp(prefix="log-")) / "log.txt"
submitted.download_file("user_logs/std_log.txt", str(log))
print(f"{submitted.status}: {log.read_text(encoding='utf-8').strip().splitlines()[-1]}")

# %% [markdown]
# ## What is in the workspace now

# %%
pd.DataFrame(
    [
        {
            "run": each.id,
            "status": each.get_status(),
            "script": each.get_details().get("runDefinition", {}).get("script"),
        }
        for each in experiment.get_runs()
    ]
)

# %%
asked = pd.Series([f"{each.method} {each.status}" for each in offline.requests()]).value_counts()
print(f"The SDK has asked {asked.sum()} times; hosts that were refused: {offline.refused() or 'none'}")
asked.to_frame("requests")

# %% [markdown]
# ## Stop it
# It ends with this kernel at the latest; what it kept is gone then. `invoke emulator` starts one that stays.

# %%
stack.close()

# %% [markdown]
# **Next**: the whole chain there, `invoke train --environment emulator`; in Azure, `--environment dev`.
