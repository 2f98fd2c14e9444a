"""Check the parts of a pipeline that nothing else here reads: workspaces, containers, targets, filters of resources.

Source: Microsoft's reference, https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/, and the schema that the
service serves, as PGielniak/azdo-pipeline-emulator has kept it (E01-orgschema).
"""

import re
from collections.abc import Callable

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.model import fields

Shape = Callable[[Node, str], None]  # raises PipelineError unless the node, which messages call so, is like that
REFERENCE = re.compile(r"[A-Za-z0-9_-]+")  # a name of a resource


def words(*known: str) -> Shape:
    """Require one of these texts."""

    def check(node: Node, what: str) -> None:
        found = fields.scalar(node, what)
        if found.text and found.text not in known and not fields.AT_RUN_TIME.search(found.text):
            expected = f"{', '.join(known[:-1])} or {known[-1]}"
            raise PipelineError(found.place, f"{what} must be {expected}, not {found.text!r}.")

    return check


def one_text(node: Node, what: str) -> None:
    """Require one text."""
    fields.scalar(node, what)


def some_texts(node: Node, what: str) -> None:
    """Require a text or a sequence of them."""
    fields.texts(node, what)


def pairs(node: Node, what: str) -> None:
    """Require names with texts."""
    if not _is_empty(node):
        each(one_text)(fields.mapping(node, what), what)


def flag(node: Node, what: str) -> None:
    """Require a boolean."""
    words(*fields.TRUE, *fields.FALSE)(_lower(node), what)


def parts(required: tuple[str, ...] = (), **known: Shape) -> Shape:
    """Require a mapping with these keys and no others."""

    def check(node: Node, what: str) -> None:
        if _is_empty(node):
            return
        mapping = fields.mapping(node, what)
        fields.known_keys(mapping, tuple(known), what)
        for wanted in required:
            if mapping.find(wanted) is None:
                raise PipelineError(mapping.place, f"{what} needs `{wanted}`.")
        for key, value in mapping.pairs:
            known[key.text](value, f"`{key.text}` of {what}")

    return check


def text_or(shape: Shape) -> Shape:
    """Allow a text, too."""

    def check(node: Node, what: str) -> None:
        if not isinstance(node, Scalar):
            shape(node, what)

    return check


def each(shape: Shape) -> Shape:
    """Require the shape of every value of a mapping, or of every item of a sequence."""

    def check(node: Node, what: str) -> None:
        if isinstance(node, Mapping):
            for key, value in node.pairs:
                shape(value, f"`{key.text}` of {what}")
        elif not _is_empty(node):
            for item in fields.items(node, what):
                shape(item, f"an item of {what}")

    return check


def services(node: Node, what: str) -> None:
    """Require a mapping of names to containers."""
    if not _is_empty(node):
        each(CONTAINER)(fields.mapping(node, what), what)


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.text


def _lower(node: Node) -> Node:
    return Scalar(node.text.lower(), node.place) if isinstance(node, Scalar) else node


MOUNTS = parts(work=flag, externals=flag, tools=flag, tasks=flag)
OF_CONTAINERS: dict[str, Shape] = {
    "image": one_text,
    "endpoint": one_text,
    "options": one_text,
    "mapDockerSocket": flag,
    "env": pairs,
    "ports": some_texts,
    "volumes": some_texts,
    "mountReadOnly": MOUNTS,
}
INLINE = parts(("image",), **OF_CONTAINERS)
ALIAS = parts(alias=one_text)


def _container(node: Node, what: str) -> None:
    (ALIAS if isinstance(node, Mapping) and node.find("alias") is not None else INLINE)(node, what)


CONTAINER = text_or(_container)
FILTERS = parts(include=some_texts, exclude=some_texts)  # of branches, paths and tags of a trigger
LOCK = words("sequential", "runLatest")
OF_JOBS: dict[str, Shape] = {
    "container": CONTAINER,
    "services": services,
    "uses": parts(repositories=some_texts, pools=some_texts),
    "workspace": parts(clean=words("outputs", "resources", "all")),
}
TARGET = text_or(parts(container=one_text, commands=words("any", "restricted"), settableVariables=some_texts))
REPOSITORY = words("git", "github", "githubenterprise", "bitbucket")
OF_RESOURCES: dict[str, dict[str, Shape]] = {  # of the keys that `keys.RESOURCES` has
    "repositories": {"type": lambda node, what: REPOSITORY(_lower(node), what), "name": one_text, "ref": one_text},
    "pipelines": {"source": one_text, "branch": one_text, "tags": some_texts},
    "containers": OF_CONTAINERS,
    "webhooks": {"filters": each(parts(("path", "value"), path=one_text, value=one_text))},
}
REQUIRED: dict[str, tuple[str, ...]] = {
    "builds": ("type", "connection", "source"),
    "packages": ("type", "connection", "name"),
    "webhooks": ("connection",),
}


def check_parts(mapping: Mapping, shapes: dict[str, Shape], what: str = "") -> None:
    """Raise PipelineError at the first part of the mapping that has not its shape."""
    for key, value in mapping.pairs:
        if shape := shapes.get(key.text):
            shape(value, f"`{key.text}`{what and f' of {what}'}")


def check_resource(kind: str, name: Scalar, mapping: Mapping) -> None:
    """Raise PipelineError if a resource is not what its kind needs."""
    if not REFERENCE.fullmatch(name.text):
        expected = "letters, digits, `_` and `-` are expected"
        raise PipelineError(name.place, f"{name.text!r} cannot be the name of a resource; {expected}.")
    needed = REQUIRED.get(kind, ())
    if kind == "containers" and mapping.find("type") is None:  # one of ACR has `registry` and `repository` instead
        needed = ("image",)
    for key in needed:
        if mapping.find(key) is None:
            raise PipelineError(mapping.place, f"{name.text!r} in `{kind}` needs `{key}`.")
    check_parts(mapping, OF_RESOURCES.get(kind, {}))
