"""Read jobs and deployment jobs."""

import re
from dataclasses import replace

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.model import dependencies, fields, keys, shapes
from azure_pipelines_local.model.dependencies import fill_names
from azure_pipelines_local.model.pipeline import Job, Pool, Step
from azure_pipelines_local.model.pools import read_pool
from azure_pipelines_local.model.steps import read_steps
from azure_pipelines_local.model.strategies import Strategy, read_strategy
from azure_pipelines_local.model.variables import read_variables

DOTTED = re.compile(r"((?:\$\([^)]*\)|[^.])+)\.(.+)")  # a dot within `$( )` splits nothing


def read_jobs(node: Node, pool: Pool | None) -> tuple[Job, ...]:
    """Read the jobs of one stage; `pool` is theirs where they name none."""
    mappings = [fields.mapping(each, "a job") for each in fields.items(node, "`jobs`")]
    if not mappings:
        raise PipelineError(node.place, "`jobs` is empty; at least one job is expected.")
    names = fill_names([_name(each) for each in mappings], "Job")
    needs = dependencies.dependencies(mappings, names, "job")
    return tuple(read_job(*each, pool) for each in zip(mappings, names, needs, strict=True))


def read_job(mapping: Mapping, name: str, needs: tuple[str, ...], pool: Pool | None) -> Job:
    """Read one job; a pipeline of steps alone is one, too."""
    deployment = mapping.find("deployment") is not None
    shapes.check_parts(mapping, shapes.OF_JOBS)
    environment, resource_name = _environment(mapping) if deployment else (None, None)
    return Job(
        name=name,
        display_name=fields.text(mapping, "displayName"),
        depends_on=needs,
        condition=fields.condition(mapping),
        pool=read_pool(mapping) or pool,
        variables=read_variables(mapping.find("variables")),
        steps=() if deployment else _steps(mapping, name),
        environment=environment,
        resource_name=resource_name,
        timeout_minutes=fields.number(mapping, "timeoutInMinutes"),
        cancel_timeout_minutes=fields.number(mapping, "cancelTimeoutInMinutes"),
        continue_on_error=fields.boolean(mapping, "continueOnError", default=False),
        container=mapping.find("container"),
        services=mapping.find("services"),
        place=mapping.place,
        **vars(_strategy(mapping, deployment)),
    )


def _name(mapping: Mapping) -> str:
    kind = next((key for key in ("job", "deployment") if mapping.find(key) is not None), None)
    if kind is None:
        first = mapping.pairs[0][0] if mapping.pairs else Scalar("", mapping.place)
        hint = fields.nearest(first.text, ("job", "deployment", "template"))
        raise PipelineError(first.place, f"a job begins with one of job, deployment, template; {hint}")
    fields.known_keys(mapping, keys.JOB if kind == "job" else keys.DEPLOYMENT, f"a {kind}")
    name = fields.name(mapping, kind)
    if kind == "deployment" and name.lower() == "deploy":  # so says Microsoft's reference
        raise PipelineError(mapping.place, "a deployment cannot be called 'deploy', which is a keyword; rename it.")
    return name


def _steps(mapping: Mapping, name: str) -> tuple[Step, ...]:
    steps = mapping.find("steps")
    if steps is None:
        raise PipelineError(mapping.place, f"the job {name!r} has no steps; at least one is expected.")
    return read_steps(steps)


def _strategy(mapping: Mapping, deployment: bool) -> Strategy:
    node = mapping.find("strategy")
    if node is None and deployment:
        raise PipelineError(mapping.place, "a deployment needs `strategy: {runOnce: {deploy: {steps: …}}}`.")
    return read_strategy(node, deployment)


def _environment(mapping: Mapping) -> tuple[Scalar, Scalar | None]:
    """Read the environment of a deployment, and the resource in it, if it names one."""
    node, resource = mapping.find("environment"), None
    if isinstance(node, Mapping):
        fields.known_keys(node, keys.ENVIRONMENT, "an environment")
        resource = fields.text(node, "resourceName")
        node = fields.text(node, "name")
    elif isinstance(node, Scalar):
        node, resource = _dotted(node)
    if not isinstance(node, Scalar) or not node.text:
        place = mapping.place if node is None else node.place
        raise PipelineError(place, "a deployment needs `environment: NAME`.")
    return node, resource


def _dotted(environment: Scalar) -> tuple[Scalar, Scalar | None]:
    """Split `NAME.RESOURCE` at its first dot, as the service does: PGielniak/azdo-pipeline-emulator, C-E04-143."""
    found = DOTTED.fullmatch(environment.text)
    if not found:
        return environment, None
    return replace(environment, text=found[1]), replace(environment, text=found[2])
