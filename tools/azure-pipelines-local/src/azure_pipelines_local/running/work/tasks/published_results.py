"""Run PublishTestResults@2 and PublishCodeCoverageResults@2: read the files, and upload nothing."""

from pathlib import Path
from xml.etree import ElementTree

from azure_pipelines_local.running.machine.console import pluralize
from azure_pipelines_local.running.machine.file_patterns import find_files
from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.work.contexts import StepContext

COUNTS = ("tests", "failures", "errors", "skipped")


def read_test_results(context: StepContext) -> str:
    """Read the results of tests, and fail as the inputs say."""
    folder = context.path(context.input("searchFolder").strip())
    pattern = context.input("testResultsFiles", default="**/TEST-*.xml").strip()
    files = find_files(folder, pattern) if folder.is_dir() else []
    if not files:
        message = f"No test result files matching {pattern} were found in {folder}"
        return _report_missing(context, "failTaskOnMissingResultsFile", message)
    tests, failures, errors, skipped = (sum(each) for each in zip(*map(_count_tests, files), strict=True))
    summary = f"{pluralize(tests, 'test')}, {failures + errors} failed, {skipped} skipped"
    if failures + errors and context.flag("failTaskOnFailedTests"):
        raise TaskError(f"There are one or more test failures detected in result files: {summary}.")
    return f"stand-in: {summary}"


def _count_tests(file: Path) -> tuple[int, ...]:
    """Add up COUNTS over the suites of a JUnit file."""
    root = _parse_xml(file)
    # Only the innermost: some tools add up in a suite what those in it have, others do not.
    suites = [each for each in root.iter("testsuite") if each.find("testsuite") is None]
    if root.tag not in ("testsuite", "testsuites"):
        raise TaskError(f"{file} is not a JUnit file: its root is <{root.tag}>.")
    return tuple(sum(int(_number(file, name, suite.get(name) or "0")) for suite in suites) for name in COUNTS)


def read_coverage(context: StepContext) -> str:
    """Read the summary of the coverage, in the format of Cobertura."""
    pattern = context.required("summaryFileLocation")
    folder = context.job.default_folder
    files = [Path(pattern)] if Path(pattern).is_file() else find_files(folder, pattern)
    if not files:
        return _report_missing(context, "failIfCoverageEmpty", f"No code coverage results were found: {pattern}")
    rate = _parse_xml(files[0]).get("line-rate")
    if rate is None:
        raise TaskError(f"{files[0]} is not a Cobertura file: its root has no line-rate.")
    return f"stand-in: {_number(files[0], 'line-rate', rate):.1%} of the lines"


def _parse_xml(file: Path) -> ElementTree.Element:
    try:
        return ElementTree.parse(file).getroot()  # noqa: S314  what the job itself has just written
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # the last two: unknown encodings
        raise TaskError(f"{file} cannot be read as XML: {error}.") from error


def _number(file: Path, name: str, text: str) -> float:
    try:
        return int(text) if name in COUNTS else float(text)
    except ValueError:
        raise TaskError(f"{file}: {name} must be a number, not {text!r}.") from None


def _report_missing(context: StepContext, flag: str, message: str) -> str:
    if context.flag(flag):
        raise TaskError(f"{message}.")
    context.log.write(f"##[warning]{message}.")
    return f"warning: {message}"
