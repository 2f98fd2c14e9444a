"""Numbers about requests, in the text format of Prometheus."""

from bisect import bisect_left
from collections import Counter

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
QUOTED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})  # in the value of a label


class RequestMetrics:
    """Counts scoring requests by status, and their time in a histogram."""

    def __init__(self, version: str) -> None:
        """Begin at zero; `version` is the model's."""
        self._version = version.translate(QUOTED)
        self._statuses: Counter[int] = Counter()
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0

    def add(self, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._statuses[status] += 1
        self._buckets[bisect_left(BUCKETS, seconds)] += 1
        self._seconds += seconds

    def text(self, waiting: int, lost: int) -> str:
        """Return everything; `waiting` requests are under way, and `lost` lines of the request log were not written."""
        return "".join(
            [
                _head("serving_model_info", "gauge", "The version of the model that answers."),
                f'serving_model_info{{version="{self._version}"}} 1\n',
                _head("serving_requests_total", "counter", "Scoring requests by the status of their answer."),
                *(f'serving_requests_total{{status="{each}"}} {n}\n' for each, n in sorted(self._statuses.items())),
                _head("serving_request_seconds", "histogram", "Time from a request to its answer."),
                self._histogram("serving_request_seconds"),
                _head("serving_requests_waiting", "gauge", "Scoring requests that are under way."),
                f"serving_requests_waiting {waiting}\n",
                _head("serving_request_log_lost_total", "counter", "Lines of the request log that were not written."),
                f"serving_request_log_lost_total {lost}\n",
            ]
        )

    def _histogram(self, name: str) -> str:
        lines, total = [], 0
        for bound, count in zip([*map(str, BUCKETS), "+Inf"], self._buckets, strict=True):
            total += count
            lines.append(f'{name}_bucket{{le="{bound}"}} {total}\n')
        return "".join([*lines, f"{name}_sum {self._seconds:.6f}\n", f"{name}_count {total}\n"])


def _head(name: str, kind: str, words: str) -> str:
    return f"# HELP {name} {words}\n# TYPE {name} {kind}\n"
