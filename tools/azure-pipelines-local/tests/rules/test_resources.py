"""What `resources` declares and what is named elsewhere; images that stay what they are."""

import pytest
from azure_pipelines_local.rules.macros import undefined_variables
from azure_pipelines_local.rules.policies import retired_images, unpinned_containers, unpinned_images
from azure_pipelines_local.rules.resources import unknown_resources
from rules.small import findings

DECLARED = """
resources:
  pipelines: [{pipeline: train, source: train}]
  repositories: [{repository: tools, type: git, name: tools}]
  containers: [{container: lint, image: "python:3.11.9"}]
pool: {vmImage: ubuntu-24.04}
jobs:
- job: A
"""
STEPS = "  steps:\n  - script: invoke lint\n"
DEPLOYMENT = "jobs:\n- deployment: A\n  pool: ours\n  environment: e\n  strategy:\n    runOnce:\n      deploy:\n"
DEPLOYMENT += "        pool: {vmImage: IMAGE}\n        steps: [{script: invoke lint}]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{STEPS}  - download: trian\n", "no 'trian' in `pipelines`; did you mean 'train'?"),
        (f"{STEPS}  - checkout: norepo\n", "no 'norepo' in `repositories`; declare it."),
        (f"{STEPS}  - getPackage: nopkg\n", "no 'nopkg' in `packages`; declare it."),
        (f"{STEPS}  - downloadBuild: nobuild\n", "no 'nobuild' in `builds`; declare it."),
        (f"{STEPS}    target: lnit\n", "no 'lnit' in `containers`; did you mean 'lint'?"),
        (f"{STEPS}    target: {{container: nosuch}}\n", "no 'nosuch' in `containers`; declare it."),
        (f"  container: nosuch\n{STEPS}", "no 'nosuch' in `containers`; declare it, or write an image as NAME:TAG."),
        (f"  container: {{alias: nosuch}}\n{STEPS}", "no 'nosuch' in `containers`; declare it, or write an image"),
        (f"  services: {{db: nosuch}}\n{STEPS}", "no 'nosuch' in `containers`; declare it, or write an image"),
        (f"{STEPS}    displayName: $(resources.pipeline.trian.runID)\n", "no 'trian' in `pipelines`; did you mean"),
        (
            f"{STEPS}    condition: and(succeeded(), eq(variables['resources.pipeline.trian.runID'], 1))\n",
            "no 'trian' in `pipelines`; did you mean 'train'?",
        ),
    ],
)
def test_a_name_that_is_not_declared_is_reported(text: str, message: str) -> None:
    (finding,) = findings(unknown_resources, DECLARED + text)
    assert f"`resources` has {message}" in finding


@pytest.mark.parametrize(
    "text",
    [
        f"{STEPS}  - download: Train\n  - download: current\n  - download: none\n",
        f"{STEPS}  - checkout: tools\n  - checkout: self\n  - checkout: git://project/name@main\n",
        f"{STEPS}    target: lint\n  - {{script: invoke lint, target: host}}\n",
        f"  container: lint\n  services: {{db: 'postgres:17.2', cache: lint}}\n{STEPS}",
        f"  container: {{image: 'python:3.11.9'}}\n{STEPS}",
        f"{STEPS}    displayName: $(resources.pipeline.train.runID) $(resources.triggeringAlias)\n",
    ],
)
def test_what_is_declared_passes(text: str) -> None:
    for check in (unknown_resources, unpinned_images, undefined_variables):
        assert findings(check, DECLARED + text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (DECLARED.replace("python:3.11.9", "ubuntu:latest") + STEPS, "the container 'ubuntu:latest' is not pinned"),
        (f"{DECLARED}  services: {{db: 'postgres:latest'}}\n{STEPS}", "the container 'postgres:latest' is not pinned"),
        (DEPLOYMENT.replace("IMAGE", "ubuntu-latest"), "the image 'ubuntu-latest' is not pinned"),
        (DEPLOYMENT.replace("IMAGE", "ubuntu-20.04"), "the image 'ubuntu-20.04' no longer exists"),
    ],
)
def test_an_image_that_changes_is_reported_wherever_it_stands(text: str, message: str) -> None:
    found = [each for rule in (unpinned_images, unpinned_containers, retired_images) for each in findings(rule, text)]
    (finding,) = found
    assert message in finding


def test_an_unknown_variable_in_an_image_is_reported() -> None:
    (finding,) = findings(undefined_variables, f"{DECLARED}  container: 'python:$(nosuch)'\n{STEPS}")
    assert "$(nosuch) is not a variable here" in finding
