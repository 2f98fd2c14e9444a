"""The steps of one run at work: some here, the core scripts as one job in the workspace, watched by a thread."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from queue import SimpleQueue
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING, Literal, cast

from operation.execution.backends.azureml import job_definition, shared_records
from operation.execution.backends.azureml.job_log import JobLog
from operation.execution.backends.azureml.jobs import ENDED, Jobs, Look
from operation.execution.backends.azureml.run_record import Record, Work
from operation.execution.steps.processes import Processes
from operation.execution.steps.recipe import hash_folder, recipe_of
from operation.execution.steps.scheduler import Execution as LocalExecution
from operation.execution.steps.scheduler import Machine
from operation.execution.steps.scheduler import Work as LocalWork
from operation.execution.values import Run, RunStatus, Step, StepEvent

if TYPE_CHECKING:
    from azureml.core import Run as AzureRun

# Seconds between two looks at a job. Short ones after each step that begins or ends, for the next may be a short one;
# then longer and longer, because a training of hours needs no look twice a second, and the service counts requests.
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.5, 3.0, 1.2
JOB = "job"  # the name on the display until the first of its steps begins
WITHOUT_A_STEP: dict[str, Literal["completed", "failed", "stopped"]]
WITHOUT_A_STEP = {"Completed": "completed", "Failed": "failed", "Canceled": "stopped"}
CANCELLED = "The run was cancelled."


class RunExecution:
    """Work on a run until its last step or the first that fails. A second execution of the same run takes it up.

    `events` reports what happens, and last the ended run, which `keep` was called with before.

    Two threads meet here. The one that `_watch` runs in does everything; whoever called `cancel` or `detach` only sets
    a flag, and then `_woken`, so that the watching thread sees the flag at once and not at its next look at the job.
    """

    def __init__(
        self, run: Run, work: Work, machine: Machine, jobs: Jobs, keep: Callable[[Run], None], taken_up: bool
    ) -> None:
        """Start at once. With `taken_up`, the run may have been sent by another process."""
        self.events: SimpleQueue[StepEvent | Run | Exception] = SimpleQueue()
        self._run, self._work, self._machine, self._jobs, self._keep = run, work, machine, jobs, keep
        self._cancelled, self._detached, self._sent, self._woken = Event(), Event(), Event(), Event()
        self._taken_up, self._begun = taken_up, False
        self._processes = Processes(machine.root, machine.threads)  # one for what runs before and after the job
        self._job: AzureRun | None = None
        self._asked = 0.0  # when the job was asked for, of perf_counter
        self._local: LocalExecution | None = None
        # A daemon, so that a command that ends for another reason does not hang on a job of hours.
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Stop what is at work, and wait until all is over."""
        self._cancelled.set()
        self._woken.set()
        if self._local:
            self._local.cancel()
        self._thread.join()

    def can_detach(self) -> bool:
        """Say whether the job is sent; from then on it needs this process no more."""
        return self._sent.is_set()

    def detach(self) -> None:
        """End as soon as the job is sent, and leave it to itself: the run that `events` ends with is still running."""
        self._detached.set()
        self._woken.set()

    def _watch(self) -> None:
        try:
            ended = self._run_to_the_end()
            self._keep(ended)
        except Exception as error:  # noqa: BLE001  whatever it is: who waits must hear of it, or waits for ever
            self.events.put(error)
            return
        finally:
            self._processes.stop()
        self.events.put(ended)

    def _run_to_the_end(self) -> Run:
        parts = job_definition.split(self._work.steps)
        # Whoever sent the job had finished the steps before it: they are not done again.
        sent = self._taken_up and self._jobs.find(self._run.id) is not None
        ended = replace(self._run, status="completed") if sent else self._run_here(parts.before)
        if ended.status == "completed" and parts.sent:
            ended = self._run_there(parts.sent)
        if ended.status == "completed":
            ended = self._run_here(parts.after)
        if self._job and ended.status != "running":
            shared_records.share(self._jobs.connection, self._job, Record(ended, self._work))
        return ended

    def _run_here(self, steps: Sequence[Step]) -> Run:
        if self._cancelled.is_set():
            return replace(self._run, status="cancelled", failure=CANCELLED)
        if not steps:
            return replace(self._run, status="completed")
        places = self._work.places
        hashes = {name: hash_folder(places[name]) for name in job_definition.find_inputs(steps)}
        recipes = {step.name: recipe_of(step, hashes, self._machine.root) for step in steps}
        work = LocalWork(steps, recipes, places, self._work.reuse)
        self._local = local = LocalExecution(self._run, work, self._machine, _forget, lambda: None, self._processes)
        # `cancel` may have run between the look above and the line before, when it found no local execution to stop.
        if self._cancelled.is_set():
            local.cancel()
        while isinstance(event := local.events.get(), StepEvent):
            self.events.put(event)
        if isinstance(event, Exception):
            raise event
        return event

    def _run_there(self, steps: Sequence[Step]) -> Run:
        self._report([StepEvent(JOB, "started")])
        self._asked = perf_counter()
        self._job = job = self._jobs.send(self._run, steps, self._work.places, self._work.tags)
        # Shared before anybody may leave the run: another clone can follow only what it finds a record of.
        if not (self._taken_up and shared_records.find(self._jobs.connection, job)):
            shared_records.share(self._jobs.connection, job, Record(self._run, self._work))
        self._sent.set()
        log = JobLog(job_definition.mark_of(self._run.id))
        look = self._follow(job, log)
        if look is None:
            return self._run
        news = log.read(look.log, ended=True)
        self._report([*self._report_job(look, news), *news, *log.stop()])
        self._write_logs(log, steps)
        if look.status == "Completed":
            self._jobs.fetch(job, steps, self._run.folder)
        return self._ended(look, log)

    def _follow(self, job: "AzureRun", log: JobLog) -> Look | None:
        """Look at the job again and again until it has ended; None if it was left to itself before."""
        pause = FIRST_PAUSE
        while (look := self._jobs.look(job, self._run.folder)).status not in ENDED:
            news = log.read(look.log)
            self._report([*self._report_job(look, news), *news])
            turned = any(event.state != "working" for event in news)
            pause = FIRST_PAUSE if turned else min(pause * GROWTH, LONGEST_PAUSE)
            if pause == LONGEST_PAUSE:  # the job takes long: what validates here is not kept in memory for it
                self._processes.rest()
            if self._woken.wait(pause):
                self._woken.clear()
                if self._cancelled.is_set():  # goes on looking: the job is at work until the service says otherwise
                    self._jobs.cancel(job)
                elif self._detached.is_set():
                    return None
        return look

    def _report_job(self, look: Look, news: Sequence[StepEvent]) -> list[StepEvent]:
        """Report the job itself until its first step begins: there may be no node yet, or no image."""
        if self._begun:
            return []
        self._begun = bool(news) or look.status in ENDED
        if not self._begun:
            return [StepEvent(JOB, "working", look.status)]
        state = "completed" if news else WITHOUT_A_STEP[look.status]
        # Steps that have ended since the last look have waited for nothing: the job's own line is the way to the first.
        waited = perf_counter() - self._asked - sum(event.seconds or 0.0 for event in news)
        note = f"run {self._run.id}, {look.page}" if look.page else f"run {self._run.id}"
        return [StepEvent(JOB, state, note, seconds=max(waited, 0.0))]

    def _ended(self, look: Look, log: JobLog) -> Run:
        status = cast(RunStatus, ENDED[look.status])
        texts = {"cancelled": CANCELLED, "failed": log.failure(look.error, self._run.folder, look.page)}
        return replace(self._run, status=status, failure=texts.get(status, ""))

    def _write_logs(self, log: JobLog, steps: Sequence[Step]) -> None:
        for step in steps:
            if step.name in log.lines:
                text = "".join(f"{line}\n" for line in log.lines[step.name])
                (self._run.folder / f"{step.name}.log").write_text(text, encoding="utf-8")

    def _report(self, events: Sequence[StepEvent]) -> None:
        for event in events:
            self.events.put(event)


def _forget(ended: Run) -> None:
    """Keep nothing: this is the end of a part of the run, not of the run."""
    del ended
