"""How the services refuse a request: errors in the form that Azure gives them."""

import time
from collections.abc import Callable
from typing import NoReturn

from flask import Response, abort, jsonify

# In Azure's own words, since clients look for them; the codes are those of Azure Resource Manager. As seen in
# terraform-provider-azurerm 3612, azure-sdk-for-python 4124 (of the header), AzureNotebooks 586 (of the time).
WORDS: dict[str, Callable[[float], str]] = {
    "AuthenticationFailed": lambda _: "Authentication failed. The 'Authorization' header is missing.",
    "AuthenticationFailedInvalidHeader": lambda _: (
        "Authentication failed. The 'Authorization' header is provided in an invalid format."
    ),
    "InvalidAuthenticationToken": lambda _: "The access token is invalid.",
    "ExpiredAuthenticationToken": lambda expiry: (
        f"The access token expiry UTC time '{_as_azure_writes(expiry)}' is earlier than current UTC time "
        f"'{_as_azure_writes(time.time())}'."
    ),
}


def _as_azure_writes(seconds: float) -> str:
    """Return a time in UTC such as 12/1/2026 7:05:09 AM."""
    at = time.gmtime(seconds)
    return f"{at.tm_mon}/{at.tm_mday}/{at.tm_year} {at.tm_hour % 12 or 12}:{time.strftime('%M:%S %p', at)}"


def refuse_token(code: str, expiry: float = 0) -> NoReturn:
    """End the current request with 401, in Azure's words."""
    refuse(401, code, WORDS[code](expiry))


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
