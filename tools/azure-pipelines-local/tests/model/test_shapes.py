"""Parts of a pipeline that nothing else reads. Source: the reference, and the schema that the service serves."""

from pathlib import Path

import pytest
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.entry import expand
from azure_pipelines_local.model import read

STEPS = "steps: [{script: a}]"


def read_pipeline(text: str, folder: Path) -> None:
    (folder / "ci.yml").write_text(text, encoding="utf-8")
    read(expand(folder, "ci.yml"))


def resource(kind: str, item: str) -> str:
    return f"resources: {{{kind}: [{{{item}}}]}}\n{STEPS}\n"


def job(part: str) -> str:
    return f"jobs: [{{job: a, {part}, {STEPS}}}]\n"


@pytest.mark.parametrize(
    ("pipeline", "message"),
    [
        (job("pool: {name: p, demands: [npm, Agent.OS -is Linux]}"), "NAME -equals VALUE, not 'Agent.OS -is Linux'"),
        (job("pool: {name: p, demands: Agent.OS Linux}"), "NAME -equals VALUE, not 'Agent.OS Linux'"),
        (job("workspace: {clean: everything}"), "must be outputs, resources or all, not 'everything'"),
        (job("workspace: {cleanup: all}"), "did you mean 'clean'?"),
        (job("uses: {repos: [x]}"), "did you mean 'repositories'?"),
        (job("container: {endpoint: x}"), "`container` needs `image`"),
        (job("container: {image: x, pull: always}"), "`container` has no key 'pull'"),
        (job("services: [db]"), "`services` must be a mapping"),
        (job("services: {db: {endpoint: x}}"), "`db` of `services` needs `image`"),
        (job(f"strategy: {{matrix: {{{'a' * 101}: {{v: 1}}}}}}"), "the name of a leg has more than 100 characters"),
        (job("strategy: {parallel: 4, maxParallel: 2}"), "`maxParallel` is for a matrix"),
        ("steps: [{script: a, target: {commands: none}}]", "must be any or restricted, not 'none'"),
        ("steps: [{script: a, target: {containers: x}}]", "did you mean 'container'?"),
        (f"lockBehavior: never\n{STEPS}", "must be sequential or runLatest, not 'never'"),
        (f"stages: [{{stage: s, lockBehavior: no, jobs: [{{job: a, {STEPS}}}]}}]", "not 'no'"),
        (f"trigger: {{branches: [main]}}\n{STEPS}", "`branches` of `trigger` must be a mapping"),
        (f"pr: {{paths: {{only: [a]}}}}\n{STEPS}", "has no key 'only'"),
        (resource("containers", "container: a, endpoint: x"), "'a' in `containers` needs `image`"),
        (resource("containers", "container: a, image: x, mountReadOnly: {home: true}"), "has no key 'home'"),
        (resource("repositories", "repository: a, type: gitlab, name: o/r"), "not 'gitlab'"),
        (resource("repositories", "repository: a.b, type: git, name: r"), "'a.b' cannot be the name of a resource"),
        (resource("packages", "package: a, type: NuGet, name: o/p"), "'a' in `packages` needs `connection`"),
        (resource("webhooks", "webhook: a, connection: c, filters: [{path: x}]"), "needs `value`"),
    ],
)
def test_a_part_that_the_service_would_not_take_is_refused(pipeline: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as error:
        read_pipeline(pipeline, tmp_path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "pipeline",
    [
        job("workspace: {clean: outputs}, uses: {repositories: [x], pools: [p]}, container: 'ubuntu:24.04'"),
        job("pool: {name: p, demands: [npm, Agent.Version -gtVersion 2.1, os -EQUALS my os, $(any) -is x]}"),
        job("container: {image: x, ports: ['1:1'], env: {A: b}, mountReadOnly: {work: true}}"),
        job("services: {db: postgres, q: {image: redis, volumes: ['/a:/b']}}"),
        job("strategy: {maxParallel: 2, matrix: {x: {v: 1}}}"),
        "steps: [{script: a, target: host}, {script: b, target: {container: x, settableVariables: none}}]",
        "steps: [{script: a, target: {commands: restricted, settableVariables: [a, b]}}]",
        f"trigger: {{branches: {{include: [main]}}, tags: }}\n{STEPS}",
        resource("containers", "container: a, type: ACR, azureSubscription: s, registry: r, repository: p"),
        resource(
            "repositories", "repository: a, type: GitHub, endpoint: c, name: o/r, trigger: {branches: {include: [m]}}"
        ),
        resource("webhooks", "webhook: a, connection: c, filters: [{path: x, value: y}]"),
    ],
)
def test_a_part_that_the_service_takes_is_taken(pipeline: str, tmp_path: Path) -> None:
    read_pipeline(pipeline, tmp_path)
