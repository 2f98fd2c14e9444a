"""How the services refuse a request: errors in the form that Azure gives them."""

from typing import NoReturn

from flask import Response, abort, jsonify


def refusal(status: int, code: str, message: str) -> Response:
    """Return the error in both forms that Azure's services have; the SDK cannot show one without `details`."""
    error = {"code": code, "message": message, "details": []}
    answer: Response = jsonify(error | {"error": error, "statusCode": status})
    answer.status_code = status
    return answer


def refuse(status: int, code: str, message: str) -> NoReturn:
    """End the current request with that error."""
    abort(refusal(status, code, message))


def not_found(what: str) -> NoReturn:
    """End the current request with 404."""
    refuse(404, "NotFound", f"{what} was not found.")
