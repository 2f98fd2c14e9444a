"""Path filters of triggers: each must match a tracked file."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from azure_pipelines_local.documents.nodes import Mapping, Scalar
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model import fields
from azure_pipelines_local.rules.cases import Case

FILTERS = ("include", "exclude")
LONGEST = 1000  # characters; no path is as long


def dead_path_filters(case: Case) -> Iterator[Finding]:
    """Find path filters of `trigger` and `pr` that match nothing in the repository, perhaps since something moved."""
    filters = [each for trigger in (case.pipeline.trigger, case.pipeline.pr) for each in _filters(trigger)]
    files = case.sources.tracked if filters else []
    for each in filters:
        if each.text not in case.sources.matched:  # the pipelines of one entry have the same filters
            case.sources.matched[each.text] = _matches_one(each.text, files)
        if not case.sources.matched[each.text]:
            expected = "fix or remove it"
            yield Finding(each.place, f"the path filter {each.text!r:.200} matches no tracked file; {expected}.")


def _filters(trigger: object) -> Iterator[Scalar]:
    paths = trigger.find("paths") if isinstance(trigger, Mapping) else None
    for name in FILTERS if isinstance(paths, Mapping) else ():
        found = paths.find(name) if isinstance(paths, Mapping) else None
        yield from fields.texts(found, f"`{name}`") if found is not None else ()


def _matches_one(pattern: str, files: Sequence[tuple[str, ...]]) -> bool:
    if len(pattern) > LONGEST:
        return False
    literal = pattern.strip("/").replace("[", "[[]")  # brackets mean nothing in filters
    parts = [part for part in literal.split("/") if part]
    wanted = tuple(part for part, before in zip(parts, ["", *parts], strict=False) if (part, before) != ("**", "**"))
    return any(_matches(file, wanted) for file in files)


def _matches(file: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Return whether the file, or a folder that it is in, is what the parts of the pattern mean."""
    if not wanted:
        return True
    if wanted[0] == "**":
        return any(_matches(file[number:], wanted[1:]) for number in range(len(file) + 1))
    return bool(file) and fnmatchcase(file[0], wanted[0]) and _matches(file[1:], wanted[1:])
