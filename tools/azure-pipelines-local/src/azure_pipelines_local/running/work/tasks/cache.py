"""Cache@2: folders that are kept by a key, from one job or run to another on this machine."""

import hashlib
import shutil
from pathlib import Path

from azure_pipelines_local.running.machine.file_patterns import find_files
from azure_pipelines_local.running.machine.task_errors import TaskError, describe_error
from azure_pipelines_local.running.machine.whole_folders import write_whole
from azure_pipelines_local.running.work.contexts import StepContext

KEY = "key.txt"  # beside the folder `files`, for `restoreKeys`: the cache's own folder is named by the key's hash
WILD = ("*", "?", "[")


def run_cache(context: StepContext) -> str:
    """Restore the folder that is kept under the key, or under the beginning of one; keep it at the job's end."""
    folder = context.path(context.required("path"))
    # A folder such as ~/.cache is new on an agent and full here: restoring would change what is the user's own.
    # Links are followed, so that none leads there.
    if not folder.resolve().is_relative_to(context.job.folder.resolve()):
        _report_hit(context, "false")
        return f"stand-in: {folder} is this machine's own, neither restored nor kept"
    key = resolve_key(context, context.required("key"))
    kept = _find_exact(context, key) or _find_by_beginning(context)
    if kept is not None:
        _restore(kept, folder)
    exact = kept is not None and (kept / KEY).read_text(encoding="utf-8") == key
    _report_hit(context, "true" if exact else "inexact" if kept else "false")
    if not exact:  # at the end, when the steps have filled it; never over one that is kept
        context.job.at_end.append(lambda: keep_folder(_place(context, key), key, folder))
    return "stand-in: " + ("restored" if exact else "restored from an older one" if kept else "nothing kept yet")


def _restore(kept: Path, folder: Path) -> None:
    files = kept / "files"
    try:
        for link in filter(Path.is_symlink, files.rglob("*")):  # copytree replaces files, and fails at links
            (folder / link.relative_to(files)).unlink(missing_ok=True)
        shutil.copytree(files, folder, symlinks=True, dirs_exist_ok=True)
    except OSError as error:
        raise TaskError(f"{folder} cannot be restored: {describe_error(error)}") from error


def resolve_key(context: StepContext, key: str) -> str:
    """Replace files in the key by their hash. Its parts stand between bars; a text in quotes is never a file."""
    return " | ".join(_resolve_part(context.job.default_folder, each.strip()) for each in key.split("|"))


def _resolve_part(folder: Path, part: str) -> str:
    if part.startswith('"') and part.endswith('"') and len(part) > 1:
        return part
    is_pattern = any(each in part for each in WILD)
    files = find_files(folder, part.replace(",", "\n")) if is_pattern else [folder / part]
    files = [file for file in files if file.is_file()]
    if not files:
        return part
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()


def _find_exact(context: StepContext, key: str) -> Path | None:
    place = _place(context, key)
    return place if (place / KEY).is_file() else None


def _find_by_beginning(context: StepContext) -> Path | None:
    """Find the newest whose key begins as a line of restoreKeys; earlier lines come first."""
    keys = sorted(context.run.caches.glob(f"*/{KEY}"), key=lambda file: file.stat().st_mtime, reverse=True)
    for line in filter(None, map(str.strip, context.input("restoreKeys").splitlines())):
        parts = resolve_key(context, line).split(" | ")
        for file in keys:
            if file.read_text(encoding="utf-8").split(" | ")[: len(parts)] == parts:
                return file.parent
    return None


def _place(context: StepContext, key: str) -> Path:
    return context.run.caches / hashlib.sha256(key.encode()).hexdigest()


def keep_folder(place: Path, key: str, folder: Path) -> str:
    """Keep the folder for ever, as Azure does, and return a note; of two runs at once, the first one's is kept.

    Raises:
        TaskError: a file in it cannot be copied.
    """
    if place.exists() or not folder.is_dir():
        return f"nothing to keep of {folder.name}"
    try:
        with write_whole(place) as part:
            shutil.copytree(folder, part / "files", symlinks=True, ignore=_special_files)
            (part / KEY).write_text(key, encoding="utf-8")
    except OSError as error:
        # Whatever has failed, another run that was faster has kept the folder, and nothing is lost.
        if not place.exists():
            raise TaskError(f"{folder} cannot be kept: {describe_error(error)}") from error
        return f"another run has kept {folder.name}"
    return f"kept {folder.name}"


def _special_files(folder: str, names: list[str]) -> list[str]:
    """Choose sockets and pipes, which Azure does not keep either: copying a pipe would wait for its other end."""
    paths = {name: Path(folder, name) for name in names}
    return [name for name, path in paths.items() if not (path.is_symlink() or path.is_file() or path.is_dir())]


def _report_hit(context: StepContext, hit: str) -> None:
    name = context.input("cacheHitVar").strip()
    if name:
        context.job.variables.set(name, hit)
