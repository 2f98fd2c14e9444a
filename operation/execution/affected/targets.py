"""The use cases, tools and pipelines that a change can touch."""

import ast
import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import PurePosixPath

from operation.execution.affected import reads
from operation.execution.affected.decision import Decider, Reason
from operation.execution.affected.patterns import match
from operation.execution.affected.reads import Reads

LEARNS = ("data", "validate", "prepare", "train", "evaluate", "register")  # the verbs by which a model comes about
LOCKS = ("requirements.lock", "requirements-azure.lock", "setup.py", "operation/configuration/")
STARTED = ("operation/bootstrap.py", "operation/verbs.py")  # with every verb
CI = "azure-pipelines/ci.yml"
TEMPLATE = re.compile(r"template: *'?([\w./${} -]+\.yml)")
WORD = re.compile(r"[a-z]+")
COMMANDS = ("verb", "command:", "tasks.py", "invoke", "split(")  # in a line that names verbs
TRAINS_NOTHING = (*reads.DOCS, *reads.CODE_OF_TESTS, "tools/")  # a tool has tests of its own: it changes no model


class Targets:
    """Decides about what is not a session."""

    def __init__(self, decider: Decider) -> None:
        """Take what is known of the change."""
        self._decider = decider
        self._changes, self._references = decider.changes, decider.references

    def use_cases(self) -> dict[str, tuple[list[Reason], bool]]:
        """Map the use cases to why they are affected, and to whether what their models learn can be."""
        found = {name: list(self._of_use_case(name)) for name in self._decider.use_cases}
        return {
            name: (reasons, any(not match(each.file, TRAINS_NOTHING) for each in reasons))
            for name, reasons in found.items()
            if reasons
        }

    def tools(self) -> dict[str, list[Reason]]:
        """Map the tools, whose own files have changed or what they are installed with, to the reasons."""
        names = sorted({path.split("/")[1] for path in self._changes.tree if match(path, ["tools/*/"])})
        found = {}
        for name in names:
            own = self._decider.included(Reads(only=(f"tools/{name}/", "requirements.lock", "requirements-ado.lock")))
            found[name] = [*self._unknown(), *(Reason((path,), "is of the tool") for path in own)]
        return {name: reasons for name, reasons in found.items() if reasons}

    def pipelines(self) -> dict[str, list[Reason]]:
        """Map the pipelines to why they are affected: their own files, and what the verbs in them run."""
        paths = sorted(path for path in self._changes.tree if match(path, ["azure-pipelines/*.yml"]))
        found = {path: list(self._of_pipeline(path)) for path in paths}
        return {path: reasons for path, reasons in found.items() if reasons}

    def _of_use_case(self, name: str) -> Iterator[Reason]:
        others = [each for each in self._decider.use_cases if each != name]
        own = Reads(only=tuple(place.format(name) for place in reads.PLACES), but=reads.DOCS)
        yield from (Reason((path,), "is of the use case") for path in self._decider.included(own))
        yield from self._unknown()
        for reason in self._of_verbs(LEARNS):
            of_others = (*self._decider.places(others), *(f"configuration/use_cases/{each}.yaml" for each in others))
            if not match(reason.file, (*of_others, *reads.DOCS)) and not match(reason.file, own.only):
                yield reason

    def _of_pipeline(self, path: str) -> Iterator[Reason]:
        if path == CI:
            if first := next(iter(self._changes.files), None):
                yield Reason((first,), "continuous integration looks at every file")
            return
        yield from self._unknown()
        files = self._templates(path)
        yield from (Reason((path, file), "is a template of it") for file in files if file in self._changes.files)
        verbs = self._verbs_in(files)
        infra = Reads(only=("azure-pipelines/infrastructure/",))
        if "infra" in verbs:
            yield from (Reason((path, file), "is deployed by it") for file in self._decider.included(infra))
        for reason in self._of_verbs(tuple(sorted(verbs))):
            if not match(reason.file, TRAINS_NOTHING):
                yield Reason((path, *reason.chain), reason.how)

    def _of_verbs(self, verbs: tuple[str, ...]) -> Iterator[Reason]:
        """Yield what a command sees: the code that leads to it, the scripts, configuration/ and every use case."""
        if not self._changes.files:
            return
        before = self._references.chains(*STARTED, *self._modules(verbs))
        read = Reads(only=("src/", "configuration/", *LOCKS, *self._decider.places(self._decider.use_cases)))
        seen = {*self._decider.included(read)}
        for path in self._changes.files:
            if path in before or path == "tasks.py":
                yield Reason((path,), "is run by a verb")
            elif path in seen:
                yield Reason((path,), "is read by a verb")

    def _unknown(self) -> list[Reason]:
        return [Reason((path,), "nobody knows who reads it") for path in self._decider.unknown]

    def _templates(self, path: str) -> list[str]:
        """List a pipeline, its templates and theirs; a name with an expression stands for every file in its folder."""
        found = [path]
        for each in found:
            for name in TEMPLATE.findall(self._text(each)):
                place = PurePosixPath(each).parent / name.strip()
                fitting = self._beside(f"{place.parent}/*.yml") if "$" in name else [str(place)]
                found += [file for file in fitting if file in self._changes.tree and file not in found]
        return found

    @cache  # noqa: B019  # it lives as long as one decision
    def _beside(self, pattern: str) -> list[str]:
        return [file for file in sorted(self._changes.tree) if match(file, [pattern])]

    def _verbs_in(self, files: list[str]) -> set[str]:
        """Find the verbs that the lines with commands name; without any, all of them."""
        lines = [line for file in files for line in self._text(file).splitlines()]
        words = {word for line in lines if any(each in line for each in COMMANDS) for word in WORD.findall(line)}
        return words & self._imports.keys() or {*self._imports}

    def _modules(self, verbs: tuple[str, ...]) -> list[str]:
        """List the files that the functions of some verbs import."""
        names = [name for verb in verbs for name in self._imports.get(verb, ())]
        files = (f"{name.replace('.', '/')}{end}" for name in names for end in (".py", "/__init__.py"))
        return [file for file in files if file in self._changes.tree]

    @cached_property
    def _imports(self) -> dict[str, list[str]]:
        """Map the verbs in tasks.py to the names that their functions import."""
        found = {}
        for node in ast.parse(self._text("tasks.py")).body:
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                inner = [each for each in ast.walk(node) if isinstance(each, ast.ImportFrom) and each.module]
                found[node.name] = [name for each in inner for name in _names(each)]
        return found

    def _text(self, path: str) -> str:
        try:
            return (self._references.root / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""


def _names(node: ast.ImportFrom) -> list[str]:
    return [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
