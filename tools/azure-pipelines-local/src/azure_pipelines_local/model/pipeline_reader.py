"""Read an expanded pipeline."""

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar
from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expressions.conditions import ROOT_NAMES
from azure_pipelines_local.expressions.signatures import VARIABLE
from azure_pipelines_local.expressions.syntax import parse
from azure_pipelines_local.model import dependencies, fields, keys, shapes
from azure_pipelines_local.model.dependencies import fill_names
from azure_pipelines_local.model.jobs import read_job, read_jobs
from azure_pipelines_local.model.pipeline import Pipeline, Pool, Stage, Variable, Variables
from azure_pipelines_local.model.pools import read_pool
from azure_pipelines_local.model.triggers import check_trigger, read_resources, read_schedules
from azure_pipelines_local.model.variables import read_variables

MAXIMUM_STEPS = 20_000


def read(expanded: Mapping) -> Pipeline:
    """Read the expanded pipeline.

    Raises:
        PipelineError: no pipeline of Azure DevOps can be like that, or this room does not take it.
    """
    if len(both := [key for key, _ in expanded.pairs if key.text in keys.WORK]) > 1:
        raise PipelineError(both[1].place, f"a pipeline has one of {', '.join(keys.WORK)}; `{both[0].text}` is there.")
    steps = expanded.find("steps") is not None
    fields.known_keys(expanded, keys.PIPELINE_OF_STEPS if steps else keys.PIPELINE, "a pipeline")
    fields.fixed_boolean(expanded, "appendCommitMessageToRunName", True)
    shapes.check_parts(expanded, {"lockBehavior": shapes.LOCK})
    pipeline = Pipeline(
        name=fields.text(expanded, "name"),
        variables=_root_variables(expanded),
        stages=_stages(expanded, read_pool(expanded)),
        trigger=check_trigger(expanded.find("trigger"), "trigger", keys.TRIGGER),
        pr=check_trigger(expanded.find("pr"), "pr", keys.PULL_REQUEST),
        schedules=read_schedules(expanded.find("schedules")),
        resources=read_resources(expanded.find("resources")),
        place=expanded.place,
    )
    _refuse_too_many_steps(pipeline)
    return pipeline


def _root_variables(expanded: Mapping) -> Variables:
    """Read the variables of the whole pipeline, whose `$[ ]` the service parses when it compiles, and no others."""
    variables = read_variables(expanded.find("variables"))
    for value in (each.value for each in variables if isinstance(each, Variable)):
        text = value.text.strip()
        if text.startswith("$[") and text.endswith("]"):
            try:
                parse(text[2:-1], VARIABLE, ROOT_NAMES)
            except ExpressionError as error:
                raise PipelineError(value.place, _of_root(error, text)) from error
    return variables


def _of_root(error: ExpressionError, text: str) -> str:
    other = next((each for each in ("stageDependencies", "dependencies") if f"'{each}'" in error.message), "")
    if other:
        return f"a variable of the whole pipeline cannot read {other}; define it in a job, or in a stage."
    return f"{error.message} In the expression: {text:.200}"


def _refuse_too_many_steps(pipeline: Pipeline) -> None:
    """Refuse more than MAXIMUM_STEPS: a matrix multiplies, as templates do."""
    jobs = [job for stage in pipeline.stages for job in stage.jobs]
    if sum(len(list(job.all_steps)) * max(len(job.matrix), 1) for job in jobs) > MAXIMUM_STEPS:
        raise PipelineError(pipeline.place, f"more than {MAXIMUM_STEPS:,} steps, each leg of a matrix counted.")


def _stages(expanded: Mapping, pool: Pool | None) -> tuple[Stage, ...]:
    jobs, stages = expanded.find("jobs"), expanded.find("stages")
    if stages is not None:
        return _read_list(stages, pool)
    only = (read_job(_without_variables(expanded), "Job", (), pool),) if jobs is None else read_jobs(jobs, pool)
    always = Scalar("succeeded()", expanded.place, literal=True)
    return (Stage("__default", None, (), always, (), only, expanded.place),)


def _without_variables(expanded: Mapping) -> Mapping:
    """Leave out variables: they are the pipeline's, and so not once more those of its one job."""
    return Mapping(tuple(pair for pair in expanded.pairs if pair[0].text != "variables"), expanded.place)


def _read_list(node: Node, pool: Pool | None) -> tuple[Stage, ...]:
    mappings = [fields.mapping(each, "a stage") for each in fields.items(node, "`stages`")]
    if not mappings:
        raise PipelineError(node.place, "`stages` is empty; at least one stage is expected.")
    names = fill_names([_name(each) for each in mappings], "Stage")
    needs = dependencies.dependencies(mappings, names, "stage")
    return tuple(_stage(*each, pool) for each in zip(mappings, names, needs, strict=True))


def _name(mapping: Mapping) -> str:
    if mapping.find("stage") is None:
        first = mapping.pairs[0][0] if mapping.pairs else Scalar("", mapping.place)
        hint = fields.nearest(first.text, ("stage", "template"))
        raise PipelineError(first.place, f"a stage begins with one of stage, template; {hint}")
    fields.known_keys(mapping, keys.STAGE, "a stage")
    return fields.name(mapping, "stage")


def _stage(mapping: Mapping, name: str, needs: tuple[str, ...], pool: Pool | None) -> Stage:
    jobs = mapping.find("jobs")
    if jobs is None:
        raise PipelineError(mapping.place, f"the stage {name!r} has no jobs; at least one is expected.")
    fields.fixed_boolean(mapping, "isSkippable", True)
    shapes.check_parts(mapping, {"lockBehavior": shapes.LOCK})
    return Stage(
        name=name,
        display_name=fields.text(mapping, "displayName"),
        depends_on=needs,
        condition=fields.condition(mapping),
        variables=read_variables(mapping.find("variables")),
        jobs=read_jobs(jobs, read_pool(mapping) or pool),
        place=mapping.place,
        by_hand=_starts_by_hand(mapping),
    )


def _starts_by_hand(stage: Mapping) -> bool:
    trigger = fields.text(stage, "trigger")
    if trigger is None or trigger.text in ("automatic", "manual"):
        return trigger is not None and trigger.text == "manual"
    raise PipelineError(trigger.place, f"`trigger` of a stage must be manual or automatic, not {trigger.text!r}.")
