"""Run the scripts of CmdLine@2 and Bash@3."""

import shlex
from functools import partial
from pathlib import Path
from uuid import uuid4

from azure_pipelines_local.running.machine.environment import find_program
from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.work.command_handlers import handle_line
from azure_pipelines_local.running.work.contexts import StepContext


def run_command_line(context: StepContext) -> str:
    """Run the script with bash, as the task does on Linux and macOS."""
    return run_script(context, context.input("script"), context.flag("failOnStderr"))


def run_bash(context: StepContext) -> str:
    """Run the inline script, or the file with its arguments."""
    if variable := context.input("bashEnvValue").strip():
        context.extra["BASH_ENV"] = variable
    if context.input("targetType", default="filePath").lower() == "inline":
        return run_script(context, context.input("script"), context.flag("failOnStderr"))
    file = context.path(context.required("filePath", "scriptPath"))
    if not file.is_file():
        raise TaskError(f"Invalid file path '{file}'.")
    return run_script(context, f". {shlex.quote(str(file))} {context.input('arguments')}", context.flag("failOnStderr"))


def run_script(context: StepContext, text: str, fail_on_stderr: bool, folder: Path | None = None) -> str:
    """Run the text with bash in the folder; without one, in that of the input workingDirectory."""
    where = folder or context.folder("workingDirectory", "cwd")
    # A file, as on an agent, and not `bash -c`: a script may be longer than an argument can be.
    file = context.job.temporary / f"{uuid4()}.sh"
    file.write_text(text + "\n", encoding="utf-8")
    context.log.write(f"##[command]bash --noprofile --norc {file.name}, in {where}:")
    for line in text.splitlines():
        context.log.write(f"  {line}")
    # Without the files of the user's shell, in which aliases and variables of this machine may stand.
    command = [find_program("bash", context.run.machine), "--noprofile", "--norc", str(file)]
    context.execute(command, where, partial(handle_line, context), fail_on_stderr)
    return ""
