"""Every rule: its name, its level where no file sets another, what it finds, and the functions that find it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from azure_pipelines_local.findings import INVALID, Finding, Level
from azure_pipelines_local.rules import (
    artifacts,
    compile_time_variables,
    explanations,
    macros,
    parameter_defaults,
    path_filters,
    policies,
    resources,
    runtime_expressions,
    script_commands,
    task_inputs,
    template_references,
    unused_files,
    written_secrets,
)
from azure_pipelines_local.rules.cases import Case, SourceFile

OfPipeline = Callable[[Case], Iterable[Finding]]
OfFile = Callable[[SourceFile], Iterable[Finding]]
FIXED = (INVALID,)  # nothing can be said of what cannot be read
SCHEMA, SERVICE, SHELLCHECK, JUDGE = "the schema of tasks", "Microsoft's language service", "shellcheck", "a judge"


@dataclass(frozen=True)
class Rule:
    """A rule looks at expanded pipelines, or at files as they stand; those of linters are asked by `checking`."""

    name: str
    default: Level
    finds: str
    of_pipeline: OfPipeline | None = None
    of_file: OfFile | None = None
    needs: str = ""  # the linter, or else, without which it is not asked


# The defaults: an error is wrong in any pipeline, a warning in most; what is off is for a project to want.
RULES = (
    Rule(
        INVALID,
        "error",
        "a pipeline that cannot be read or expanded, or that Azure DevOps would refuse; always an error",
    ),
    Rule(
        "undefined-variable",
        "warning",
        "`$(name)` that neither the pipeline, an earlier task nor Azure DevOps defines: a shell would run it",
        macros.undefined_variables,
    ),
    Rule(
        "command-substitution",
        "off",
        "`$( )` around what cannot be the name of a variable, so that a shell runs it",
        macros.command_substitutions,
    ),
    Rule(
        "endless-variable",
        "error",
        "variables that refer to themselves, or to more than 50 others in a row, or become too long",
        macros.endless_variables,
    ),
    Rule(
        "compile-time-variable",
        "error",
        "`${{ variables.name }}` that is not defined where it is read, or only later, by an agent: it is empty",
        of_file=compile_time_variables.bad_variables,
    ),
    Rule(
        "template-reference",
        "error",
        "templates that do not exist and parameters that they do not declare, also in branches not taken",
        of_file=template_references.bad_references,
    ),
    Rule(
        "parameter-default",
        "off",
        "parameters of a pipeline without a default, which schedules and triggers cannot give",
        of_file=parameter_defaults.missing_defaults,
    ),
    Rule(
        "condition-variable",
        "warning",
        "`variables['x']` that nothing defines, in conditions and in `$[ ]`: it is empty",
        runtime_expressions.undefined_in_conditions,
    ),
    Rule(
        "condition-macro",
        "error",
        "`$( )` in a condition, where nothing replaces it",
        runtime_expressions.macros_in_conditions,
    ),
    Rule(
        "dropped-failure",
        "warning",
        "conditions without a status function: they run after failures, too",
        runtime_expressions.dropped_failures,
    ),
    Rule(
        "unknown-dependency",
        "error",
        "names in `succeeded()` and the like that the stage or job does not depend on",
        runtime_expressions.unknown_dependencies,
    ),
    Rule(
        "job-output",
        "error",
        "outputs and results that do not exist, are not waited for, or cannot be read from there",
        runtime_expressions.bad_outputs_read,
    ),
    Rule(
        "runtime-expression",
        "error",
        "`$[ ]` of a variable that does not parse, or is part of a longer text",
        runtime_expressions.bad_expressions,
    ),
    Rule(
        "unknown-resource",
        "error",
        "pipelines, repositories, containers, packages and builds that `resources` does not declare",
        resources.unknown_resources,
    ),
    Rule(
        "duplicate-artifact",
        "error",
        "artifacts published twice under one name",
        artifacts.artifacts_published_twice,
    ),
    Rule(
        "missing-artifact",
        "error",
        "downloads of artifacts that no earlier step publishes",
        artifacts.missing_artifacts,
    ),
    Rule(
        "unknown-task",
        "warning",
        "tasks that are not Microsoft's, or misspelt",
        task_inputs.unknown_tasks,
        needs=SCHEMA,
    ),
    Rule(
        "deprecated-task", "warning", "tasks that Microsoft has deprecated", task_inputs.deprecated_tasks, needs=SCHEMA
    ),
    Rule(
        "task-input",
        "error",
        "inputs of tasks that are unknown, missing, empty or not among their values",
        task_inputs.bad_inputs,
        needs=SCHEMA,
    ),
    Rule("empty-step", "error", "steps that do nothing", policies.empty_steps),
    Rule("cached-deployment", "error", "Cache@2 in a deployment job, where it fails", policies.cached_deployments),
    Rule(
        "job-target",
        "error",
        "tasks that need an agent in a job with `pool: server`, and those of the server in any other",
        policies.wrong_targets,
    ),
    Rule("retired-image", "error", "images of agents that no longer exist", policies.retired_images),
    Rule("pinned-image", "off", "images of agents without a version", policies.unpinned_images),
    Rule("pinned-container", "off", "containers without a tag or a digest", policies.unpinned_containers),
    Rule("job-pool", "off", "jobs without a pool", policies.missing_pools),
    Rule("job-timeout", "off", "jobs without a time limit", policies.endless_jobs),
    Rule(
        "hidden-results",
        "warning",
        "test results that are not published when a test fails",
        policies.hidden_results,
    ),
    Rule(
        "unexplained",
        "off",
        "`continueOnError` and `enabled: false` without a comment with the reason, beside or right above",
        of_file=explanations.unexplained,
    ),
    Rule(
        "secret-on-command-line",
        "warning",
        "words for secrets in scripts, which logs and process lists show",
        written_secrets.secrets_in_scripts,
    ),
    Rule(
        "written-secret",
        "warning",
        "literal values of variables, `env:`, options and parameters whose names suggest secrets",
        written_secrets.written_secrets,
        written_secrets.written_defaults,
    ),
    Rule(
        "script-command",
        "off",
        "commands in scripts that the project does not have or allow",
        script_commands.forbidden_commands,
        needs=JUDGE,
    ),
    Rule("script-logic", "off", "pipes, lists, redirections and globs in scripts", script_commands.shell_logic),
    Rule("script-file", "off", "script files instead of inline scripts", script_commands.script_files),
    Rule("exit-zero", "off", "`--exit-zero` in scripts, which hides failures", script_commands.hidden_exits),
    Rule(
        "dead-path-filter",
        "warning",
        "path filters of triggers that match no tracked file",
        path_filters.dead_path_filters,
    ),
    Rule(
        "unused-template",
        "warning",
        "templates that no pipeline uses, and nothing checks",
        of_file=unused_files.unused_templates,
    ),
    Rule(
        "file-ending",
        "off",
        "pipelines and templates in files that do not end in .yml",
        of_file=unused_files.other_endings,
    ),
    Rule("shellcheck", "warning", "what shellcheck reports for the expanded scripts", needs=SHELLCHECK),
    Rule(
        "language-service",
        "error",
        "what Microsoft's language service reports for a file in which no other rule finds anything",
        needs=SERVICE,
    ),
    Rule("useless-ignore", "error", "`# ado: ignore RULE, reason` without a known rule, a reason or an effect"),
)
BY_NAME = {rule.name: rule for rule in RULES}


def unknown_rule(name: str) -> str:
    """Say that there is no such rule, and which may be meant."""
    close = get_close_matches(name, BY_NAME, n=1)
    return f"there is no rule {name!r}; " + (f"did you mean {close[0]!r}?" if close else "`check --rules` lists them.")
