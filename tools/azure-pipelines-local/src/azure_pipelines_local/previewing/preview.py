"""Compare our expansion of a pipeline with the service's."""

from collections.abc import Mapping
from difflib import unified_diff

from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.errors import PipelineError, PipelinesLocalError
from azure_pipelines_local.expansion.entry import entry_within, expand
from azure_pipelines_local.model import read
from azure_pipelines_local.previewing.canonical import canonical_text
from azure_pipelines_local.previewing.service import Definition, ask
from azure_pipelines_local.project import Project
from azure_pipelines_local.queued import Queued
from azure_pipelines_local.variants.compilations import compile_time_values
from azure_pipelines_local.variants.kinds_of_run import run_of


def print_preview(
    project: Project, file: str, parameters: Mapping[str, str], queued: Queued, definition: Definition
) -> None:
    """Print whether the service makes the same of the pipeline, or how its answer differs.

    Raises:
        PipelinesLocalError: it differs, or the service cannot be asked.
    """
    name = entry_within(project.root, file)
    try:
        text = (project.root / name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PipelinesLocalError(f"{name} cannot be read: {error}.") from error
    branch = run_of(queued).branch
    answer = ask(definition, text, parameters, queued.variables, branch)
    try:
        values = compile_time_values(project.root, name, queued, run_of(queued))
        expanded = expand(project.root, name, parameters, values, queued.repositories)
        read(expanded)
    except PipelineError as error:
        print(f"Here: {error}\nThere: {answer.refusal or 'it is expanded.'}")
        if answer.refusal:
            return
        raise PipelinesLocalError("The service takes what this tool refuses: see above.") from error
    if answer.refusal:
        print(f"There: {answer.refusal}")
        raise PipelinesLocalError("The service refuses what this tool takes: see above.")
    theirs = canonical_text(yaml_reader.parse(answer.final, "the preview")).splitlines()
    lines = list(unified_diff(canonical_text(expanded).splitlines(), theirs, "here", "there", lineterm=""))
    for line in lines:
        print(line)
    if lines:
        raise PipelinesLocalError("The service makes another pipeline of it: see above.")
    print(f"The service makes the same of {name}.")
