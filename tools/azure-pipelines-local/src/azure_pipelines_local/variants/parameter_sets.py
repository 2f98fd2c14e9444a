"""The sets of parameters for which an entry pipeline is checked."""

from collections.abc import Iterator
from itertools import product

from azure_pipelines_local.documents.nodes import Mapping, Scalar
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.parameters import SIMPLE, Declaration, declarations

MAXIMUM_SETS = 32


def parameter_sets(document: Mapping) -> list[dict[str, str]]:
    """Every combination of what `values` and booleans allow, and the defaults of all others.

    Where these are more than MAXIMUM_SETS, each value once, with the defaults of the rest.

    Raises:
        PipelineError: a parameter has neither a default nor values, so that nothing can start the pipeline by itself.
    """
    choices = {each.name: _values(each) for each in declarations(document, entry=True).declared.values()}
    choices = {name: values for name, values in choices.items() if values}
    count = 1
    for values in choices.values():
        count *= len(values)
    if count <= MAXIMUM_SETS:
        return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
    return list(_each_once(choices))


def _each_once(choices: dict[str, list[str]]) -> Iterator[dict[str, str]]:
    first = {name: values[0] for name, values in choices.items()}
    yield first
    for name, values in choices.items():
        yield from (first | {name: value} for value in values[1:])


def _values(declaration: Declaration) -> list[str]:
    """List the values to try, the default first; none where the default is all there is."""
    if declaration.default is not None:
        declaration.convert(declaration.default)
    default = declaration.default.text if isinstance(declaration.default, Scalar) else None
    allowed = [each.text for each in declaration.allowed if isinstance(each, Scalar)]
    if declaration.type == "boolean" and not allowed:
        allowed = ["true", "false"]
    if declaration.default is None and (not allowed or declaration.type not in SIMPLE):
        expected = "a default is expected, since schedules and triggers can give none"
        raise PipelineError(declaration.place, f"the parameter {declaration.name!r} has no default; {expected}.")
    if not allowed:
        return []
    same = [each for each in allowed if default is not None and each.lower() == default.lower()]
    return [*same, *(each for each in allowed if each not in same)]
