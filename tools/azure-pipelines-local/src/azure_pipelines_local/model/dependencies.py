"""Names of stages and jobs, and what these depend on."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Object
from itertools import count

from azure_pipelines_local.documents.nodes import Mapping
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.model import fields


def fill_names(names: Iterable[str], word: str) -> list[str]:
    """Fill in empty names: the word with their number, or with the next that is free."""
    found = list(names)
    taken = {name.lower() for name in found}
    for number, name in enumerate(found, 1):
        if not name:
            found[number - 1] = next(f"{word}{free}" for free in count(number) if f"{word}{free}".lower() not in taken)
            taken.add(found[number - 1].lower())
    return found


def dependencies(mappings: Sequence[Mapping], names: Sequence[str], what: str) -> list[tuple[str, ...]]:
    """Read what each stage or job depends on, as `names` writes it; a stage without `dependsOn` on the one before.

    Raises:
        PipelineError: a name appears twice, or a `dependsOn` is unknown, of itself, or part of a cycle.
    """
    seen: dict[str, Place] = {}
    for mapping, called in zip(mappings, names, strict=True):
        fields.once(seen, called, mapping.place, f"the {what}")
    known = {called.lower(): called for called in names}
    found: list[tuple[str, ...]] = []
    for number, mapping in enumerate(mappings):
        before = names[number - 1 : number] if what == "stage" else ()
        found.append(_of(mapping, names[number], known, tuple(before), what))
    _refuse_cycles(dict(zip(names, found, strict=True)), seen, what)
    return found


def _of(mapping: Mapping, own: str, known: Object[str, str], before: tuple[str, ...], what: str) -> tuple[str, ...]:
    node = mapping.find("dependsOn")
    if node is None:
        return before
    wanted = fields.texts(node, "`dependsOn`")
    for each in wanted:
        if each.text.lower() == own.lower():
            raise PipelineError(each.place, f"the {what} {own!r} depends on itself.")
        if each.text.lower() not in known:
            others = [name for name in known.values() if name != own]
            hint = fields.nearest(each.text, others)
            raise PipelineError(
                each.place, f"{own!r} depends on the {what} {each.text!r}, which does not exist; {hint}"
            )
    return tuple(dict.fromkeys(known[each.text.lower()] for each in wanted))


def _refuse_cycles(graph: Object[str, Sequence[str]], places: Object[str, Place], what: str) -> None:
    left = dict(graph)
    while ready := [name for name, needs in left.items() if not any(each in left for each in needs)]:
        for name in ready:
            del left[name]
    if left:
        cycle = [next(iter(left))]
        while cycle[-1] not in cycle[:-1]:
            cycle.append(next(each for each in left[cycle[-1]] if each in left))
        cycle = cycle[cycle.index(cycle[-1]) :]
        raise PipelineError(places[cycle[0].lower()], f"{what}s that wait for one another: {' -> '.join(cycle)}.")
