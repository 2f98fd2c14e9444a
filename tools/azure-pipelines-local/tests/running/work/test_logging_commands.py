"""Logging commands: what each does to the steps after it, and how wrong ones fail."""

import pytest
from azure_pipelines_local.running.work.logging_commands import Command, parse_command
from running.conftest import Execute, steps


def say(command: str) -> str:
    return f"""bash: 'echo "##vso[{command}"'"""


def test_a_command_is_found_in_a_line_with_its_properties_and_what_is_escaped() -> None:
    found = parse_command("before ##vso[task.setVariable Variable=a;isSecret=true]x%3By%0Az")
    assert found == Command("task", "setvariable", {"variable": "a", "issecret": "true"}, "x;y\nz")
    assert parse_command("##[warning]no command") is None


def test_a_variable_that_is_set_is_there_for_the_next_steps(execute: Execute) -> None:
    ran = execute(steps(say("task.setvariable variable=color]green"), "script: echo $(color) $COLOR"))
    assert "\ngreen green\n" in ran.log("__default.Job", 3)


def test_a_secret_is_masked_everywhere_and_is_in_no_environment(execute: Execute) -> None:
    secret = say("task.setvariable variable=word;isSecret=true]open-$(echo sesame)")
    ran = execute(steps(secret, "script: echo $(word) ${WORD:-none}", "{script: 'echo $W; exit 1', env: {W: $(word)}}"))
    assert "\n*** none\n" in ran.log("__default.Job", 3)
    assert "| ***\n" in ran.shown
    assert "open-sesame" not in ran.shown + "".join(ran.log("__default.Job", number) for number in (2, 3, 4))


def test_an_output_variable_has_the_name_of_its_step_before_its_own(execute: Execute) -> None:
    output = "{" + say("task.setvariable variable=x;isOutput=true]42") + ", name: here}"
    ran = execute(steps(output, "script: echo $(here.x) $HERE_X"))
    assert "\n42 42\n" in ran.log("__default.Job", 3)


def test_an_output_variable_of_a_step_without_a_name_is_set_nowhere(execute: Execute) -> None:
    ran = execute(steps(say("task.setvariable variable=x;isOutput=true]42"), "script: echo here '$(x)' ${X:-none}"))
    assert "\nhere $(x) none\n" in ran.log("__default.Job", 3)
    assert "##[warning]x is an output variable of a step without a name" in ran.log("__default.Job", 2)


def test_a_path_that_is_prepended_comes_first(execute: Execute) -> None:
    ran = execute(steps(say("task.prependpath]/a/folder"), "script: echo $PATH"))
    assert "\n/a/folder:" in ran.log("__default.Job", 3)


def test_a_step_can_say_that_it_failed_or_has_issues(execute: Execute) -> None:
    issues = execute(steps(say("task.complete result=SucceededWithIssues]")))
    assert (issues.failure, issues.result("Job")) == ("", "SucceededWithIssues")
    failed = execute(steps(say("task.complete result=Failed]it was too late")))
    assert "it was too late" in failed.shown
    assert failed.result("Job") == "Failed"


@pytest.mark.parametrize(
    "first",
    ["task.complete result=Failed]", "task.setvariable]no name", "task.complete result=SucceededWithIssues]"],
    ids=["failed", "a-wrong-command", "issues"],
)
def test_a_later_result_of_a_step_makes_it_no_better(first: str, execute: Execute) -> None:
    lines = f"""bash: 'echo "##vso[{first}"; echo "##vso[task.complete result=Succeeded]"'"""
    assert execute(steps(lines)).result("Job") == ("SucceededWithIssues" if "Issues" in first else "Failed")


def test_an_issue_is_logged_and_fails_nothing(execute: Execute) -> None:
    ran = execute(steps(say("task.logissue type=error;sourcepath=a.py;linenumber=3]bad")))
    assert ran.failure == ""
    assert "##[error]a.py:3: bad\n" in ran.log("__default.Job", 2)


def test_files_artifacts_tags_and_the_number_are_kept(execute: Execute) -> None:
    ran = execute(
        steps(
            "script: echo some > summary.md",
            say("task.uploadsummary]$(System.DefaultWorkingDirectory)/summary.md"),
            say("artifact.upload artifactname=notes]$(System.DefaultWorkingDirectory)/summary.md"),
            say("build.addbuildtag]trained"),
            say("build.updatebuildnumber]2.0"),
        )
    )
    assert (ran.folder / "logs" / "__default.Job" / "03" / "summary.md").read_text() == "some\n"
    assert (ran.folder / "artifacts" / "notes" / "summary.md").is_file()
    assert "Tags: trained\n" in ran.shown
    assert "Run 2.0: Succeeded" in ran.shown


def test_files_of_one_name_are_all_kept(execute: Execute) -> None:
    twice = 'for i in 1 2; do mkdir $i; echo $i > $i/a.md; echo "##vso[task.uploadsummary]$PWD/$i/a.md"; done'
    kept = execute(steps(f"bash: '{twice}'")).folder / "logs" / "__default.Job" / "02"
    assert {file.name: file.read_text() for file in kept.iterdir()} == {"a.md": "1\n", "a-2.md": "2\n"}


def test_what_a_task_says_for_diagnostics_is_shown_only_where_they_are_on(execute: Execute) -> None:
    """E06-logging-commands of PGielniak/azdo-pipeline-emulator; lines that begin with `##[debug]` are always shown."""
    said = steps(say("task.debug]for diagnostics"), "bash: 'echo \"##[debug]always\"'")
    off, on = execute(said), execute("variables: {System.Debug: true}\n" + said)
    assert "##[debug]for diagnostics" not in off.log("__default.Job", 2)
    assert "##[debug]for diagnostics" in on.log("__default.Job", 2)
    assert "\n##[debug]always\n" in off.log("__default.Job", 3)


def test_other_names_of_commands_and_an_empty_folder_are_taken(execute: Execute) -> None:
    ran = execute(
        steps(
            say("task.issue type=warning]careful"),
            "bash: 'mkdir $PWD/none; echo \"##vso[artifact.upload artifactname=x]$PWD/none\"'",
            "bash: 'echo hi > a.md; echo \"##vso[build.uploadsummary]$PWD/a.md\"'",
            'bash: \'echo "##vso[build.addbuildtag] Done"; echo "##vso[build.addbuildtag]done"\'',
        )
    )
    assert ran.failure == ""
    assert "##[warning]careful" in ran.log("__default.Job", 2)
    assert "is empty. Nothing will be added to build artifact 'x'." in ran.log("__default.Job", 3)
    assert "Tags: Done\n" in ran.shown


def test_an_unknown_area_is_a_warning_as_in_azure(execute: Execute) -> None:
    ran = execute(steps(say("weather.report]sun")))
    assert ran.failure == ""
    assert "##[warning]Can't find command extension for ##vso[weather.command]" in ran.log("__default.Job", 2)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("task.setvarible variable=a]b", "##vso[task.setvarible] is not recognized as a valid command"),
        ("task.setvariable]b", "Required field 'variable' is missing."),
        ("task.setvariable variable=fixed]b", "Overwriting readonly variable 'fixed' is not permitted."),
        ("task.logissue]b", "Required field 'type' must be 'error' or 'warning'."),
        ("task.complete result=succeeded]", "Invalid result 'succeeded'; expected: Succeeded"),
        ("task.complete]done", "Invalid result ''; expected: Succeeded"),
        ("task.uploadfile]/nowhere", "File does not exist: /nowhere"),
        ("task.uploadsummary]" + "x" * 300, "The path must be absolute, or an agent finds nothing: xxx"),
        ("task.uploadfile]/" + "x" * 300, "File does not exist: /xxx"),
        ("task.addattachment type=a;name=b]pyproject.toml", "finds nothing: pyproject.toml. Put $PWD/ before it."),
        ("artifact.upload artifactname=x]pyproject.toml", "finds nothing: pyproject.toml."),
        ("task.prependpath]", "Required data, a path, is missing."),
        ("artifact.upload]/x", "Required field 'artifactname' is missing."),
        ("build.addbuildtag] ", "Build tag is required."),
        ("build.updatebuildnumber]", "Build number is required."),
        ("artifact.associate artifactname=x]/y", "Required field 'type' is missing."),
        ("results.publish]x", "##vso[results.publish] works in Azure Pipelines, but not on this machine."),
    ],
    ids=[
        "unknown",
        "name",
        "readonly",
        "type",
        "result",
        "no-result",
        "file",
        "no-path",
        "long",
        "relative",
        "relative-artifact",
        "path",
        "artifact",
        "tag",
        "number",
        "associate",
        "not-here",
    ],
)
def test_a_wrong_command_fails_its_step(command: str, message: str, execute: Execute) -> None:
    variables = "variables: [{name: fixed, value: a, readonly: true}]\n"
    ran = execute(variables + steps(say(command)))
    assert message in ran.shown
    assert ran.result("Job") == "Failed"
