"""What the changelog of a later version says has to be done by hand."""

import re

FILE = "CHANGELOG.md"
SECTION = re.compile(r"^## \[?([^\]\s]+)", re.MULTILINE)
BY_HAND = re.compile(r"^### By hand\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)


def collect(before: str, after: str) -> tuple[str, ...]:
    """Return the lines under "By hand" of every section of `after` that is not a section of `before`, oldest first."""
    known, found = set(SECTION.findall(before)) - {"Unreleased"}, list[str]()
    for name, text in reversed(sections(after)):
        if name not in known:
            found += [line for part in BY_HAND.findall(text) for line in part.strip().splitlines() if line.strip()]
    return tuple(found)


def sections(changelog: str) -> list[tuple[str, str]]:
    """Return the sections of a changelog by the version that each is about, in their order."""
    found = list(SECTION.finditer(changelog))
    ends = [each.start() for each in found[1:]] + [len(changelog)]
    return [(each[1], changelog[each.end() : end]) for each, end in zip(found, ends, strict=True)]
