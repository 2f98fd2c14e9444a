"""Requests and what becomes of them, the same on both hosts. `RECORD` stands for a record that is right, as JSON."""

import json
from collections.abc import Mapping
from typing import Any

DEEP = 100_000
# name: body, status, start of the error
WRONG: dict[str, tuple[str | bytes, int, str]] = {
    "empty": ("", 400, "the request is not JSON: "),
    "nonsense": ("nonsense", 400, "the request is not JSON: "),
    "cut off": ('{"data": [', 400, "the request is not JSON: "),
    "more behind": ('{"data": []} {}', 400, "the request is not JSON: "),
    "not UTF-8": (b'{"data": ["\xff"]}', 400, "the request is not JSON: 'utf-8' codec can't decode byte 0xff"),
    "UTF-16": ('{"data": []}'.encode("utf-16"), 400, "the request is not JSON: 'utf-8' codec can't decode byte"),
    "deep": ("[" * DEEP, 400, "the request is not JSON: maximum recursion depth exceeded"),
    "deep in data": ('{"data": ' + "[" * DEEP, 400, "the request is not JSON: maximum recursion depth exceeded"),
    "list": ("[]", 400, 'the request must be {"data": '),
    "no data": ("{}", 400, 'the request must be {"data": '),
    "data of a number": ('{"data": 1}', 400, 'the request must be {"data": '),
    "more beside data": ('{"data": [], "more": 1}', 400, 'the request must be {"data": '),
    "no record": ('{"data": [RECORD, 1]}', 400, "data[1] must be an object with a value for each feature"),
    "no features": ('{"data": [{}]}', 400, "data[0]: courier, distance, "),
    "text for a number": ('{"data": [RECORD, {"temp": "39"}]}', 400, "data[1]: temp must be a finite number or null"),
    "truth for a number": ('{"data": [{"temp": true}]}', 400, "data[0]: temp must be a finite number or null"),
    "list for a number": ('{"data": [{"temp": [39]}]}', 400, "data[0]: temp must be a finite number or null"),
    "infinity": ('{"data": [{"temp": -Infinity}]}', 400, "data[0]: temp must be a finite number or null"),
    "beyond float32": ('{"data": [{"temp": 1e39}]}', 400, "data[0]: temp must be a finite number or null"),
    "beyond float64": ('{"data": [{"temp": 1e400}]}', 400, "data[0]: temp must be a finite number or null"),
    "huge integer": (f'{{"data": [{{"temp": 1{"0" * 400}}}]}}', 400, "data[0]: temp must be a finite number or null"),
    "endless integer": (f'{{"data": [{{"temp": 1{"0" * 5000}}}]}}', 400, "the request is not JSON: Exceeds the limit"),
    "number for text": ('{"data": [{"courier": 9}]}', 400, "data[0]: courier must be a string or null"),
    "half a character": ('{"data": [{"courier": "\\ud800"}]}', 400, "data[0]: courier must be a string or null"),
    "misspelt": ('{"data": [{"courer": "AA"}]}', 400, "data[0]: courer is unknown; the features are courier, distance"),
    "half a character as name": ('{"data": [{"\\ud800": 1}]}', 400, "data[0]: \\ud800 is unknown; the features are "),
}
# name: body, number of scores
RIGHT: dict[str, tuple[str | bytes, int]] = {
    "no records": ('{"data": []}', 0),
    "two records": ('{"data": [RECORD, RECORD]}', 2),
    "mark of byte order": ("\ufeff" + '{"data": [RECORD]}', 1),
    "null": ('{"data": [{"temp": null, "courier": null}]}', 1),
    "NaN": ('{"data": [{"temp": NaN}]}', 1),
    "largest float32": ('{"data": [{"temp": 3.4028234e38}]}', 1),
    "smaller than any float": ('{"data": [{"temp": 1e-400}]}', 1),
    "an integer beyond 64 bits": ('{"data": [{"temp": 100000000000000000000000}]}', 1),
    "a category never seen": ('{"data": [{"courier": "ZZ"}]}', 1),
    "the same key twice": ('{"data": [{"temp": "wrong", "temp": 39}]}', 1),
    "an escaped key": ('{"data": [{"te\\u006dp": 39}]}', 1),
}


def fill(body: str | bytes, record: Mapping[str, Any]) -> bytes:
    """Return the body with the rest of the record in each place of one; {} alone stays."""
    if isinstance(body, bytes):
        return body
    whole = json.dumps(record)
    for name in record:
        others = json.dumps({key: value for key, value in record.items() if key != name})[1:-1]
        body = body.replace(f'{{"{name}":', f'{{{others}, "{name}":')
    others = json.dumps({key: value for key, value in record.items() if key != "temp"})[1:-1]
    body = body.replace('{"te\\u006dp":', f'{{{others}, "te\\u006dp":')
    for unknown in ("courer", "\\ud800"):
        body = body.replace(f'{{"{unknown}":', f'{{{whole[1:-1]}, "{unknown}":')
    return body.replace("RECORD", whole).encode("utf-8", "surrogatepass")
