"""Read triggers, schedules and resources."""

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.model import fields, keys, shapes
from azure_pipelines_local.model.cron import check_time
from azure_pipelines_local.model.pipeline import Resource, Schedule

FILTER_FLAGS = ("batch", "autoCancel", "drafts", "always", "enabled")


def check_trigger(node: Node | None, key: str, known: tuple[str, ...]) -> Node | None:
    """Read `trigger` or `pr`, which must have one of its forms; raises PipelineError."""
    if isinstance(node, Scalar):
        if node.text.lower() != "none":
            expected = "`none`, a sequence of branches, or a mapping is expected"
            raise PipelineError(node.place, f"`{key}` is {node.text!r}; {expected}.")
    elif isinstance(node, Sequence):
        fields.texts(node, f"`{key}`")
    elif node is not None:
        _filters(node, f"`{key}`", known)
    return node


def read_schedules(node: Node | None) -> tuple[Schedule, ...]:
    """Parse `schedules`; an invalid cron raises PipelineError."""
    return tuple(_schedule(each) for each in fields.items(node, "`schedules`")) if node is not None else ()


def _schedule(node: Node) -> Schedule:
    mapping = fields.mapping(node, "a schedule")
    cron = fields.text(mapping, "cron")
    _filters(mapping, "a schedule", keys.SCHEDULE)
    if cron is None:
        raise PipelineError(mapping.place, "a schedule needs `cron: MINUTE HOUR DAY MONTH WEEKDAY`, in UTC.")
    check_time(cron)
    return Schedule(cron, fields.fixed_boolean(mapping, "always", False), mapping.place)


def _filters(mapping: Mapping, what: str, known: tuple[str, ...]) -> None:
    fields.known_keys(mapping, known, what)
    for flag in FILTER_FLAGS:
        fields.fixed_boolean(mapping, flag, False)
    shapes.check_parts(mapping, dict.fromkeys(("branches", "paths", "tags"), shapes.FILTERS), what)


def read_resources(node: Node | None) -> tuple[Resource, ...]:
    """Read the repositories, pipelines, containers, … that the pipeline declares; raises PipelineError."""
    if node is None:
        return ()
    if isinstance(node, Sequence):
        for item in node.nodes:
            _refuse_other_repo(item)
        return ()
    mapping = fields.mapping(node, "`resources`")
    fields.known_keys(mapping, tuple(keys.RESOURCES), "`resources`")
    seen: dict[str, Place] = {}
    found = [_resource(key.text, each) for key, value in mapping.pairs for each in fields.items(value, f"`{key.text}`")]
    for each in found:
        fields.once(seen, each.name, each.place, "the resource")
    return tuple(found)


def _refuse_other_repo(node: Node) -> None:
    """Accept the old form `- repo: self`, with options that change nothing of a clone; raises PipelineError."""
    mapping = fields.mapping(node, "an item of `resources`")
    fields.known_keys(mapping, keys.REPO, "`- repo: self`, the old form of `resources`,")
    called = fields.text(mapping, keys.REPO[0])
    if called is None or called.text != "self":
        expected = "`repositories: [{repository: NAME, …}]` is expected for any other repository"
        raise PipelineError(mapping.place, f"the old form of `resources` is `- repo: self`; {expected}.")
    fields.fixed_boolean(mapping, "clean", False)
    fields.number(mapping, "fetchDepth")


def _resource(kind: str, node: Node) -> Resource:
    known = keys.RESOURCES[kind]
    mapping = fields.mapping(node, f"an item of `{kind}`")
    fields.known_keys(mapping, known, f"an item of `{kind}`")
    called = fields.text(mapping, known[0])
    if called is None or not called.text:
        raise PipelineError(mapping.place, f"an item of `{kind}` begins with `{known[0]}: NAME`.")
    shapes.check_resource(kind, called, mapping)
    trigger = mapping.find("trigger")
    if kind == "repositories":
        check_trigger(trigger, "trigger", keys.TRIGGER)
    elif isinstance(trigger, Mapping):
        fields.known_keys(trigger, keys.RESOURCE_TRIGGER, "`trigger`")
    return Resource(kind, called.text, mapping, fields.text(mapping, "image"), mapping.place)
