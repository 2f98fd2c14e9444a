"""The steps of one run at work: some here, the core scripts as one job in the workspace, watched by a thread."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, Literal, cast

from operation.execution.backends.azureml import shared, translate
from operation.execution.backends.azureml.progress import Progress
from operation.execution.backends.azureml.record import Record, Work
from operation.execution.backends.azureml.remote import ENDED, Look, Remote
from operation.execution.steps.processes import Processes
from operation.execution.steps.recipe import hash_folder, recipe_of
from operation.execution.steps.scheduler import Execution as LocalExecution
from operation.execution.steps.scheduler import Machine
from operation.execution.steps.scheduler import Work as LocalWork
from operation.execution.values import Run, RunStatus, Step, StepEvent

if TYPE_CHECKING:
    from azureml.core import Run as AzureRun

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.5, 3.0, 1.2  # seconds between two looks at a job
JOB = "job"  # what is shown until the first of its steps begins
WITHOUT_A_STEP: dict[str, Literal["completed", "failed", "stopped"]]
WITHOUT_A_STEP = {"Completed": "completed", "Failed": "failed", "Canceled": "stopped"}
CANCELLED = "The run was cancelled."


class Execution:
    """Ends after the last step or with the first that fails. A second one of the same run takes up where it is.

    `events` tells what happens, and last the ended run, which `keep` was called with before.
    """

    def __init__(
        self, run: Run, work: Work, machine: Machine, remote: Remote, keep: Callable[[Run], None], taken_up: bool
    ) -> None:
        """Start at once. With `taken_up`, the run may have been sent by another process."""
        self.events: SimpleQueue[StepEvent | Run | Exception] = SimpleQueue()
        self._run, self._work, self._machine, self._remote, self._keep = run, work, machine, remote, keep
        self._cancelled, self._detached, self._sent, self._told = Event(), Event(), Event(), Event()
        self._taken_up, self._begun = taken_up, False
        self._processes = Processes(machine.root, machine.threads)  # one for what runs before and after the job
        self._job: AzureRun | None = None
        self._local: LocalExecution | None = None
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Stop what is at work, and wait until all is over."""
        self._cancelled.set()
        self._told.set()
        if self._local:
            self._local.cancel()
        self._thread.join()

    def detach(self) -> None:
        """End as soon as the job is sent, and leave it to itself: the ended run is running then."""
        self._detached.set()
        self._told.set()

    def can_detach(self) -> bool:
        """Whether the job is sent."""
        return self._sent.is_set()

    def _watch(self) -> None:
        try:
            ended = self._to_the_end()
            self._keep(ended)
        except Exception as error:  # noqa: BLE001  whatever it is: who waits must hear of it, or waits for ever
            self.events.put(error)
            return
        finally:
            self._processes.stop()
        self.events.put(ended)

    def _to_the_end(self) -> Run:
        parts = translate.split(self._work.steps)
        sent = self._taken_up and self._remote.find(self._run.id) is not None  # then what is before it has been done
        ended = replace(self._run, status="completed") if sent else self._here(parts.before)
        if ended.status == "completed" and parts.sent:
            ended = self._there(parts.sent)
        if ended.status == "completed":
            ended = self._here(parts.after)
        if self._job and ended.status != "running":
            shared.share(self._remote.connection, self._job, Record(ended, self._work))
        return ended

    def _here(self, steps: Sequence[Step]) -> Run:
        if self._cancelled.is_set():
            return replace(self._run, status="cancelled", failure=CANCELLED)
        if not steps:
            return replace(self._run, status="completed")
        places = self._work.places
        hashes = {name: hash_folder(places[name]) for name in translate.inputs(steps)}
        recipes = {step.name: recipe_of(step, hashes, self._machine.root) for step in steps}
        work = LocalWork(steps, recipes, places, self._work.reuse)
        self._local = local = LocalExecution(self._run, work, self._machine, _forget, lambda: None, self._processes)
        if self._cancelled.is_set():  # since the look above
            local.cancel()
        while isinstance(event := local.events.get(), StepEvent):
            self.events.put(event)
        if isinstance(event, Exception):
            raise event
        return event

    def _there(self, steps: Sequence[Step]) -> Run:
        self._tell([StepEvent(JOB, "started")])
        self._job = job = self._remote.send(self._run, steps, self._work.places, self._work.tags)
        if not (self._taken_up and shared.find(self._remote.connection, job)):
            shared.share(self._remote.connection, job, Record(self._run, self._work))
        self._sent.set()
        progress = Progress(translate.mark_of(self._run.id))
        pause = FIRST_PAUSE
        while (look := self._remote.look(job, self._run.folder)).status not in ENDED:
            news = progress.read(look.log)
            self._tell([*self._of_the_job(look, news), *news])
            turned = any(event.state != "working" for event in news)  # then the next step may be a short one
            pause = FIRST_PAUSE if turned else min(pause * GROWTH, LONGEST_PAUSE)
            if pause == LONGEST_PAUSE:  # the job takes long: what validates here is not kept in memory for it
                self._processes.rest()
            if self._told.wait(pause):
                self._told.clear()
                if self._cancelled.is_set():
                    self._remote.cancel(job)
                elif self._detached.is_set():
                    return self._run
        news = progress.read(look.log, ended=True)
        self._tell([*self._of_the_job(look, news), *news, *progress.stop()])
        self._write_logs(progress, steps)
        if look.status == "Completed":
            self._remote.fetch(job, steps, self._run.folder)
        return self._ended(look, progress)

    def _of_the_job(self, look: Look, news: Sequence[StepEvent]) -> list[StepEvent]:
        """What to tell of the job itself until its first step begins: there may be no node yet, or no image."""
        if self._begun:
            return []
        self._begun = bool(news) or look.status in ENDED
        if not self._begun:
            return [StepEvent(JOB, "working", look.status)]
        state = "completed" if news else WITHOUT_A_STEP[look.status]
        return [StepEvent(JOB, state, f"run {self._run.id}, {look.page}")]

    def _ended(self, look: Look, progress: Progress) -> Run:
        status = cast(RunStatus, ENDED[look.status])
        texts = {"cancelled": CANCELLED, "failed": progress.failure(look.error, self._run.folder, look.page)}
        return replace(self._run, status=status, failure=texts.get(status, ""))

    def _write_logs(self, progress: Progress, steps: Sequence[Step]) -> None:
        for step in steps:
            if step.name in progress.lines:
                text = "".join(f"{line}\n" for line in progress.lines[step.name])
                (self._run.folder / f"{step.name}.log").write_text(text, encoding="utf-8")

    def _tell(self, events: Sequence[StepEvent]) -> None:
        for event in events:
            self.events.put(event)


def _forget(ended: Run) -> None:
    """The end of a part of a run is not kept."""
    del ended
