"""PublishTestResults@2 and PublishCodeCoverageResults@2: the files are read, and nothing is uploaded."""

from pathlib import Path
from xml.etree import ElementTree

from azure_pipelines_local.running.machine.counting import counted
from azure_pipelines_local.running.machine.file_patterns import matching
from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.work.contexts import StepContext

SUM = ("tests", "failures", "errors", "skipped")


def tests(context: StepContext) -> str:
    """Read the results of tests, and fail as the inputs say."""
    kind = context.input("testResultsFormat", "testRunner", default="JUnit")
    if kind.lower() != "junit":
        raise TaskError(f"testResultsFormat {kind!r} is not read on this machine; only JUnit is.")
    folder = context.path(context.input("searchFolder").strip())
    pattern = context.input("testResultsFiles", default="**/TEST-*.xml").strip()
    files = matching(folder, pattern) if folder.is_dir() else []
    if not files:
        return _missing(
            context, "failTaskOnMissingResultsFile", f"No test result files matching {pattern} were found in {folder}"
        )
    run, failures, errors, skipped = (sum(each) for each in zip(*map(_counted, files), strict=True))
    told = f"{counted(run, 'test')}, {failures + errors} failed, {skipped} skipped"
    if failures + errors and context.flag("failTaskOnFailedTests"):
        raise TaskError(f"There are one or more test failures detected in result files: {told}.")
    return f"stand-in: {told}"


def _counted(file: Path) -> tuple[int, ...]:
    root = _root(file)
    suites = [each for each in root.iter("testsuite") if each.find("testsuite") is None]
    if root.tag not in ("testsuite", "testsuites"):
        raise TaskError(f"{file} is no file of JUnit: its root is <{root.tag}>.")
    return tuple(sum(int(_number(file, name, suite.get(name) or "0")) for suite in suites) for name in SUM)


def coverage(context: StepContext) -> str:
    """Read the summary of the coverage."""
    pattern = context.required("summaryFileLocation")
    folder = context.job.default_folder
    files = [Path(pattern)] if Path(pattern).is_file() else matching(folder, pattern)
    if not files:
        return _missing(context, "failIfCoverageEmpty", f"No code coverage results were found: {pattern}")
    rate = _root(files[0]).get("line-rate")
    if rate is None:
        raise TaskError(f"{files[0]} is no file of Cobertura: its root has no line-rate.")
    return f"stand-in: {_number(files[0], 'line-rate', rate):.1%} of the lines"


def _root(file: Path) -> ElementTree.Element:
    try:
        return ElementTree.parse(file).getroot()  # noqa: S314  what the job itself has just written
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # the last two: encodings that are none
        raise TaskError(f"{file} cannot be read as XML: {error}.") from error


def _number(file: Path, name: str, text: str) -> float:
    try:
        return int(text) if name in SUM else float(text)
    except ValueError:
        raise TaskError(f"{file}: {name} is a number, and this is {text!r}.") from None


def _missing(context: StepContext, flag: str, message: str) -> str:
    if context.flag(flag):
        raise TaskError(f"{message}.")
    context.log.write(f"##[warning]{message}.")
    return f"warning: {message}"
