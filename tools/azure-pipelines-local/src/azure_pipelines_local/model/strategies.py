"""Read strategies: the legs of a matrix, copies, and the hooks of a deployment job."""

import re
from dataclasses import dataclass

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.model import fields, keys
from azure_pipelines_local.model.pipeline import Entry, Hook, Leg, Number
from azure_pipelines_local.model.pools import read_pool
from azure_pipelines_local.model.steps import read_steps

LEG = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9_ .-]*"
)  # the reference has fewer signs, pipelines that run in Azure have these

LONGEST = 100  # characters of a leg's name, says the reference


@dataclass(frozen=True)
class Strategy:
    """The fields of a job that its `strategy` says."""

    strategy: str = ""
    hooks: tuple[Hook, ...] = ()
    matrix: tuple[Leg, ...] = ()
    computed_matrix: Scalar | None = None
    parallel: Number = 1


def read_strategy(node: Node | None, deployment: bool) -> Strategy:
    """Read `strategy`; raises PipelineError."""
    if node is None:
        return Strategy()
    mapping = fields.mapping(node, "`strategy`")
    return _deployment(mapping) if deployment else _job(mapping)


def _job(mapping: Mapping) -> Strategy:
    fields.known_keys(mapping, keys.JOB_STRATEGY, "the strategy of a job")
    fields.number(mapping, "maxParallel")
    matrix = mapping.find("matrix")
    if matrix is not None and mapping.find("parallel") is not None:
        raise PipelineError(mapping.key("parallel").place, "a strategy has `matrix` or `parallel`, not both.")
    if mapping.find("parallel") is not None and mapping.find("maxParallel") is not None:
        raise PipelineError(mapping.key("maxParallel").place, "`maxParallel` is for a matrix, not for `parallel`.")
    parallel = fields.number(mapping, "parallel", 1) or 1
    if isinstance(matrix, Scalar) and matrix.text.strip().startswith("$["):
        return Strategy(computed_matrix=matrix, parallel=parallel)
    return Strategy(matrix=() if matrix is None else read_legs(matrix), parallel=parallel)


def read_legs(node: Node) -> tuple[Leg, ...]:
    """Read a matrix, a mapping of names to variables; raises PipelineError."""
    legs = []
    for key, value in fields.mapping(node, "a matrix").pairs:
        if not LEG.fullmatch(key.text):
            raise PipelineError(
                key.place, f"{key.text!r} cannot be the name of a leg; use letters, digits and `_ - .`."
            )
        if len(key.text) > LONGEST:
            raise PipelineError(key.place, f"the name of a leg has more than {LONGEST} characters; shorten it.")
        pairs = fields.mapping(value, f"the leg {key.text!r} of a matrix, variables and their values,").pairs
        variables = (Entry(name, fields.scalar(each, f"the variable {name.text!r}")) for name, each in pairs)
        legs.append(Leg(key.text, tuple(variables), key.place))
    if not legs:
        raise PipelineError(node.place, "a matrix without legs; at least one is expected.")
    return tuple(legs)


def _deployment(mapping: Mapping) -> Strategy:
    fields.known_keys(mapping, tuple(keys.DEPLOYMENT_STRATEGIES), "the strategy of a deployment")
    if len(mapping.pairs) != 1:
        raise PipelineError(mapping.place, f"one of {', '.join(keys.DEPLOYMENT_STRATEGIES)} is expected.")
    key, value = mapping.pairs[0]
    body = fields.mapping(value, f"`{key.text}`")
    fields.known_keys(body, keys.DEPLOYMENT_STRATEGIES[key.text], f"the strategy {key.text!r}")
    if increments := body.find("increments"):
        fields.items(increments, "`increments`")
    hooks = [_hook(name, name.text, each) for name, each in body.pairs if name.text in keys.HOOKS]
    if "deploy" not in {hook.name for hook in hooks}:
        raise PipelineError(key.place, f"{key.text!r} has no `deploy`, which is expected.")
    hooks.sort(key=lambda hook: keys.HOOKS.index(hook.name))
    return Strategy(key.text, (*hooks, *_outcomes(body)))


def _outcomes(body: Mapping) -> list[Hook]:
    node = body.find("on")
    if node is None:
        return []
    mapping = fields.mapping(node, "`on`")
    fields.known_keys(mapping, keys.OUTCOMES, "`on`")
    return [_hook(name, f"on.{name.text}", each) for name, each in mapping.pairs]


def _hook(key: Scalar, name: str, node: Node) -> Hook:
    mapping = fields.mapping(node, f"`{key.text}`")
    fields.known_keys(mapping, keys.HOOK, f"the hook {key.text!r}")
    steps = mapping.find("steps")
    if steps is None:
        raise PipelineError(key.place, f"the hook {key.text!r} has no steps; at least one is expected.")
    return Hook(name, read_steps(steps), read_pool(mapping), key.place)
