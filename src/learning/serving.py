"""Answer scoring requests: the part that both hosts share, the official server (score.py) and the fast one (serve.py).

A request is `{"data": [{"feature": 1400, "another": "red", ...}, ...]}`, each record with exactly the model's features;
null means unknown. The answer has an entry for each record, and says which version of the model made it:

* binary: `{"probabilities": [0.21, ...], "model_version": "3", "request_id": "4f5c..."}`, of the event;
* multiclass: `{"predictions": ["red", ...], "probabilities": [{"blue": 0.1, "red": 0.9}, ...], ...}`;
* regression: `{"predictions": [312.5, ...], ...}`;

or is `{"error": "...", "request_id": "..."}` for a request that is wrong in any record.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import getrandbits
from time import perf_counter
from typing import Any

from learning.decoding import Request, RequestDecoder, RequestError
from learning.errors import InputError
from learning.request_log import RequestLog
from learning.scoring import Scorer, Scores
from learning.tasks import MULTICLASS, REGRESSION

MOST_BYTES = 1_000_000
MOST_ROWS = 10_000
SCORED = 200
PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass
class Service:
    """A model that answers requests; `most_bytes` and `most_rows` are what one of them may have.

    `logged` names the features that the log holds beside the scores; a name that the model has not raises InputError.
    """

    scorer: Scorer
    version: str
    most_bytes: int = MOST_BYTES
    most_rows: int = MOST_ROWS
    log: RequestLog | None = None
    logged: Sequence[str] = ()
    decoder: RequestDecoder = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the decoder, and look up what is logged."""
        columns = self.scorer.columns
        if unknown := [name for name in self.logged if name not in columns]:
            raise InputError(
                f"the request log must hold features of the model, not {unknown[0]}; they are {', '.join(columns)}"
            )
        self.decoder = RequestDecoder(self.scorer.features, self.most_rows)
        self._logged = [(name, columns.index(name)) for name in self.logged]

    def warm_up(self) -> None:
        """Score once, so that the first request of a client takes no longer than the others."""
        unknown = [None] * len(self.scorer.features)
        self.scorer.score_one(unknown)
        self.scorer.score(self.decoder.encode([[value] for value in unknown]))

    def answer(self, raw: bytes, request_id: str, started: float | None = None) -> tuple[int, dict[str, Any]]:
        """Return status and answer; `started` is when `perf_counter` saw the request come, by default now."""
        started = perf_counter() if started is None else started
        try:
            request, answer = self.score(raw)
        except RequestError as error:
            return self.refuse(error, request_id, started)
        return self.report(request, answer, request_id, started)

    def score(self, raw: bytes) -> tuple[Request, dict[str, Any]]:
        """Return the request and what its answer says of the records, and log nothing; raises RequestError."""
        if len(raw) > self.most_bytes:
            raise self.too_large()
        request = self.decoder.decode(raw)
        score = self.scorer.score_one if request.is_single else self.scorer.score
        return request, scored(self.scorer, score(request.encoded))

    def report(
        self, request: Request, answer: dict[str, Any], request_id: str, started: float
    ) -> tuple[int, dict[str, Any]]:
        """Return status and answer of a request that `score` has scored, and log it."""
        if self.log:
            columns = request.columns
            features = {name: columns[place] for name, place in self._logged}
            entry = self._entry(request_id, started, SCORED, request.rows)
            self.log.add(entry | {"features": features} | answer)
        answer["model_version"], answer["request_id"] = self.version, request_id
        return SCORED, answer

    def refuse(self, error: RequestError, request_id: str, started: float) -> tuple[int, dict[str, Any]]:
        """Return status and answer of a request that is not scored, and log it."""
        if self.log:
            self.log.add(self._entry(request_id, started, error.status, 0))
        return error.status, {"error": str(error), "request_id": request_id}

    def too_large(self) -> RequestError:
        """Make the error for a body that has too many bytes."""
        return RequestError(f"the request has more than {self.most_bytes} bytes: send several", 413)

    def _entry(self, request_id: str, started: float, status: int, rows: int) -> dict[str, Any]:
        milliseconds = round((perf_counter() - started) * 1000, 3)
        return {"id": request_id, "version": self.version, "ms": milliseconds, "status": status, "rows": rows}


def load(
    folder: Path, version: str, most_bytes: int, most_rows: int, log: RequestLog | None, logged: Sequence[str]
) -> Service:
    """Load the model and answer a first request; raises InputError for a model that cannot be used."""
    service = Service(Scorer.load(folder), version, most_bytes, most_rows, log, logged)
    service.warm_up()
    return service


def scored(scorer: Scorer, scores: Scores) -> dict[str, Any]:
    """Return what an answer says of the scores of the records."""
    if scorer.task == REGRESSION:
        return {"predictions": scores.tolist()}
    if scorer.task != MULTICLASS:
        return {"probabilities": scores.tolist()}
    if not len(scores):
        return {"predictions": [], "probabilities": []}
    likeliest = [scorer.classes[number] for number in scores.argmax(axis=1)]
    return {
        "predictions": likeliest,
        "probabilities": [dict(zip(scorer.classes, row, strict=True)) for row in scores.tolist()],
    }


def choose_id(*given: str | None) -> str:
    """Return the first plain id that the request was given, or else a new one."""
    for each in given:
        if each and PLAIN_ID.fullmatch(each):
            return each
    return f"{getrandbits(128):032x}"  # it names a request and opens nothing: the kernel need not be asked
