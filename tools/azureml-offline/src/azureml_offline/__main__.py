"""The command `azureml-offline`, which is also `python -m azureml_offline`."""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import NoReturn

from azureml_offline.errors import OfflineError
from azureml_offline.foreground import LIMITS, curated_files, serve


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say; bad input is one line on stderr, and exit code 1."""
    try:
        arguments = _parser().parse_args(argv)
        given = curated_files(arguments.curated)
        serve(arguments.port, arguments.folder, arguments.reuse_environment, arguments.identity_based, given)
    except OfflineError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


class _Parser(ArgumentParser):
    """Reports what argparse finds like every other error, where it would print its usage and exit with 2."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        raise OfflineError(f"{self.prog}: {message}. See {self.prog} --help.")


def _parser() -> ArgumentParser:
    parser = _Parser(
        "azureml-offline",
        description="An offline Azure ML workspace on 127.0.0.1 for the real azureml-core.",
        epilog=LIMITS,
        formatter_class=RawDescriptionHelpFormatter,  # the limits have lines of their own
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    words = "serve a workspace until Ctrl-C, and print what a shell needs to use it"
    command = commands.add_parser(
        "serve",
        help=words,
        description=f"{words[0].upper()}{words[1:]}.",
        epilog=LIMITS,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument(
        "--port", type=int, default=0, help="the port of the proxy that clients use (default: any that is free)"
    )
    command.add_argument(
        "--folder", help="the folder for its files; it keeps the environments of jobs (default: a temporary one)"
    )
    command.add_argument("--reuse-environment", action="store_true", help="run jobs in this very Python environment")
    command.add_argument("--identity-based", action="store_true", help="give the default datastore no key")
    command.add_argument(
        "--curated",
        metavar="NAME=FILE.yml",
        action="append",
        default=[],
        help="a curated environment, and a conda file of its packages (repeatable)",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
