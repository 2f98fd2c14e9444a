"""The steps of one run at work: several at once, none that was done before, watched by a thread."""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

from operation.execution.steps.cache import Cache
from operation.execution.steps.processes import Processes
from operation.execution.steps.recipe import Hashes, Recipe, differences
from operation.execution.values import Run, Step, StepEvent

LOG_LINES = 20
DIFFERENCES = 4  # of which people are told


def at_once(threads: int) -> int:
    """How many processes of so many threads keep every core busy without fighting for one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // threads)


@dataclass(frozen=True)
class Machine:
    """Where steps run: scripts are below `root`; so many `threads` a step keep the cores busy with `at_once` steps."""

    root: Path
    cache: Cache
    threads: int

    @property
    def at_once(self) -> int:
        """How many steps may run at the same time."""
        return at_once(self.threads)


@dataclass(frozen=True)
class Work:
    """Steps with what is known of their recipes before any has run, and the place of every folder they name."""

    steps: Sequence[Step]
    recipes: Mapping[str, Recipe]
    places: Mapping[str, Path]
    reuse: bool


class Execution:
    """Ends after the last step, or with the first that fails: then the others at work are stopped.

    `events` tells what happens, and last the ended run. `keep` is called with that before anybody hears of it, and
    `idle` once, when a core has nothing to do while steps are still at work. After the last step, `lasting` processes
    stay for the steps of another execution; who has given them stops them.
    """

    def __init__(
        self,
        run: Run,
        work: Work,
        machine: Machine,
        keep: Callable[[Run], None],
        idle: Callable[[], None],
        lasting: Processes | None = None,
    ) -> None:
        """Start at once."""
        self.events: SimpleQueue[StepEvent | Run | Exception] = SimpleQueue()
        self._run, self._work, self._machine, self._keep, self._idle = run, work, machine, keep, idle
        self._waiting = list(work.steps)
        self._made: dict[str, Hashes] = {}
        self._reasons: dict[str, str] = {}
        self._working = Processes(machine.root, machine.threads) if lasting is None else lasting
        self._lasting = lasting is not None
        self._cancelled = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Stop the steps at work, and wait until all is over."""
        self._cancelled.set()
        self._working.ended.put(None)
        self._thread.join()

    def _watch(self) -> None:
        try:
            ended = self._to_the_end()
            self._keep(ended)
        except OSError as error:  # a full disk, say
            self._stop()
            ended = replace(self._run, status="failed", failure=f"The steps could not be run: {error}.")
        except Exception as error:  # noqa: BLE001  a defect of ours: who waits must hear of it, or waits for ever
            self._stop()
            self.events.put(error)
            return
        self.events.put(ended)

    def _to_the_end(self) -> Run:
        while (self._waiting or self._working) and not self._cancelled.is_set():
            if step := self._startable():
                self._waiting.remove(step)
                self._begin(step)
                continue
            if len(self._working) < self._machine.at_once:
                self._idle, idle = lambda: None, self._idle
                idle()
            if (ended := self._working.ended.get()) is None:
                break
            step, code = ended
            self._working.finish(step, last=not self._lasting and self._is_last_of_its_package(step))
            if code:
                self.events.put(StepEvent(step.name, "failed"))
                self._stop()
                return replace(self._run, status="failed", failure=self._failure(step, code))
            self._complete(step)
        if self._cancelled.is_set():
            self._stop()
            return replace(self._run, status="cancelled", failure="The run was cancelled.")
        if not self._lasting:
            self._stop()
        return replace(self._run, status="completed")

    def _is_last_of_its_package(self, step: Step) -> bool:
        return step.script not in {each.script for each in self._waiting}

    def _startable(self) -> Step | None:
        """The first step whose inputs are all there, if there is room for one more."""
        if len(self._working) >= self._machine.at_once:
            return None
        unfinished = [step for step in self._work.steps if step in self._waiting or step in self._working]
        missing = {name for step in unfinished for name in step.outputs.values()}
        ready = (step for step in self._waiting if not missing & {*step.inputs.values()})
        return next((step for step in ready if not self._working.busy(step)), None)

    def _begin(self, step: Step) -> None:
        for name in step.outputs.values():  # what an earlier run put out, where this one began with a copy of it
            shutil.rmtree(self._work.places[name], ignore_errors=True)
        recipe, cache = self._recipe(step), self._machine.cache
        entry = cache.find(step.name, recipe)
        if entry and self._work.reuse and cache.take(entry, self._outputs(step)):
            self._made.update(entry.outputs)
            self.events.put(StepEvent(step.name, "reused", entry.note))
        else:
            self._reasons[step.name] = self._reason(step, recipe, known=entry is not None)
            self.events.put(StepEvent(step.name, "started"))
            words = step.argv({name: str(place) for name, place in self._work.places.items()})
            self._working.start(step, words, self._log(step))

    def _complete(self, step: Step) -> None:
        note = "".join(self._lines(step)[-1:])
        self._made.update(self._machine.cache.keep(step.name, self._recipe(step), self._outputs(step), note))
        self.events.put(StepEvent(step.name, "completed", note, self._reasons[step.name]))

    def _stop(self) -> None:
        for name in self._working.stop():
            self.events.put(StepEvent(name, "stopped"))

    def _recipe(self, step: Step) -> Recipe:
        known = self._work.recipes[step.name]
        made = {name: self._made[name] for name in step.inputs.values() if name in self._made}
        return replace(known, inputs={**known.inputs, **made})

    def _reason(self, step: Step, recipe: Recipe, known: bool) -> str:
        if known:
            return "what is kept of it is damaged" if self._work.reuse else "it was asked for"
        found = [differences(recipe, entry.recipe) for entry in self._machine.cache.latest(step.name)]
        if not found:
            return "nothing is kept of it"
        fewest = min(found, key=len)
        rest = [f"{len(fewest) - DIFFERENCES} more"] if len(fewest) > DIFFERENCES else []
        return " / ".join([*fewest[:DIFFERENCES], *rest])

    def _outputs(self, step: Step) -> dict[str, Path]:
        return {name: self._work.places[name] for name in step.outputs.values()}

    def _failure(self, step: Step, code: int) -> str:
        head = f"Step {step.name} failed with exit code {code}:"
        return "\n".join([head, *self._lines(step)[-LOG_LINES:], f"The whole log: {self._log(step)}"])

    def _lines(self, step: Step) -> list[str]:
        return self._log(step).read_text(encoding="utf-8", errors="replace").splitlines()

    def _log(self, step: Step) -> Path:
        return self._run.folder / f"{step.name}.log"
