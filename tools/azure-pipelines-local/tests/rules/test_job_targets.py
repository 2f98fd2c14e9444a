"""Tasks that Azure DevOps runs itself, in jobs without an agent, and all others, which need one."""

import pytest
from azure_pipelines_local.rules.policies import wrong_targets
from rules.small import findings

DELAY, BASH = "{task: Delay@1, inputs: {delayForMinutes: 1}}", "{bash: a}"
HOOKS = "{preDeploy: {POOLsteps: [STEP]}, deploy: {steps: [{bash: a}]}}"


@pytest.mark.parametrize(
    "jobs",
    ["[{job: a, POOLsteps: [STEP]}]", f"[{{deployment: d, environment: e, strategy: {{runOnce: {HOOKS}}}}}]"],
    ids=["job", "hook"],
)
@pytest.mark.parametrize(
    ("pool", "step", "said"),
    [
        ("server", DELAY, ""),
        ("server", "{task: Marketplace@1}", ""),
        ("Server", BASH, "a job with `pool: server` has no agent for Bash@3."),
        ("server", "{publish: a}", "a job with `pool: server` has no agent for publish."),
        ("", DELAY, "the task Delay@1 needs a job with `pool: server`."),
        ("ours", "{task: manualvalidation@0}", "the task manualvalidation@0 needs a job with `pool: server`."),
        ("$(nobody)", DELAY, ""),
        ("{vmImage: x}", BASH, ""),
    ],
)
def test_a_task_runs_where_it_can(jobs: str, pool: str, step: str, said: str) -> None:
    text = jobs.replace("POOL", f"pool: {pool}, " if pool else "").replace("STEP", step)
    assert [each.split(": ", 1)[1] for each in findings(wrong_targets, f"jobs: {text}\n")] == ([said] if said else [])
