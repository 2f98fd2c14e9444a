"""`# ado: ignore RULE, reason`: a comment that silences one rule on its line, or on the line after it."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.rules.table import BY_NAME, FIXED, unknown_rule

IGNORE = re.compile(r"(?:^|\s)#\s*ado:\s*ignore\b(.*)$")
FORM = "`# ado: ignore RULE, reason` is expected"


@dataclass(frozen=True)
class Ignore:
    """One comment, and the line that it is for."""

    place: Place
    line: int
    rule: str
    reason: str

    @property
    def is_valid(self) -> bool:
        """Return whether it can silence anything."""
        return bool(self.reason) and self.rule in BY_NAME and self.rule not in FIXED


def ignores_in(file: str, lines: Iterable[str]) -> Iterator[Ignore]:
    """Find the comments; one that stands alone on its line is for the next line that is more than a comment."""
    waiting: list[Ignore] = []  # several may stand above one line, a rule each
    for number, line in enumerate(lines, 1):
        found = IGNORE.search(line)
        alone = line.lstrip().startswith("#")
        if not alone:
            yield from (Ignore(each.place, number, each.rule, each.reason) for each in waiting)
            waiting.clear()
        if found:
            rule, _, reason = found[1].partition(",")
            place = Place(file, number, line.index("#", found.start()) + 1)
            one = Ignore(place, number, rule.strip(), reason.strip())
            if alone:
                waiting.append(one)
            else:
                yield one
    yield from waiting  # at the end of the file, for nothing


class Silencer:
    """Take away the findings that comments ignore, and know which comments have done so."""

    def __init__(self, files: Mapping[str, Iterable[str]]) -> None:
        self._ignores = [each for file, lines in files.items() for each in ignores_in(file, lines)]
        self._used: set[Ignore] = set()
        self._by_key = {(each.place.file, each.line, each.rule): each for each in self._ignores if each.is_valid}

    def silence(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield the findings that no comment is for."""
        for each in findings:
            ignore = self._by_key.get((each.place.file, each.place.line, each.rule))
            if ignore:
                self._used.add(ignore)
            else:
                yield each

    def useless(self, not_asked: Collection[str]) -> Iterator[Finding]:
        """Find the comments that do nothing; of rules that were not asked nobody knows."""
        for each in self._ignores:
            if problem := self._problem(each, not_asked):
                yield Finding(each.place, problem)

    def _problem(self, ignore: Ignore, not_asked: Collection[str]) -> str:
        if not ignore.rule:
            return f"an ignore without a rule; {FORM}."
        if ignore.rule not in BY_NAME:
            return unknown_rule(ignore.rule)
        if ignore.rule in FIXED:
            return f"{ignore.rule!r} cannot be ignored; fix what it finds."
        if not ignore.reason:
            return f"an ignore of {ignore.rule!r} without a reason; {FORM}."
        if ignore in self._used or ignore.rule in not_asked:
            return ""
        return f"{ignore.rule!r} finds nothing here; remove the ignore."
