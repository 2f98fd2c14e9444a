"""Accept proposals: write them into the suites as Great Expectations writes them, and a line into the changelog."""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from operation.errors import OperationError
from operation.execution.expectations.facts import Expectation
from operation.execution.expectations.history import counted
from operation.execution.expectations.proposals import LEARNED, NEW, Proposal, history_of
from operation.execution.expectations.suites import Suite
from operation.execution.expectations.wording import bounds
from operation.execution.json_files import write_whole

CHANGELOG = "CHANGELOG.md"
UNRELEASED, CHANGED = "## [Unreleased]", "### Changed"
SHOWN = 4  # bounds that the line in the changelog spells out


def choose(proposals: Sequence[Proposal], names: str, diff: str) -> list[Proposal]:
    """Return the proposals that the names choose, separated by commas; * and ? stand for any characters.

    Raises:
        OperationError: a name chooses none.
    """
    known, chosen = [each.name for each in proposals], set[str]()
    for name in filter(None, (part.strip() for part in names.split(","))):
        found = {each for each in known if each == name or fnmatchcase(each, name)}
        if not found:
            near = get_close_matches(name, known, n=1, cutoff=0.4)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise OperationError(f"--accept {name}: nothing of this name is proposed. {hint}See them: {diff}")
        chosen |= found
    if not chosen:
        raise OperationError(f"--accept needs the names of proposals, separated by commas. See them: {diff}")
    return [each for each in proposals if each.name in chosen]


def accept(suites: Mapping[str, Suite], chosen: Sequence[Proposal], number: int, today: str, root: Path) -> list[Path]:
    """Write the suites and the changelog, all or none; return their files. `number` data sets were learned from."""
    texts = dict(_changed_suites(suites, chosen, number, today))
    changelog = root / CHANGELOG
    before = changelog.read_text(encoding="utf-8") if changelog.is_file() else "# Changelog\n"
    texts[changelog] = add_line(before, changelog_line(chosen, number))
    _write_all(texts)
    return list(texts)


def changelog_line(chosen: Sequence[Proposal], number: int) -> str:
    """Say in one sentence which bounds have changed."""
    tables = ", ".join(sorted({f"`{each.table}`" for each in chosen}))
    shown = [f"`{each.name}` {_before(each)}{bounds(each.new)}" for each in chosen[:SHOWN]]
    more = [f"{len(chosen) - SHOWN} more"] if len(chosen) > SHOWN else []
    listed = "; ".join([*shown, *more])
    return f"* Data of {tables} are checked by bounds learned from {counted(number)}: {listed}."


def add_line(text: str, line: str) -> str:
    """Add a line to what has changed since the last release; headings that are missing are added, too."""
    head, mark, rest = text.partition(f"{UNRELEASED}\n")
    if not mark:
        first = text.find("\n## ")
        head, rest = (text, "") if first < 0 else (text[: first + 1], text[first + 1 :])
        head = head if head.endswith("\n\n") else f"{head.rstrip()}\n\n"
    end = rest.find("\n## ") if mark else 0
    own, others = (rest, "") if end < 0 else (rest[:end], rest[end:])
    return f"{head}{UNRELEASED}\n{_with_line(own, line)}{others or ''}"


def _with_line(own: str, line: str) -> str:
    """Add the line right below the heading of changes."""
    before, mark, after = own.partition(f"{CHANGED}\n")
    if mark:
        return f"{before}{mark}{line}\n{after}"
    return f"{own.rstrip()}\n\n{CHANGED}\n{line}\n" if own.strip() else f"\n{CHANGED}\n{line}\n\n"


def _before(proposal: Proposal) -> str:
    return f"{bounds(proposal.old)} → " if proposal.old else ""


def _changed_suites(
    suites: Mapping[str, Suite], chosen: Sequence[Proposal], number: int, today: str
) -> Iterator[tuple[Path, str]]:
    for table in dict.fromkeys(each.table for each in chosen):
        suite = suites[table]
        expectations: list[Any] = list(suite.expectations)
        for each in chosen:
            if each.table == table and each.place is not None:
                expectations[each.place] = learned(each, number, today)
            elif each.table == table:
                expectations.append({**learned(each, number, today), "id": _id(suite, each.new)})
        content = {**suite.content, "expectations": expectations}
        yield suite.file, json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def learned(proposal: Proposal, number: int, today: str) -> dict[str, Any]:
    """Return the expectation as it is accepted: `meta` keeps what was changed, for the next reviewer."""
    step: dict[str, Any] = {"on": today, "data_sets": number, "change": proposal.change}
    if proposal.old:
        step["before"] = _changed_kwargs(proposal.old, proposal.new)
    meta = {**(proposal.new.get("meta") or {}), LEARNED: [*history_of(proposal.new), step]}
    note = {"notes": f"Learned from {counted(number)}."} if proposal.change == NEW else {}
    return {**proposal.new, "meta": meta, **note}


def _changed_kwargs(old: Expectation, new: Expectation) -> dict[str, Any]:
    return {name: value for name, value in old["kwargs"].items() if value != new["kwargs"].get(name)}


def _id(suite: Suite, expectation: Expectation) -> str:
    content = json.dumps([expectation["type"], expectation["kwargs"], expectation["severity"]], sort_keys=True)
    return str(uuid5(NAMESPACE_URL, f"{suite.content.get('name', suite.table)}/{content}"))


def _write_all(texts: Mapping[Path, str]) -> None:
    """Write every file whole; if one cannot be written, those before it get back what they had."""
    former = {file: file.read_bytes() for file in texts if file.is_file()}
    done: list[Path] = []
    try:
        for file, text in texts.items():
            done.append(file)
            write_whole(file, _writer(text.encode()))
    except BaseException:
        for file in done:
            if file in former:
                write_whole(file, _writer(former[file]))
        raise


def _writer(content: bytes) -> Any:
    return lambda part: part.write_bytes(content)
