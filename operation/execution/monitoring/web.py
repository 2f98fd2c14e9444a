"""Call a web service for an alert: JSON both ways, and errors that show no address, which may be a secret."""

import json
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

SECONDS = 20  # until a server must have answered
MOST_BYTES = 1_000_000  # of an answer; those that are understood are shorter
LOOPBACK = ("127.0.0.1", "::1", "localhost")
LOGIN = 203  # how Azure DevOps answers a token that it does not know: with the page to sign in


class AlertError(Exception):
    """Why an alert was not sent, in words for people."""


class _Stay(HTTPRedirectHandler):
    """Follow nothing: a token would go along to wherever the answer points."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Answer that there is nothing to follow."""


def call(
    method: str,
    address: str,
    content: Any,
    variable: str,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """Send the content as JSON, and return what the answer holds: None if it is not JSON.

    Raises:
        AlertError: nobody answers, or the answer is an error; `variable` is what people know the address by.
    """
    request = _request(method, address, content, variable, headers or {})
    try:
        with build_opener(_Stay).open(request, timeout=SECONDS) as answer:
            status, body = answer.status, answer.read(MOST_BYTES)
    except HTTPError as error:
        with error:
            raise AlertError(f"the address in {variable} answered with HTTP {error.code}.") from error
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise AlertError(f"the address in {variable} cannot be reached ({type(reason).__name__}).") from error
    except (HTTPException, ValueError) as error:
        raise AlertError(f"the address in {variable} gave no answer that is HTTP ({type(error).__name__}).") from error
    if status == LOGIN:
        raise AlertError(f"the address in {variable} wants to be signed in to: the token is not valid.")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # no JSON, or nested so deep that it exhausts the stack
        return None


def _request(method: str, address: str, content: Any, variable: str, headers: Mapping[str, str]) -> Request:
    """Make the request; raises AlertError for an address that is none, or to which secrets would go in clear."""
    try:
        parts = urlsplit(address)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        host, port = (parts.hostname or "").encode("idna"), parts.port  # ValueError: nobody can be called so
        usable = bool(host) and port != 0 and address.isascii() and address.isprintable() and " " not in address
    except ValueError:
        safe = usable = False
    if not (safe and usable):
        raise AlertError(
            f"{variable} must hold an address that begins with https:// and a host, in ASCII and without spaces."
        )
    body = json.dumps(content).encode()
    return Request(address, body, {"Content-Type": "application/json", **headers}, method=method)  # noqa: S310  above
