"""Read variables and variable groups."""

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.model import fields, keys
from azure_pipelines_local.model.pipeline import Group, Variable, Variables


def read_variables(node: Node | None) -> Variables:
    """Read the variables of a pipeline, a stage or a job, in both of their forms."""
    if node is None or (isinstance(node, Scalar) and not node.text):
        return ()
    if isinstance(node, Mapping):
        return tuple(_named(key, value) for key, value in node.pairs)
    return tuple(_item(each) for each in fields.items(node, "`variables`"))


def _named(key: Scalar, value: Node) -> Variable:
    return Variable(key.text, fields.scalar(value, f"the variable {key.text!r}"), False, key.place)


def _item(node: Node) -> Variable | Group:
    mapping = fields.mapping(node, "an item of `variables`")
    group = fields.text(mapping, "group")
    if group is not None:
        fields.known_keys(mapping, ("group",), "a variable group")
        return Group(_require_name(group, "a variable group"), mapping.place)
    fields.known_keys(mapping, keys.VARIABLE, "a variable")
    called = fields.text(mapping, "name")
    if called is None:
        raise PipelineError(mapping.place, "an item of `variables` begins with one of name, group, template.")
    value = fields.text(mapping, "value") or Scalar("", called.place)
    return Variable(
        _require_name(called, "a variable"), value, fields.fixed_boolean(mapping, "readonly", False), mapping.place
    )


def _require_name(called: Scalar, what: str) -> str:
    if not called.text:
        raise PipelineError(called.place, f"{what} needs a name.")
    return called.text
