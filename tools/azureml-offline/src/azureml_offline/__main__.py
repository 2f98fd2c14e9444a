"""`python -m azureml_offline`: an offline workspace until Ctrl-C, and the lines for a shell that is to use it."""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence

from azureml_offline import foreground
from azureml_offline.errors import OfflineError


def main(argv: Sequence[str] | None = None) -> int:
    """Serve as the arguments say."""
    parser = ArgumentParser(
        "python -m azureml_offline",
        description="Serve an offline Azure ML workspace on 127.0.0.1 until Ctrl-C.",
        epilog=foreground.LIMITS,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=int, default=0, help="of the proxy that clients use (default: any that is free)")
    parser.add_argument("--folder", help="for its files; keeps the environments of jobs (default: a temporary one)")
    parser.add_argument("--reuse-environment", action="store_true", help="run jobs in this very Python environment")
    parser.add_argument("--identity-based", action="store_true", help="let the default datastore have no key")
    arguments = parser.parse_args(argv)
    try:
        foreground.serve(arguments.port, arguments.folder, arguments.reuse_environment, arguments.identity_based)
    except OfflineError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
