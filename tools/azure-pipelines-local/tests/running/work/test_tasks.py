"""The stand-ins: what they really do, and when they fail."""

import sys

import pytest
from running.conftest import Execute, steps, task

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
JUNIT = '<testsuites><testsuite tests="3" failures="{0}" errors="0" skipped="1"/></testsuites>'


@pytest.mark.parametrize("wanted", [VERSION, f"{VERSION}.x", "3.x", "3"])
def test_a_python_of_this_machine_is_put_on_the_path(wanted: str, execute: Execute) -> None:
    use = task("UsePythonVersion@0", f"versionSpec: '{wanted}'")
    ran = execute(
        steps(use, "script: python -c 'import sys; print(sys.version_info[0], sys.prefix == sys.base_prefix)'")
    )
    assert "\n3 True\n" in ran.log("__default.Job", 3)
    assert "stand-in: 3." in ran.shown


@pytest.mark.parametrize(
    ("wanted", "message"), [("3.2", "did not match any version"), (">=3", "versionSpec must be 3, 3.x")]
)
def test_a_python_that_is_not_here_is_a_failure(wanted: str, message: str, execute: Execute) -> None:
    assert message in execute(steps(task("UsePythonVersion@0", f"versionSpec: '{wanted}'"))).shown


@pytest.mark.parametrize(
    ("failures", "inputs", "message", "failed"),
    [
        (0, "failTaskOnFailedTests: true", "stand-in: 3 tests, 0 failed, 1 skipped", False),
        (1, "failTaskOnFailedTests: true", "There are one or more test failures", True),
        (1, "failTaskOnFailedTests: false", "stand-in: 3 tests, 1 failed, 1 skipped", False),
    ],
)
def test_results_of_tests_are_read(failures: int, inputs: str, message: str, failed: bool, execute: Execute) -> None:
    publish = task("PublishTestResults@2", "testResultsFormat: JUnit", "testResultsFiles: '**/r.xml'", inputs)
    ran = execute(f"steps:\n- {publish}\n", {"reports/r.xml": JUNIT.format(failures)})
    assert message in ran.shown
    assert bool(ran.failure) is failed


@pytest.mark.parametrize(
    ("name", "inputs", "message"),
    [
        ("PublishTestResults@2", "failTaskOnMissingResultsFile: true", "No test result files matching"),
        ("PublishTestResults@2", "testResultsFiles: bad.xml", "cannot be read as XML"),
        (
            "PublishTestResults@2",
            "testResultsFormat: $(Agent.Name)",
            "testResultsFormat: 'this-machine' does not work on this machine; only JUnit does.",
        ),
        ("PublishTestResults@2", "testResultsFiles: other.xml", "is not a JUnit file"),
        (
            "PublishCodeCoverageResults@2",
            "{summaryFileLocation: no.xml, failIfCoverageEmpty: true}",
            "No code coverage",
        ),
        ("PublishCodeCoverageResults@2", "{summaryFileLocation: bare.xml}", "is not a Cobertura file"),
        ("PublishCodeCoverageResults@2", "{summaryFileLocation: empty.xml}", "line-rate must be a number, not ''"),
        ("PublishTestResults@2", "testResultsFiles: many.xml", "many.xml: tests must be a number, not 'many'"),
        ("PublishTestResults@2", "testResultsFiles: odd.xml", "odd.xml cannot be read as XML"),
        ("PublishCodeCoverageResults@2", "{}", "Input required: summaryFileLocation"),
    ],
)
def test_missing_or_invalid_results_are_a_failure(name: str, inputs: str, message: str, execute: Execute) -> None:
    files = {"bad.xml": "<testsuite", "other.xml": "<coverage line-rate='1'/>", "bare.xml": "<coverage/>"}
    files |= {"empty.xml": "<coverage line-rate=''/>", "many.xml": "<testsuite tests='many'/>"}
    files |= {"odd.xml": "<?xml version='1.0' encoding='odd'?><testsuite/>"}
    ran = execute(f"steps:\n- {task(name, inputs.strip('{}'))}\n", files)
    assert message in ran.shown
    assert ran.result("Job") == "Failed"


def test_missing_results_are_a_warning_unless_they_are_to_fail(execute: Execute) -> None:
    ran = execute(steps(task("PublishTestResults@2")))
    assert ran.failure == ""
    assert "warning: No test result files matching" in ran.shown


def test_the_coverage_of_lines_is_read(execute: Execute) -> None:
    publish = task("PublishCodeCoverageResults@2", "summaryFileLocation: '**/coverage.xml'")
    ran = execute(f"steps:\n- {publish}\n", {"reports/coverage.xml": "<coverage line-rate='0.954'/>"})
    assert "stand-in: 95.4% of the lines" in ran.shown


def test_a_script_in_a_file_runs_with_its_arguments(execute: Execute) -> None:
    bash = task("Bash@3", "filePath: say.sh", "arguments: one two")
    ran = execute(f"steps:\n- {bash}\n", {"say.sh": "echo $2 before $1"})
    assert ran.log("__default.Job", 2).endswith("\ntwo before one\n")


@pytest.mark.parametrize("file", ["it's/say.sh", "a folder/say.sh", "a$HOME/say.sh"])
def test_a_script_is_found_whatever_the_name_of_its_folder(file: str, execute: Execute) -> None:
    bash = task("Bash@3", f'filePath: "{file}"')
    assert execute(f"steps:\n- {bash}\n", {file: "echo found"}).log("__default.Job", 2).endswith("\nfound\n")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (task("Bash@3", "filePath: no.sh"), "Invalid file path"),
        ("{checkout: $(word)}", "checkout: 'three' does not work on this machine; only self or none does."),
        (
            "{checkout: self, submodules: $(word)}",
            "checkout: submodules: 'three' does not work on this machine; only false does.",
        ),
        ("{script: 'true', retryCountOnTaskFailure: $(word)}", "must be a whole number, not 'three'."),
        ("{script: 'true', condition: \"lt(1, 'x')\"}", "cannot be converted to Number"),
    ],
    ids=["file", "repository", "submodules", "number", "condition"],
)
def test_a_step_that_cannot_run_is_a_failure(step: str, message: str, execute: Execute) -> None:
    ran = execute("variables: {word: three}\n" + steps(step))
    assert message in ran.shown
    assert ran.result("Job") == "Failed"


def test_bash_reads_the_file_that_its_task_names(execute: Execute) -> None:
    bash = task(
        "Bash@3", "targetType: inline", "script: echo $FROM_FILE", "bashEnvValue: $(Build.SourcesDirectory)/e.sh"
    )
    ran = execute(f"steps:\n- {bash}\n", {"e.sh": "FROM_FILE=read\n"})
    assert "\nread\n" in ran.log("__default.Job", 2)
