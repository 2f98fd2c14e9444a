"""Steps: what they can read, when they run, and how they end."""

import pytest
from azure_pipelines_local.running.work import run_steps
from running.conftest import Execute, steps


def test_a_script_finds_variables_in_its_text_and_in_its_environment(execute: Execute) -> None:
    ran = execute("variables: {who: world, some.name: '$(who)'}\n" + steps('script: echo "1 $(who) $WHO $SOME_NAME"'))
    assert ran.failure == ""
    assert "\n1 world world world\n" in ran.log("__default.Job", 2)


def test_an_undefined_name_is_left_to_the_shell(execute: Execute) -> None:
    ran = execute(steps("script: echo $(echo from a command)"))
    assert "\nfrom a command\n" in ran.log("__default.Job", 2)


def test_a_step_maps_variables_into_its_own_environment(execute: Execute) -> None:
    ran = execute("variables: {who: world}\n" + steps("{script: echo $MINE, env: {MINE: to the $(who)}}"))
    assert "\nto the world\n" in ran.log("__default.Job", 2)


def test_neither_a_sign_in_nor_a_virtual_environment_of_this_machine_reaches_a_step(
    execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "of-this-machine")  # pragma: allowlist secret
    monkeypatch.setenv("VIRTUAL_ENV", "/somewhere")
    ran = execute(steps("script: printenv"))
    assert "of-this-machine" not in ran.log("__default.Job", 2)
    assert "VIRTUAL_ENV" not in ran.log("__default.Job", 2)


def test_a_failed_step_shows_its_last_twenty_lines_and_where_the_log_is(execute: Execute) -> None:
    ran = execute(steps("script: 'for i in {1..40}; do echo line $i; done; exit 3'"))
    assert "Bash exited with code '3'." in ran.shown
    assert "| line 40\n" in ran.shown
    assert "| line 21\n" not in ran.shown
    assert "The whole log: outputs/ado/" in ran.shown
    assert ran.failure == "The run of pipeline.yml has failed; see above."


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        ("succeeded()", False),
        ("failed()", True),
        ("always()", True),
        ("succeededOrFailed()", True),
        ("and(failed(), eq(variables['who'], 'WORLD'))", True),
        ("eq(variables['Agent.JobStatus'], 'Succeeded')", False),
    ],
)
def test_after_a_failed_step_one_runs_if_its_condition_holds(condition: str, runs: bool, execute: Execute) -> None:
    ran = execute(
        "variables: {who: world}\n" + steps("script: exit 1", f'{{script: echo ran, condition: "{condition}"}}')
    )
    assert ("\nran\n" in ran.log("__default.Job", 3)) is runs
    assert ran.result("Job") == "Failed"


def test_a_disabled_step_is_left_out(execute: Execute) -> None:
    ran = execute(steps("{script: exit 1, enabled: false}"))
    assert ran.failure == ""


def test_a_permitted_failure_is_an_issue_of_the_job(execute: Execute) -> None:
    ran = execute(steps("{script: exit 1, continueOnError: true}", "script: echo after"))
    assert ran.failure == ""
    assert ran.result("Job") == "SucceededWithIssues"
    assert "\nafter\n" in ran.log("__default.Job", 3)


def test_a_step_is_tried_again_as_often_as_it_may_be(execute: Execute) -> None:
    flaky = "{script: 'test -e ../tried || (touch ../tried; exit 1)', retryCountOnTaskFailure: 2}"
    ran = execute(steps(flaky))
    assert "(attempt 2)" in ran.shown
    assert ran.failure == ""


def test_what_a_step_writes_to_stderr_fails_it_if_it_says_so(execute: Execute) -> None:
    ran = execute(steps("{script: echo wrong >&2, failOnStderr: true}"))
    assert "failOnStderr" in ran.shown
    assert ran.result("Job") == "Failed"


def test_a_step_runs_in_its_working_directory(execute: Execute) -> None:
    ran = execute(steps("script: mkdir below", "{script: pwd, workingDirectory: below}"))
    assert ran.log("__default.Job", 3).splitlines()[-1].endswith("/__default.Job/s/below")


def test_a_working_directory_that_is_not_there_fails_the_step(execute: Execute) -> None:
    assert "Not found working folder" in execute(steps("{script: pwd, workingDirectory: nowhere}")).shown


def test_a_step_is_tried_again_ten_times_at_most(execute: Execute, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_steps, "RETRY_SECONDS", 0)
    ran = execute(steps("{script: exit 1, retryCountOnTaskFailure: 12}"))
    assert ran.log("__default.Job", 2).count("will retry") == 10
