"""Decode a scoring request: fast what is right, and in words what is wrong.

msgspec decodes a request into the types that the model's features have. Whatever it refuses goes through a second,
slower check, which either names the record and the feature or accepts what msgspec does not know, such as NaN. So both
hosts accept and refuse the same requests, and these are the decisions:

* A number may be NaN, which means unknown as null does. Infinity and numbers beyond float32, 1e39 say, are refused.
* Of a key that stands twice in an object, the last value counts, as in Python and JavaScript.
* No records are a request like others: the answer is empty.
* The text must be UTF-8; a byte order mark before it is passed over. Half of a surrogate pair is refused.
* An empty body, text that is not JSON, and nesting too deep for it are refused as not JSON.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Annotated, Any, NoReturn

import msgspec
import numpy as np

from learning.errors import InputError
from learning.features import UNKNOWN_CATEGORY, Feature, Matrix

LARGEST_NUMBER = float(np.finfo(np.float32).max)  # the model's input is float32
WANTED = {"number": "a finite number", "text": "a string", "boolean": "true, false"}
FEW = 5  # wrong names that a message lists
LONGEST_NAME = 60  # characters of one that a message repeats
PACKED = 8  # records from which on packing a column is faster than NumPy's conversion
NAN, FLOAT32 = float("nan"), np.dtype(np.float32)
_Number = Annotated[float, msgspec.Meta(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
TYPES: dict[str, Any] = {"number": _Number | None, "boolean": str | bool | None, "text": str | None}
NUMBERED: Any = str | int | float | None  # a category that was a number in training


class RequestError(InputError):
    """A request that is refused; `status` is the one of HTTP that says so."""

    def __init__(self, message: str, status: int = 400) -> None:
        """Keep the status with the message."""
        super().__init__(message)
        self.status = status


@dataclass(slots=True)  # not frozen, which takes three times as long to make
class Request:
    """The values of a request: `sent` as they came, `encoded` as the model reads them.

    `sent` has a column for each feature in order, and `encoded` is float32 (rows, features). Of a single record, as
    most requests have, both are the values, one for each feature.
    """

    sent: Sequence[Any]
    encoded: Any
    is_single: bool = False

    @property
    def columns(self) -> Sequence[Sequence[Any]]:
        """Return the values as they came, a column for each feature."""
        return [(value,) for value in self.sent] if self.is_single else self.sent

    @property
    def rows(self) -> int:
        """Return the number of records."""
        return 1 if self.is_single else len(self.encoded)

    @property
    def matrix(self) -> Matrix:
        """Return the model's input, float32 (rows, features)."""
        return np.array([self.encoded], dtype=FLOAT32) if self.is_single else np.asarray(self.encoded)


class RequestDecoder:
    """Decodes requests for a model with these features; made once, because making it takes a millisecond."""

    def __init__(self, features: tuple[Feature, ...], most_rows: int) -> None:
        """Refuse requests of more than `most_rows` records with 413."""
        self._features, self._most_rows = features, most_rows
        categories = [(place, each) for place, each in enumerate(features) if each.kind == "category"]
        self._texts = [(place, each.codes.get) for place, each in categories if each.values == "text"]
        self._others = [(place, each) for place, each in categories if each.values != "text"]
        self._numbered = [place for place, each in self._others if each.values == "number"]
        self._decode = _fast_decoder(features)

    def decode(self, raw: bytes) -> Request:
        """Return the values of a request; raises RequestError that names the record, the feature and the valid ones."""
        try:
            rows = self._decode(raw).data
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return self._explain(raw)
        self._check_rows(len(rows))
        if len(rows) == 1:
            values = msgspec.structs.astuple(rows[0])
            request = Request(values, self._encode_one(values), is_single=True)
        else:
            columns = list(zip(*map(msgspec.structs.astuple, rows), strict=True)) or [()] * len(self._features)
            request = Request(columns, self.encode(columns))
        if self._numbered and any(_beyond(request.columns[place]) for place in self._numbered):
            return self._explain(raw)
        return request

    def _check_rows(self, rows: int) -> None:
        if rows > self._most_rows:
            raise RequestError(f"data has {rows} records, and a request may have {self._most_rows}: send several", 413)

    def _explain(self, raw: bytes) -> Request:
        records = checked_records(raw, self._features)
        self._check_rows(len(records))
        columns = [[_as_sent(record[feature.name], feature) for record in records] for feature in self._features]
        return Request(columns, self.encode(columns))

    def encode(self, columns: Sequence[Sequence[Any]]) -> Matrix:
        """Make the model's input; several times as fast as `features.encode`, which checks what is checked here."""
        encoded, rows = [*columns], len(columns[0])
        for place, code_of in self._texts:
            encoded[place] = list(map(code_of, columns[place], repeat(UNKNOWN_CATEGORY)))
        for place, feature in self._others:
            encoded[place] = list(feature.encode(list(columns[place])))
        if rows < PACKED:
            return np.ascontiguousarray(np.array(encoded, dtype=np.float32).T)
        return _packed(encoded, rows)

    def _encode_one(self, values: Sequence[Any]) -> list[float | None]:
        """Make the input of a single record."""
        row = [*values]
        for place, code_of in self._texts:
            row[place] = code_of(row[place], UNKNOWN_CATEGORY)
        for place, feature in self._others:
            (row[place],) = feature.encode([row[place]])
        return row


def _packed(columns: Sequence[Sequence[float | None]], rows: int) -> Matrix:
    """Return the columns side by side, None as NaN; twice as fast as NumPy, and many times where there is a None."""
    pack, packed = struct.Struct(f"{rows}f").pack, list[bytes]()
    for column in columns:
        try:
            packed.append(pack(*column))
        except struct.error:
            packed.append(pack(*[NAN if value is None else value for value in column]))
    return np.ascontiguousarray(np.frombuffer(b"".join(packed), dtype=FLOAT32).reshape(len(columns), rows).T)


def _fast_decoder(features: tuple[Feature, ...]) -> Any:
    """Return a function from bytes to an object whose `data` is a list of records with the features in their order."""
    names = {f"f{number}": feature.name for number, feature in enumerate(features)}
    fields = [(field, _type(feature)) for field, feature in zip(names, features, strict=True)]
    try:
        record: Any = msgspec.defstruct("Record", fields, rename=names, forbid_unknown_fields=True, gc=False)
    except ValueError:  # a name with a quote or a backslash: the slow check knows no such limit
        return _refuse
    whole = msgspec.defstruct("Request", [("data", list[record])], forbid_unknown_fields=True, gc=False)
    return msgspec.json.Decoder(whole).decode


def _refuse(raw: bytes) -> NoReturn:
    raise ValueError(f"only the slow check can decode these {len(raw)} bytes")


def _type(feature: Feature) -> Any:
    if feature.kind == "category" and feature.values == "number":
        return NUMBERED
    return TYPES[_wanted(feature)]


def _beyond(column: Sequence[Any]) -> bool:
    return any(not isinstance(value, str | None) and abs(value) > LARGEST_NUMBER for value in column)


def _as_sent(value: Any, feature: Feature) -> Any:
    """Return the value itself, a number as the float that msgspec makes of it."""
    return float(value) if feature.kind == "number" and value is not None else value


def checked_records(raw: bytes, features: tuple[Feature, ...]) -> list[dict[str, Any]]:
    """Return the records of a request; raises RequestError that names the record, the feature and the valid ones."""
    try:
        request = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RequestError(f"the request is not JSON: {error}") from error
    if not isinstance(request, dict) or request.keys() != {"data"} or not isinstance(request["data"], list):
        raise RequestError('the request must be {"data": [{feature: value, ...}, ...]}')
    names = {feature.name for feature in features}
    for number, record in enumerate(request["data"]):
        _check_record(number, record, features, names)
    records: list[dict[str, Any]] = request["data"]
    return records


def _check_record(number: int, record: Any, features: tuple[Feature, ...], names: set[str]) -> None:
    """Raise RequestError unless the record holds exactly the features, each with a value of its kind."""
    if not isinstance(record, dict):
        raise RequestError(f"data[{number}] must be an object with a value for each feature")
    if record.keys() != names:
        missing, unknown = sorted(names - record.keys()), sorted(record.keys() - names)
        wrong = [f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"] if missing else []
        wrong += [f"{_printable(name)} is unknown" for name in unknown[:FEW]]
        wrong += [f"{len(unknown) - FEW} more are unknown"] if len(unknown) > FEW else []
        raise RequestError(f"data[{number}]: {', '.join(wrong)}; the features are {', '.join(sorted(names))}")
    for feature in features:
        if not _fits(record[feature.name], feature):
            raise RequestError(f"data[{number}]: {feature.name} must be {WANTED[_wanted(feature)]} or null")


def _wanted(feature: Feature) -> str:
    """Return the key of WANTED for the values of a feature."""
    return feature.kind if feature.kind == "number" else feature.values


def _fits(value: Any, feature: Feature) -> bool:
    """Say whether the value is of the feature's kind. True is not a number, and NaN is allowed: it means unknown.

    A category may always be given as text; one that was a number or a boolean in training as that, too.
    """
    if value is None:
        return True
    if isinstance(value, str):
        return feature.kind == "category" and _is_whole(value)
    if _wanted(feature) == "boolean":
        return isinstance(value, bool)
    return _wanted(feature) == "number" and type(value) in (int, float) and not abs(value) > LARGEST_NUMBER


def _is_whole(text: str) -> bool:
    """Say whether the text can be written as UTF-8, which half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _printable(text: str) -> str:
    """Return the text as a message may repeat it, however long or odd it is."""
    short = text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}..."
    return short.encode("utf-8", "backslashreplace").decode()
