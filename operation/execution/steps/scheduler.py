"""Run the steps of one run: each once its inputs are there, several at once, none whose output is kept.

One thread decides all of it, waiting for the next step to end. Nothing here polls, and nothing is shared with other
threads but two queues and one event.
"""

import os
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

from operation.errors import OperationError
from operation.execution.steps.cache import Cache
from operation.execution.steps.processes import Processes
from operation.execution.steps.recipe import Hashes, Recipe, differences
from operation.execution.values import VALIDATIONS, Run, Step, StepEvent

LOG_LINES = 20
DIFFERENCES = 4  # named as the reason why a step ran; the rest is counted


def at_once(threads: int) -> int:
    """Compute how many processes with so many threads keep the cores busy without fighting for one."""
    # `taskset`, or the cpuset of a container, may grant fewer cores than the machine has; only Linux can say.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // threads)


@dataclass(frozen=True)
class Machine:
    """Where steps run: the scripts are below `root`, and each step may use so many `threads`."""

    root: Path
    cache: Cache
    threads: int

    @property
    def at_once(self) -> int:
        """Return how many steps may run at the same time."""
        return at_once(self.threads)


@dataclass(frozen=True)
class Work:
    """Steps, what is known of their recipes before any has run, and the place of every folder they name."""

    steps: Sequence[Step]
    recipes: Mapping[str, Recipe]
    places: Mapping[str, Path]
    reuse: bool


class Execution:
    """Runs steps in a thread until the last has ended, or the first has failed: then it stops all but checks of data.

    A validation that is at work then is not stopped, for it may know why the step has failed.

    `events` gets all that happens, and the ended run as the last. `keep` is called with that run before anybody hears
    of it, so that what is announced is on disk. `idle` is called once, when a core has nothing to do while steps are at
    work: the moment to do what will be needed later. Processes that are `lasting` stay after the last step, for the
    steps of another execution; whoever made them stops them.
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
        self._folder = run.folder.stat()
        self._waiting = list(work.steps)
        self._made: dict[str, Hashes] = {}
        self._reasons: dict[str, str] = {}
        self._working = Processes(machine.root, machine.threads) if lasting is None else lasting
        self._lasting = lasting is not None
        self._cancelled = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Stop the steps at work, and wait until all of them have ended."""
        self._cancelled.set()
        self._working.ended.put(None)  # wakes the thread, which waits for a step to end
        self._thread.join()

    def _watch(self) -> None:
        try:
            ended = self._run_to_the_end()
            self._require_folder()
            self._keep(ended)
        except OSError as error:  # a full disk, say
            self._stop()
            if self._is_moved():
                self.events.put(self._explain_move())
                return
            ended = replace(self._run, status="failed", failure=f"The steps could not be run: {error}.")
        except Exception as error:  # noqa: BLE001  a bug: whoever reads `events` must get it, or would wait for ever
            self._stop()
            self.events.put(error)
            return
        self.events.put(ended)

    def _require_folder(self) -> None:
        """Raise OperationError if the run's folder was moved: what comes now would be written beside what it has."""
        if self._is_moved():
            raise self._explain_move()

    def _is_moved(self) -> bool:
        try:  # a step that is at work may have made a new one in its place
            return not os.path.samestat(self._run.folder.stat(), self._folder)
        except FileNotFoundError:
            return True

    def _explain_move(self) -> OperationError:
        return OperationError(
            f"{self._run.folder} was moved or deleted while the run was at work, and its steps were stopped. Run "
            "again, and leave the outputs folder where it is until the command has ended."
        )

    def _run_to_the_end(self) -> Run:
        while (self._waiting or self._working) and not self._cancelled.is_set():
            if step := self._find_startable():
                self._waiting.remove(step)
                self._begin(step)
                continue
            if len(self._working) < self._machine.at_once:  # a core is free, and no step is ready for it
                self._idle, idle = lambda: None, self._idle
                idle()
            if (ended := self._working.ended.get()) is None:
                break
            step, code = ended
            self._working.finish(step, last=not self._lasting and self._is_last_of_its_package(step))
            if code:
                self.events.put(StepEvent(step.name, "failed"))
                self._stop(spared=VALIDATIONS)
                self._await_validations()
                self._stop()
                return replace(self._run, status="failed", failure=self._describe_failure(step, code))
            self._complete(step)
        if self._cancelled.is_set():
            self._stop()
            return replace(self._run, status="cancelled", failure="The run was cancelled.")
        if not self._lasting:
            self._stop()
        return replace(self._run, status="completed")

    def _await_validations(self) -> None:
        """Let the checks of data that are at work come to their end: they may say why another step has failed."""
        while len(self._working) and (ended := self._working.ended.get()) is not None:
            step, code = ended
            if step not in self._working:  # it was stopped
                continue
            self._working.finish(step, last=False)
            if code:
                self.events.put(StepEvent(step.name, "failed"))
            else:
                self._complete(step)

    def _is_last_of_its_package(self, step: Step) -> bool:
        return step.script not in {each.script for each in self._waiting}

    def _find_startable(self) -> Step | None:
        """Find the first step whose inputs are all there, if there is room for one more."""
        if len(self._working) >= self._machine.at_once:
            return None
        unfinished = [step for step in self._work.steps if step in self._waiting or step in self._working]
        # An input that no step of this run puts out came from outside, and is there already.
        missing = {name for step in unfinished for name in step.outputs.values()}
        ready = (step for step in self._waiting if not missing & {*step.inputs.values()})
        return next((step for step in ready if not self._working.busy(step)), None)

    def _begin(self, step: Step) -> None:
        self._require_folder()
        for name in step.outputs.values():  # a run may begin as a copy of an earlier one, with that one's outputs
            shutil.rmtree(self._work.places[name], ignore_errors=True)
        recipe, cache = self._complete_recipe(step), self._machine.cache
        entry = cache.find(step.name, recipe)
        if entry and self._work.reuse and cache.take(entry, self._outputs(step)):
            self._made.update(entry.outputs)
            self.events.put(StepEvent(step.name, "reused", entry.note))
        else:
            self._reasons[step.name] = self._explain(step, recipe, known=entry is not None)
            self.events.put(StepEvent(step.name, "started"))
            words = step.argv({name: str(place) for name, place in self._work.places.items()})
            self._working.start(step, words, self._log(step))

    def _complete(self, step: Step) -> None:
        # Only a step that ended well comes here: what a failed or stopped one left must never be reused.
        note = "".join(self._read_log(step)[-1:])
        self._made.update(self._machine.cache.keep(step.name, self._complete_recipe(step), self._outputs(step), note))
        self.events.put(StepEvent(step.name, "completed", note, self._reasons[step.name]))

    def _stop(self, spared: Collection[str] = ()) -> None:
        for name in self._working.stop(spared):
            self.events.put(StepEvent(name, "stopped"))

    def _complete_recipe(self, step: Step) -> Recipe:
        """Complete the recipe by the hashes of the inputs that steps of this run have put out."""
        known = self._work.recipes[step.name]
        made = {name: self._made[name] for name in step.inputs.values() if name in self._made}
        return replace(known, inputs={**known.inputs, **made})

    def _explain(self, step: Step, recipe: Recipe, known: bool) -> str:
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

    def _describe_failure(self, step: Step, code: int) -> str:
        head = f"Step {step.name} failed with exit code {code}:"
        return "\n".join([head, *self._read_log(step)[-LOG_LINES:], f"The whole log: {self._log(step)}"])

    def _read_log(self, step: Step) -> list[str]:
        return self._log(step).read_text(encoding="utf-8", errors="replace").splitlines()

    def _log(self, step: Step) -> Path:
        return self._run.folder / f"{step.name}.log"
