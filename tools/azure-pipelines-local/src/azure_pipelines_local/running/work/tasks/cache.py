"""Cache@2: folders that are kept by a key, from one job or run to another on this machine."""

import hashlib
import shutil
from pathlib import Path

from azure_pipelines_local.running.machine.file_patterns import matching
from azure_pipelines_local.running.machine.task_errors import TaskError, told
from azure_pipelines_local.running.machine.whole_folders import appearing
from azure_pipelines_local.running.work.contexts import StepContext

KEY = "key.txt"
WILD = ("*", "?", "[")


def run(context: StepContext) -> str:
    """Restore the folder if there is one under the key, or under the beginning of one; keep it at the job's end."""
    folder = context.path(context.required("path"))
    if not folder.resolve().is_relative_to(context.job.folder.resolve()):
        _say_hit(context, "false")
        return f"stand-in: {folder} is this machine's own, neither restored nor kept"
    key = resolved(context, context.required("key"))
    found = _exact(context, key) or _beginning(context)
    if found is not None:
        _restore(found, folder)
    exact = found is not None and (found / KEY).read_text(encoding="utf-8") == key
    _say_hit(context, "true" if exact else "inexact" if found else "false")
    if not exact:
        context.job.at_end.append(lambda: keep(_place(context, key), key, folder))
    return "stand-in: " + ("restored" if exact else "restored from an older one" if found else "nothing kept yet")


def _restore(found: Path, folder: Path) -> None:
    files = found / "files"
    try:
        for link in filter(Path.is_symlink, files.rglob("*")):  # else one that is there already would be an error
            (folder / link.relative_to(files)).unlink(missing_ok=True)
        shutil.copytree(files, folder, symlinks=True, dirs_exist_ok=True)
    except OSError as error:
        raise TaskError(f"{folder} cannot be restored: {told(error)}") from error


def resolved(context: StepContext, key: str) -> str:
    """The key with files by their hash. Its parts stand between bars; a text in quotes is never a file."""
    return " | ".join(_part(context.job.default_folder, each.strip()) for each in key.split("|"))


def _part(folder: Path, part: str) -> str:
    if part.startswith('"') and part.endswith('"') and len(part) > 1:
        return part
    files = matching(folder, part.replace(",", "\n")) if any(each in part for each in WILD) else [folder / part]
    files = [file for file in files if file.is_file()]
    if not files:
        return part
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()


def _exact(context: StepContext, key: str) -> Path | None:
    found = _place(context, key)
    return found if (found / KEY).is_file() else None


def _beginning(context: StepContext) -> Path | None:
    """The newest of those whose key begins as one of the lines of restoreKeys."""
    kept = sorted(context.run.caches.glob(f"*/{KEY}"), key=lambda file: file.stat().st_mtime, reverse=True)
    for line in filter(None, map(str.strip, context.input("restoreKeys").splitlines())):
        parts = resolved(context, line).split(" | ")
        for file in kept:
            if file.read_text(encoding="utf-8").split(" | ")[: len(parts)] == parts:
                return file.parent
    return None


def _place(context: StepContext, key: str) -> Path:
    return context.run.caches / hashlib.sha256(key.encode()).hexdigest()


def keep(place: Path, key: str, folder: Path) -> str:
    """Keep the folder for ever, as Azure has it; of two runs at once, the first one's. Says what has been done.

    Raises:
        TaskError: a file in it cannot be copied.
    """
    if place.exists() or not folder.is_dir():
        return f"nothing to keep of {folder.name}"
    try:
        with appearing(place) as part:
            shutil.copytree(folder, part / "files", symlinks=True, ignore=_special)
            (part / KEY).write_text(key, encoding="utf-8")
    except OSError as error:
        if not place.exists():
            raise TaskError(f"{folder} cannot be kept: {told(error)}") from error
        return f"another run has kept {folder.name}"
    return f"kept {folder.name}"


def _special(folder: str, names: list[str]) -> list[str]:
    """Those that are neither file, folder nor link: sockets, which Azure does not keep either, and pipes."""
    paths = {name: Path(folder, name) for name in names}
    return [name for name, path in paths.items() if not (path.is_symlink() or path.is_file() or path.is_dir())]


def _say_hit(context: StepContext, hit: str) -> None:
    name = context.input("cacheHitVar").strip()
    if name:
        context.job.variables.set(name, hit)
