"""Decide what a change can touch. When in doubt, it is affected."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from operation.execution.affected import reads
from operation.execution.affected.changes import DELETED, Changes
from operation.execution.affected.patterns import match
from operation.execution.affected.reads import READS, Reads
from operation.execution.affected.references import Module, References
from operation.execution.affected.sessions import SESSIONS, Session

TESTS = "operation/tests/"
OWN_FOLDER = 3  # parts of operation/tests/NAME/, below which files that are not Python belong to the code beside them
OF_USE_CASES = (f"{TESTS}use_cases/", f"{TESTS}data_validation/")  # each has a folder for a use case


@dataclass(frozen=True)
class Reason:
    """Why something is affected: a chain from what runs to the changed file, and how the end of the chain is known."""

    chain: tuple[str, ...]
    how: str = "uses it"

    @property
    def file(self) -> str:
        """The changed file."""
        return self.chain[-1]

    def __str__(self) -> str:
        """Show the changed file first, and what leads to it."""
        return f"{' <- '.join(reversed(self.chain))} ({self.how})"


@dataclass(frozen=True)
class Outcome:
    """Whether a session is affected as a whole, or which of its test files are, with the reason for each."""

    session: str
    whole: bool
    files: Mapping[str, Reason] = field(default_factory=dict)
    reason: Reason | None = None

    @property
    def affected(self) -> bool:
        """Whether any of it has to run."""
        return self.whole or bool(self.files)

    @property
    def reasons(self) -> list[Reason]:
        """The reason of the whole, or those of the files."""
        return [self.reason] if self.reason else list(self.files.values())


# What each test reads, with the first file on its chains that does and how that is known.
Readings = dict[str, dict[Reads, tuple[str, str]]]


@dataclass
class Decider:
    """What is known of a change, and of the tree that it has led to; `_read` may be shared for one tree."""

    changes: Changes
    references: References
    _seen: dict[Reads, list[str]] = field(default_factory=dict)
    _read: Readings = field(default_factory=dict)

    @cached_property
    def use_cases(self) -> list[str]:
        """The names of the use cases here, also of those that the change deletes."""
        named = {
            PurePosixPath(path).stem for path in self.changes.tree if match(path, ["configuration/use_cases/*.yaml"])
        }
        return sorted(named | {path.split("/")[1] for path in self.changes.tree if match(path, ["src/*/use_case.py"])})

    def places(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the patterns of the files of use cases, without their values in configuration/."""
        kept = [place for place in reads.PLACES if not place.startswith(reads.CONFIGURATION)]
        return tuple(place.format(name) for name in names for place in kept)

    @cached_property
    def unknown(self) -> list[str]:
        """The changed files of which nobody knows who reads them."""
        return [path for path in self.changes.files if not match(path, reads.KNOWN) and not match(path, reads.BASIS)]

    @cached_property
    def basis(self) -> Reason | None:
        """The reason for which everything is affected, if there is one."""
        if self.unknown:
            return Reason((self.unknown[0],), "nobody knows who reads it")
        found = [path for path in self.changes.files if match(path, reads.BASIS)]
        return Reason((found[0],), "every session depends on it") if found else None

    def session(self, name: str) -> Outcome:
        """Decide about a session."""
        declared = SESSIONS.get(name)
        if not self.changes.files:
            return Outcome(name, whole=False)
        if declared is None:
            return Outcome(name, True, reason=self._first("the session has no entry in SESSIONS"))
        if declared.after:
            before = [self.session(each) for each in declared.after]
            return Outcome(name, all(each.whole for each in before), reason=before[0].reason)
        if reason := self.basis or self._of_the_whole(declared):
            return Outcome(name, True, reason=reason)
        tests = [path for path in self.changes.tree if declared.tests and _is_test(path, declared.tests)]
        files = {path: reason for path in sorted(tests) if (reason := self.test(path))}
        return Outcome(name, bool(tests) and len(files) == len(tests), files)

    def _first(self, how: str) -> Reason | None:
        return next((Reason((path,), how) for path in self.changes.files), None)

    def _of_the_whole(self, session: Session) -> Reason | None:
        """Find why all of a session has to run; also where a test file is gone, for sessions count their tests."""
        gone = (path for path, change in self.changes.files.items() if change == DELETED)
        lost = next((path for path in gone if session.tests and _is_test(path, session.tests)), None)
        if lost:
            return Reason((lost,), "its tests are gone")
        locked = Reads(only=(session.lock,))
        for read, how in ((session.reads, "the session reads it"), (locked, "the session installs it")):
            if found := self.included(read):
                return Reason((found[0],), how)
        starts = (self.test(start) for start in session.starts)
        return next((reason for reason in starts if reason), None)

    def test(self, path: str) -> Reason | None:
        """Find why a test file, or a script, has to run: what it leads to has changed, or what that reads has."""
        before = self.references.chains(path)
        unseen = reads.resolve(reads.UNSEEN.get(path, ()), self.places(self.use_cases))
        for changed in self.changes.files:
            if changed in before and not self._cannot_see(changed, unseen):
                return Reason(_chain(before, changed))
        for read, (file, how) in self._readings(path).items():
            for changed in self.included(read):
                if not self._cannot_see(changed, unseen):
                    return Reason((*_chain(before, file), changed), how)
        return None

    def _readings(self, test: str) -> dict[Reads, tuple[str, str]]:
        """Map what a test reads at run time to the first file on its chains that does, and to how that is known."""
        if test not in self._read:
            found: dict[Reads, tuple[str, str]] = {}
            for file in self.references.chains(test):
                for read, how in self.reading(file, test) if file.endswith(".py") else ():
                    found.setdefault(read, (file, how))
            self._read[test] = found
        return self._read[test]

    def _cannot_see(self, changed: str, unseen: tuple[str, ...]) -> bool:
        return match(changed, unseen) and not match(changed, [reads.BELONGS])

    def reading(self, file: str, test: str) -> Iterator[tuple[Reads, str]]:
        """Yield what a file that a test leads to reads at run time, and how that is known."""
        if not file.startswith(TESTS):
            if (
                not file.startswith("tools/") and self.references.module(file) != Module()
            ):  # there is code of ours in it
                yield reads.ENGINE, "is run or read by the engine"
            # Who only imports tasks.py runs no verb in this process.
            if file in reads.OF_ENGINE and "tasks.py" not in _chain(self.references.chains(test), file):
                yield reads.OF_ENGINE[file], "is read, says OF_ENGINE"
            return
        folder = PurePosixPath(file).parent
        if len(folder.parts) >= OWN_FOLDER:
            yield Reads(only=(f"{folder}/",), but=("**/*.py",)), "lies beside it"
        owners = [name for name in self.use_cases if test.startswith(tuple(f"{each}{name}/" for each in OF_USE_CASES))]
        if owners:
            yield Reads(only=tuple(place.format(owners[0]) for place in reads.PLACES)), "is of the use case"
        if file in READS:
            yield READS[file], "is read, says READS"
            return
        for read in self._doubts(file):
            yield (reads.OF_A_USE_CASE if owners and read != reads.CORE else read), "may be read"

    def _doubts(self, file: str) -> Iterator[Reads]:
        """Yield what a file of tests may read, by the names in its code: in doubt, all but pages and others' tests."""
        module = self.references.module(file)
        names = module.names | (module.attributes - {*reads.NO_ATTRIBUTE})
        signs = [read for name, read in reads.SIGNS.items() if name in names]
        signs += [read for name, read in reads.LOADED.items() if name in module.imports]
        if not module.readable:
            signs.append(reads.ALL)
        looking = not module.readable or not names.isdisjoint(reads.LOOKING)
        pages = looking or any(reads.OF_PAGES.search(word) for word in module.words)
        pages = pages or not module.imports.isdisjoint(reads.PAGE_READERS)
        tests = looking or any(reads.OF_TESTS.search(word) for word in module.words)
        everything = Reads(but=(*(() if pages else reads.DOCS), *(() if tests else reads.CODE_OF_TESTS)))
        yield from dict.fromkeys(everything if read == reads.ALL else read for read in signs)

    def included(self, read: Reads) -> list[str]:
        """List the changed files that somebody who reads so can see."""
        if read not in self._seen:
            use_cases = self.places(self.use_cases)
            files = self.changes.files.items()
            self._seen[read] = [path for path, change in files if read.include(path, change, use_cases)]
        return self._seen[read]


def _is_test(path: str, folder: str) -> bool:
    name = path.rpartition("/")[2]
    return path.startswith(folder) and name.startswith("test_") and name.endswith(".py")


def _chain(before: Mapping[str, str], end: str) -> tuple[str, ...]:
    """Return the files from the start to the end of a chain."""
    found = [end]
    while before[found[-1]]:
        found.append(before[found[-1]])
    return tuple(reversed(found))
