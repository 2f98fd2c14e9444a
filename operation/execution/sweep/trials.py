"""Run trials: several at once, none that was done before, and one that fails does not stop the others."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from time import perf_counter

from operation import console
from operation.errors import uninterrupted
from operation.execution.backends import Runs
from operation.execution.configuration.sections import Configuration
from operation.execution.outputs import check_room
from operation.execution.registration.evidence import read_evaluation, read_tested
from operation.execution.steps.scheduler import at_once
from operation.execution.sweep.ranking import Outcome, describe
from operation.execution.sweep.space import Trial
from operation.execution.training import pipeline
from operation.execution.training.follow import find_done
from operation.execution.training.lineage import collect, label_run
from operation.execution.values import SWEEP, TRIAL, Run, Step, StepEvent


def steps_of(trial: Trial) -> list[Step]:
    """Define the steps of a trial: each needs the outputs of the one before. No champion, for nothing is registered.

    It is compared on the selection part, so it never sees the test part.
    """
    return [
        pipeline.prepare(trial.configuration, hold_out="selection"),
        pipeline.train(trial.configuration),
        pipeline.evaluate(trial.configuration, champion=False),
    ]


@dataclass(frozen=True)
class Source:
    """What every trial begins with: the folder of the raw data, the hash of their content, the name of the sweep."""

    folders: Mapping[str, Path]
    data_sha256: str
    sweep: str = ""

    def tags(self, configuration: Configuration, kind: str = TRIAL) -> dict[str, str]:
        """Collect where a run comes from, and what it is part of."""
        part = {SWEEP: self.sweep} if self.sweep else {}
        return collect(configuration, self.data_sha256) | label_run(configuration, kind) | part


@dataclass(frozen=True)
class _Work:
    """A trial that has started, and the thread that waits for its end."""

    trial: Trial
    run: Run
    start: float
    thread: Thread


class Trials:
    """The trials of one sweep, or what `name` calls them otherwise, each with the steps that `define` gives it.

    Threads do nothing but wait for a run's end and put it into a queue; all else happens in the thread that `run` is
    called in. So nothing here needs a lock, and an interrupt, which Python raises in the main thread alone, finds every
    trial at work in `_working`.
    """

    def __init__(
        self,
        configuration: Configuration,
        runs: Runs,
        source: Source,
        trials: Sequence[Trial],
        define: Callable[[Trial], Sequence[Step]] = steps_of,
        name: str = TRIAL,
        kind: str = TRIAL,
        stop: Callable[[Sequence[Outcome], float], str] = lambda _outcomes, _seconds: "",
    ) -> None:
        """Touch nothing yet. `stop` says by the outcomes and the seconds so far why no more trials should begin."""
        self.stopped = ""  # why not all of them were tried, once `run` has ended
        self._stop_by = stop
        self._define, self._called, self._kind = define, name, kind
        self._configuration, self._runs, self._source, self._trials = configuration, runs, source, trials
        self._display = console.StepDisplay()
        self._working: dict[int, _Work] = {}
        self._ended: SimpleQueue[tuple[int, Run | Exception]] = SimpleQueue()

    def run(self) -> list[Outcome]:
        """Run every trial to its end, unless `stop` finds a reason; return them in the order of the ends.

        Raises:
            OperationError: the sweep cannot go on. Then, as after an interrupt, the trials at work are stopped first.
        """
        waiting, outcomes, start = deque(self._trials), list[Outcome](), perf_counter()
        try:
            while waiting or self._working:
                if waiting and len(waiting) < len(self._trials):  # the first begins in any case
                    self.stopped = self._stop_by(outcomes, perf_counter() - start)
                    if self.stopped:
                        waiting.clear()
                        continue
                if waiting and len(self._working) < at_once(self._configuration.threads):
                    outcome = self._begin(waiting.popleft())
                else:
                    outcome = self._end(*self._ended.get())
                if outcome:
                    outcomes.append(outcome)
                    self._show(outcome)
        except BaseException:  # an interrupt, too: trials at work must not outlive the sweep
            with uninterrupted():
                self._stop()
            raise
        return outcomes

    def _begin(self, trial: Trial) -> Outcome | None:
        """Start the trial, unless a run has done it before: then it has ended already."""
        self._display.start(self._name(trial))
        steps = self._define(trial)
        if same := find_done(self._runs, steps, self._source.folders):
            return Outcome(trial, "reused", same, 0.0, read_evaluation(same)["metrics"], read_tested(same))
        check_room(self._configuration.outputs)  # before each: hundreds of trials fill a disk that had room for one
        run = self._runs.submit(steps, self._source.folders, tags=self._source.tags(trial.configuration, self._kind))
        thread = Thread(target=self._wait, args=(trial, run), daemon=True)
        self._working[trial.number] = _Work(trial, run, perf_counter(), thread)
        thread.start()
        return None

    def _wait(self, trial: Trial, run: Run) -> None:
        try:
            self._ended.put((trial.number, self._runs.wait(run, _ignore)))
        except Exception as error:  # noqa: BLE001  whoever waits must hear of it, or would wait for ever
            self._ended.put((trial.number, error))

    def _end(self, number: int, ended: Run | Exception) -> Outcome:
        if isinstance(ended, Exception):
            raise ended
        work = self._working.pop(number)
        seconds = perf_counter() - work.start
        if ended.status != "completed":
            return Outcome(work.trial, "failed", ended, seconds)
        return Outcome(work.trial, "done", ended, seconds, read_evaluation(ended)["metrics"], read_tested(ended))

    def _show(self, outcome: Outcome) -> None:
        metric = self._configuration.gate.metric
        found = f"{metric} {outcome.metrics[metric]:.4f}" if outcome.metrics else outcome.reason
        note = f"{found}  ({describe(outcome.trial.values)})"
        self._display.end(self._name(outcome.trial), outcome.result, note)

    def _stop(self) -> None:
        self._display.stop()
        # First all are cancelled, then all are waited for: their processes end side by side.
        for work in self._working.values():
            self._runs.cancel(work.run)
        for work in self._working.values():
            work.thread.join()

    def _name(self, trial: Trial) -> str:
        return f"{self._called} {trial.number}/{len(self._trials)}"


def _ignore(_event: StepEvent) -> None:
    """Show nothing: a trial is shown as a whole, not step by step."""
