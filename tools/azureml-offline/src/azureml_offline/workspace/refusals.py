"""How the services say no."""

from typing import NoReturn

from flask import Response, abort, jsonify


def refusal(status: int, code: str, message: str) -> Response:
    """The answer, in the two forms that Azure's services have for it; the SDK cannot show one without `details`."""
    error = {"code": code, "message": message, "details": []}
    answer: Response = jsonify(error | {"error": error, "statusCode": status})
    answer.status_code = status
    return answer


def refuse(status: int, code: str, message: str) -> NoReturn:
    """End the request with that answer."""
    abort(refusal(status, code, message))


def not_found(what: str) -> NoReturn:
    """End the request: there is no such thing."""
    refuse(404, "NotFound", f"{what} was not found.")
