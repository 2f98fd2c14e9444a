"""The command `azure-pipelines-local`."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from azure_pipelines_local.arguments import REASONS, parse_names, parse_parameters, parse_queued
from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.project import Project
from azure_pipelines_local.queued import Queued

NAME = "azure-pipelines-local"


class Parser(argparse.ArgumentParser):
    """Report in one line what is wrong with the arguments, as every other error is reported."""

    def error(self, message: str) -> NoReturn:
        """Print the message and where to look, and exit with 1, where argparse would take 2."""
        print(f"{self.prog}: {message}. See: {self.prog} --help", file=sys.stderr)
        raise SystemExit(1)


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say; 1 if that fails, with one line on standard error."""
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks an arrow shows a question mark
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    arguments = _parser().parse_args(argv)
    try:
        code = _do(arguments)
        sys.stdout.flush()
        return code
    except PipelinesLocalError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # nobody reads to the end, as in `… | head`: say nothing more, nor at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130


def _do(arguments: argparse.Namespace) -> int:
    if arguments.command == "install-linters":
        from azure_pipelines_local.linters.install import install

        return install(arguments.folder)
    project = Project(_root(arguments.root))
    if arguments.command == "run":
        from azure_pipelines_local.running.work.run_pipeline import run_and_say

        stages, jobs = parse_names("--stage", arguments.stage), parse_names("--job", arguments.job)
        given, queued = parse_parameters(arguments.parameter), _queued(arguments, project)
        run_and_say(project, arguments.file, stages, jobs, given, arguments.keep, queued)
        return 0
    if arguments.command == "preview":
        from azure_pipelines_local.previewing.preview import print_preview
        from azure_pipelines_local.previewing.service import Definition

        definition = Definition(arguments.organization, arguments.project, arguments.pipeline)
        given, queued = parse_parameters(arguments.parameter), _queued(arguments, project)
        print_preview(project, arguments.file, given, queued, definition)
        return 0
    if arguments.command in ("explain", "graph"):
        return _show(arguments, project)
    from azure_pipelines_local import verbs

    if arguments.command == "expand" and arguments.diff is not None:
        from azure_pipelines_local.differences import print_differences

        given, queued = parse_parameters(arguments.parameter), _queued(arguments, project)
        print_differences(project, arguments.file, arguments.diff, given, queued)
    elif arguments.command == "expand":
        if arguments.file is None:
            raise PipelinesLocalError("expand needs a FILE; without one, `--diff REF` compares all pipelines.")
        given, queued = parse_parameters(arguments.parameter), _queued(arguments, project)
        print(verbs.expand(project, arguments.file, given, queued), end="")
    elif arguments.rules:
        verbs.print_rules(project)
    else:
        verbs.print_check(project, arguments.files, arguments.linters, _queued(arguments, project), arguments.format)
    return 0


def _show(arguments: argparse.Namespace, project: Project) -> int:
    """Print a graph of the pipeline, or why something in it is as it is."""
    given, queued = parse_parameters(arguments.parameter), _queued(arguments, project)
    if arguments.command == "graph":
        from azure_pipelines_local.explaining.graph import print_graph

        print_graph(project, arguments.file, given, queued, arguments.format)
    else:
        from azure_pipelines_local.explaining.explain import print_explanation

        print_explanation(project, arguments.file, arguments.what, given, queued)
    return 0


def _queued(arguments: argparse.Namespace, project: Project) -> Queued:
    queued = parse_queued(arguments.reason, arguments.branch, arguments.variable, arguments.repository)
    if queued.repositories:
        from azure_pipelines_local.checking.entries import refuse_undeclared

        files = arguments.files if arguments.command == "check" else [arguments.file] if arguments.file else []
        refuse_undeclared(project.root, files, queued.repositories)
    return queued


def _root(given: str | None) -> Path:
    """Take the folder that is given, else that of the repository around this one."""
    if given is not None:
        root = Path(given).resolve()
        if not root.is_dir():
            raise PipelinesLocalError(f"--root {given}: there is no such folder.")
        return root
    here = Path.cwd()
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), here)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(NAME, description="Check, expand and run Azure Pipelines on this machine.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"{NAME} {version(NAME)}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_check(commands)
    _add_expand(commands)
    _add_explain(commands)
    _add_graph(commands)
    _add_run(commands)
    _add_preview(commands)
    install = commands.add_parser(
        "install-linters",
        help="install Microsoft's language service into this Python environment, by npm",
        description=f'Install what `check` asks of Node.js. First: pip install "{NAME}[linters]".',
        allow_abbrev=False,
    )
    install.add_argument(
        "--folder", type=Path, default=Path(sys.prefix, "npm"), help="where to (default: npm in this environment)"
    )
    return parser


def _add_check(commands: "argparse._SubParsersAction[Parser]") -> None:
    check = commands.add_parser(
        "check",
        help="find faults in pipelines, without running them",
        description="Check pipelines; a line for each fault, and exit code 1 if one of them is an error.",
        allow_abbrev=False,
    )
    _add_root(check)
    _add_queued(check)
    check.add_argument("files", nargs="*", metavar="FILE", help="pipelines or folders of them (default: all there are)")
    check.add_argument(
        "--format",
        choices=("text", "json", "sarif"),
        default="text",
        help="lines for people (default), or one document for other programs",
    )
    check.add_argument("--rules", action="store_true", help="list the rules and their levels, and check nothing")
    check.add_argument(
        "--linters",
        choices=("required", "installed", "off"),
        default="installed",
        help="fail where a linter is missing; ask those that are installed (default); ask none",
    )


def _add_expand(commands: "argparse._SubParsersAction[Parser]") -> None:
    expand = commands.add_parser(
        "expand",
        help="print a pipeline without templates and expressions",
        description="Print the pipeline that Azure DevOps would run by hand on main.",
        allow_abbrev=False,
    )
    _add_root(expand)
    expand.add_argument(
        "file", nargs="?", metavar="FILE", help="the pipeline; with --diff may be left out: all there are"
    )
    expand.add_argument("--diff", metavar="REF", help="print how it differs from what it was at this commit or branch")
    _add_parameters(expand)


def _add_explain(commands: "argparse._SubParsersAction[Parser]") -> None:
    explain = commands.add_parser(
        "explain",
        help="say why a condition holds or not, and where a value comes from",
        description="Say what a line, a stage, a job or an expression of a pipeline gives, and why, before any run.",
        allow_abbrev=False,
    )
    _add_root(explain)
    _add_pipeline(explain)
    explain.add_argument(
        "what",
        metavar="WHAT",
        help="FILE:LINE, STAGE, JOB, STAGE.JOB, '$(VARIABLE)', or an expression such as parameters.NAME",
    )


def _add_graph(commands: "argparse._SubParsersAction[Parser]") -> None:
    graph = commands.add_parser(
        "graph",
        help="show the stages and jobs of a pipeline, and what each waits for",
        description="Show stages and jobs with what they wait for, their conditions and legs, as text or as a drawing.",
        allow_abbrev=False,
    )
    _add_root(graph)
    _add_pipeline(graph)
    graph.add_argument("--format", choices=("text", "svg"), default="text", help="lines (default), or an SVG document")


def _add_run(commands: "argparse._SubParsersAction[Parser]") -> None:
    run = commands.add_parser(
        "run",
        help="run a pipeline on this machine",
        description="Run what is committed of a pipeline, job by job, in folders of its own.",
        allow_abbrev=False,
    )
    _add_root(run)
    _add_pipeline(run)
    run.add_argument("--stage", metavar="NAME,…", help="run only these stages; the others count as succeeded")
    run.add_argument("--job", metavar="NAME,…", help="run only these jobs; the others count as succeeded")
    run.add_argument("--keep", action="store_true", help="keep the folders of jobs that succeed, too")


def _add_preview(commands: "argparse._SubParsersAction[Parser]") -> None:
    preview = commands.add_parser(
        "preview",
        help="compare an expansion with what Azure DevOps makes of the pipeline",
        description="Ask an organization for its preview, which runs nothing, and print how it differs from `expand`.",
        allow_abbrev=False,
    )
    _add_root(preview)
    _add_pipeline(preview)
    preview.add_argument("--organization", required=True, metavar="URL", help="such as https://dev.azure.com/NAME")
    preview.add_argument("--project", required=True, metavar="NAME", help="the project in it")
    preview.add_argument("--pipeline", required=True, type=int, metavar="NUMBER", help="any pipeline of the repository")


def _add_pipeline(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the pipeline, a path in the repository")
    _add_parameters(parser)


def _add_parameters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="a parameter; may be repeated"
    )
    _add_queued(parser)


def _add_queued(parser: argparse.ArgumentParser) -> None:
    """Add what a run is queued with."""
    parser.add_argument("--reason", metavar="REASON", help=f"what starts the run: {', '.join(REASONS)}")
    parser.add_argument("--branch", metavar="BRANCH", help="the branch of the run, such as main or refs/tags/v1")
    for flag, wanted, text in (
        ("--variable", "NAME=VALUE", "a variable of the queue, or a predefined one; may be repeated"),
        ("--repository", "NAME=FOLDER", "where a repository of `resources` lies, for its templates; may be repeated"),
    ):
        parser.add_argument(flag, action="append", default=[], metavar=wanted, help=text)


def _add_root(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--root", metavar="FOLDER", help="the repository (default: the one around the current folder)")


if __name__ == "__main__":
    raise SystemExit(main())
