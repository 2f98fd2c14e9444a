"""What a logging command does: a table. What Azure does not know either is told as Azure tells it."""

from collections.abc import Callable

from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.plan.results import Result, combined
from azure_pipelines_local.running.work.contexts import StepContext
from azure_pipelines_local.running.work.logging_commands import AREAS, Command, find
from azure_pipelines_local.running.work.upload_handlers import upload_artifact, upload_file

COMPLETED: tuple[Result, ...] = ("Succeeded", "SucceededWithIssues", "Failed")  # written so, and in no other case
REFERENCE = "See https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands"


def hear(context: StepContext, line: str) -> None:
    """Take a line of a step's output: keep it, and do what it commands.

    A command that cannot be done fails the step and does not stop it, as on an agent.
    """
    command = find(line)
    if command is None:
        context.log.write(line)
        return
    try:
        _do(context, command)
    except TaskError as error:
        context.log.write(f"##[error]Unable to process command ##vso[{command.area}.{command.action}]: {error}")
        context.complaints.append(str(error))
        context.result = "Failed"


def _do(context: StepContext, command: Command) -> None:
    called = f"{command.area}.{command.action}"
    if command.area not in AREAS:
        context.log.write(f"##[warning]Can't find command extension for ##vso[{command.area}.command]. {REFERENCE}")
    elif command.action not in AREAS[command.area]:
        raise TaskError(f"##vso[{called}] is not recognized as a valid command for the area. {REFERENCE}")
    elif called not in ACTIONS:
        raise TaskError(f"##vso[{called}] is known to Azure Pipelines, and not done on this machine.")
    else:
        ACTIONS[called](context, command)


def _set_variable(context: StepContext, command: Command) -> None:
    name, variables = command.properties.get("variable", ""), context.job.variables
    if not name:
        raise TaskError("Required field 'variable' is missing.")
    output, secret = command.flag("isoutput"), command.flag("issecret")
    if secret:
        context.run.secrets.add(command.text)
    if output and not context.step.name:
        context.log.write(f"##[warning]{name} is an output variable of a step without a name: nothing can read it.")
        return
    full = f"{context.step.name}.{name}" if output else name
    if variables.is_readonly(full):
        raise TaskError(f"Overwriting readonly variable '{full}' is not permitted.")
    variables.set(full, command.text, secret=secret, readonly=command.flag("isreadonly"))
    if output:
        context.job.outputs[full] = command.text


def _set_secret(context: StepContext, command: Command) -> None:
    context.run.secrets.add(command.text)


def _complete(context: StepContext, command: Command) -> None:
    """What has been worse stays, as an agent merges results."""
    given = command.properties.get("result", "")
    result = next((each for each in COMPLETED if each == given), None)
    if result is None:
        raise TaskError(f"Invalid result {given!r}; expected: {', '.join(COMPLETED)}.")
    context.result = combined((context.result or result, result))
    context.log.write(command.text)
    if result == "Failed":
        context.complaints.append(command.text or "task.complete says that it failed.")


def _log_issue(context: StepContext, command: Command) -> None:
    kind = command.properties.get("type", "").lower()
    if kind not in ("error", "warning"):
        raise TaskError("Required field 'type' is 'error' or 'warning'.")
    where = ":".join(filter(None, (command.properties.get(key) for key in ("sourcepath", "linenumber"))))
    context.log.write(f"##[{kind}]{where + ': ' if where else ''}{command.text}")


def _prepend_path(context: StepContext, command: Command) -> None:
    if not command.text:
        raise TaskError("Required data, a path, is missing.")
    context.job.prepended.append(command.text)


def _add_tag(context: StepContext, command: Command) -> None:
    if command.text not in context.run.tags:
        context.run.tags.append(command.text)


def _set_number(context: StepContext, command: Command) -> None:
    context.run.number = command.text
    context.job.variables.set("Build.BuildNumber", command.text)


def _show(context: StepContext, command: Command) -> None:
    context.log.write(f"##[debug]{command.text}")


ACTIONS: dict[str, Callable[[StepContext, Command], None]] = {
    "artifact.associate": _show,
    "artifact.upload": upload_artifact,
    "build.addbuildtag": _add_tag,
    "build.updatebuildnumber": _set_number,
    "build.uploadlog": upload_file,
    "task.addattachment": upload_file,
    "task.complete": _complete,
    "task.debug": _show,
    "task.logdetail": _show,
    "task.logissue": _log_issue,
    "task.prependpath": _prepend_path,
    "task.setprogress": _show,
    "task.setsecret": _set_secret,
    "task.setvariable": _set_variable,
    "task.uploadfile": upload_file,
    "task.uploadsummary": upload_file,
}
