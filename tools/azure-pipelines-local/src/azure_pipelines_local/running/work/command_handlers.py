"""Handle logging commands, by a table. Commands that Azure does not know are reported in its words."""

from collections.abc import Callable

from azure_pipelines_local.rules.predefined_names import READ_ONLY
from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.plan.results import Result, combine_results
from azure_pipelines_local.running.work.contexts import StepContext
from azure_pipelines_local.running.work.logging_commands import AREAS, Command, parse_command
from azure_pipelines_local.running.work.upload_handlers import upload_artifact, upload_file

COMPLETED: tuple[Result, ...] = ("Succeeded", "SucceededWithIssues", "Failed")  # in this case alone, as on an agent
REFERENCE = "See https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands"


def handle_line(context: StepContext, line: str) -> None:
    """Log a line of a step's output, or do what it commands.

    A command that fails makes the step fail at its end and does not stop it, as on an agent.
    """
    command = parse_command(line)
    if command is None:
        context.log.write(line)
        return
    try:
        _handle(context, command)
    except TaskError as error:
        context.log.write(f"##[error]Unable to process command ##vso[{command.area}.{command.action}]: {error}")
        # Not raised: the script goes on, since it knows nothing of it, and its exit code makes the result no better.
        context.complaints.append(str(error))
        context.result = "Failed"


def _handle(context: StepContext, command: Command) -> None:
    full_name = f"{command.area}.{command.action}"
    if command.area not in AREAS:
        context.log.write(f"##[warning]Can't find command extension for ##vso[{command.area}.command]. {REFERENCE}")
    elif command.action not in AREAS[command.area]:
        raise TaskError(f"##vso[{full_name}] is not recognized as a valid command for the area. {REFERENCE}")
    elif full_name not in HANDLERS:
        raise TaskError(f"##vso[{full_name}] works in Azure Pipelines, but not on this machine.")
    else:
        HANDLERS[full_name](context, command)


def _set_variable(context: StepContext, command: Command) -> None:
    name, variables = command.properties.get("variable", ""), context.job.variables
    if not name:
        raise TaskError("Required field 'variable' is missing.")
    output, secret = command.flag("isoutput"), command.flag("issecret")
    if secret:  # before all that may fail: whatever becomes of the variable, its text must not be shown
        context.run.secrets.add(command.text)
    if variables.is_readonly(name) or name.lower() in READ_ONLY:
        raise TaskError(f"Overwriting readonly variable '{name}' is not permitted.")
    if secret and "\n" in command.text:
        raise TaskError(f"Secrets cannot contain multiple lines; set '{name}' to one line, such as its base64.")
    if output and not context.step.name:  # nor is it set under its plain name, which some expect
        context.log.write(f"##[warning]{name} is an output variable of a step without a name: nothing can read it.")
        return
    full = f"{context.step.name}.{name}" if output else name
    variables.set(full, command.text, secret=secret, readonly=output or command.flag("isreadonly"))
    if variables.is_secret(full):  # it may have been one before
        context.run.secrets.add(command.text)
    if output:
        context.job.outputs[full] = command.text


def _set_secret(context: StepContext, command: Command) -> None:
    context.run.secrets.add(command.text)


def _complete(context: StepContext, command: Command) -> None:
    """Set the step's result; one that was worse stays, as an agent merges them."""
    given = command.properties.get("result", "")
    result = next((each for each in COMPLETED if each == given), None)
    if result is None:
        raise TaskError(f"Invalid result {given!r}; expected: {', '.join(COMPLETED)}.")
    context.result = combine_results((context.result or result, result))
    context.log.write(command.text)
    if result == "Failed":
        context.complaints.append(command.text or "task.complete reports a failure.")


def _log_issue(context: StepContext, command: Command) -> None:
    kind = command.properties.get("type", "").lower()
    if kind not in ("error", "warning"):
        raise TaskError("Required field 'type' must be 'error' or 'warning'.")
    where = ":".join(filter(None, (command.properties.get(key) for key in ("sourcepath", "linenumber"))))
    context.log.write(f"##[{kind}]{where + ': ' if where else ''}{command.text}")


def _prepend_path(context: StepContext, command: Command) -> None:
    if not command.text:
        raise TaskError("Required data, a path, is missing.")
    context.job.prepended.append(command.text)


def _add_tag(context: StepContext, command: Command) -> None:
    tag = command.text.strip()
    if not tag:
        raise TaskError("Build tag is required.")
    if tag.lower() not in map(str.lower, context.run.tags):
        context.run.tags.append(tag)


def _set_number(context: StepContext, command: Command) -> None:
    if not command.text:
        raise TaskError("Build number is required.")
    context.run.number = command.text  # shown at the end; the folder keeps the number that it was made with
    context.job.variables.set("Build.BuildNumber", command.text)


def _debug(context: StepContext, command: Command) -> None:
    """Show what a task says for diagnostics, if the run has these on: measured, E06-logging-commands."""
    if (context.job.variables.get("System.Debug") or "").lower() == "true":
        _show(context, command)


def _associate(context: StepContext, command: Command) -> None:
    for name in ("artifactname", "type"):
        if not command.properties.get(name):
            raise TaskError(f"Required field '{name}' is missing.")
    if not command.text:
        raise TaskError("Artifact location is required.")
    _show(context, command)


def _show(context: StepContext, command: Command) -> None:
    context.log.write(f"##[debug]{command.text}")


HANDLERS: dict[str, Callable[[StepContext, Command], None]] = {
    "artifact.associate": _associate,
    "artifact.upload": upload_artifact,
    "build.addbuildtag": _add_tag,
    "build.updatebuildnumber": _set_number,
    "build.uploadlog": upload_file,
    "build.uploadsummary": upload_file,
    "task.addattachment": upload_file,
    "task.complete": _complete,
    "task.debug": _debug,
    "task.issue": _log_issue,  # another name of logissue
    "task.logdetail": _show,
    "task.logissue": _log_issue,
    "task.prependpath": _prepend_path,
    "task.setprogress": _show,
    "task.setsecret": _set_secret,
    "task.setvariable": _set_variable,
    "task.uploadfile": upload_file,
    "task.uploadsummary": upload_file,
}
