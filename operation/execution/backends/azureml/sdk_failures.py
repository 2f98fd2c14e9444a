"""Tell failures of the SDK apart: what may pass is tried again, what stays becomes one line that says what to do.

Its exceptions have no common base and no common place for the status of the answer, and printing some of them fails.
"""

import re
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from operation.errors import OperationError

T = TypeVar("T")

TRANSIENT = {408, 429, 500, 502, 503, 504}
DROPPED = {  # names of exceptions that several packages have, each its own
    "ClientRequestError",
    "ConnectionError",
    "MaxRetryError",
    "ProtocolError",
    "ReadTimeout",
    "ServiceRequestError",
    "ServiceResponseError",
    "Timeout",
}
PASSING = {  # where no status says so
    "BlobAlreadyExists": "the SDK sent an upload again, for its answer got lost; the next attempt takes another place",
    "ExpiredAuthenticationToken": "it ran out on the way; the next attempt takes another",
    "access token expiry UTC time": "the same, in the words of Azure Resource Manager",
    "AADSTS90033": "the sign-in is not available",
    "AADSTS90055": "the sign-in has too many requests of the directory",
}
PAUSES = (1.0, 3.0, 9.0)  # seconds before the second attempt and those after it; the SDK has tried a few times before
OF_THE_SDK = ("azureml", "azure", "msal", "msrest", "requests", "urllib3", "http")
STATUS = re.compile(r"(?:Response Code|Status ?Code|HTTP Error|Code)\W{1,3}(\d{3})\b", re.IGNORECASE)
SIGNATURE = re.compile(r"((?:sig|code|key|token|secret|password)=)[^&\s'\")]+", re.IGNORECASE)
LONGEST = 300  # characters of the service's own words
REMEDIES = {
    "AADSTS7000215": "The client secret is wrong: set AZURE_CLIENT_SECRET to its value, not to its id.",
    "AADSTS7000222": "The client secret has expired: make a new one and set AZURE_CLIENT_SECRET.",
    "AADSTS700016": "The directory does not know the application: check AZURE_CLIENT_ID and AZURE_TENANT_ID.",
    "AADSTS90002": "There is no such directory: check AZURE_TENANT_ID.",
    "az login": "The Azure CLI is not logged in, or no longer: az login",
    "wrong issuer": "The login is for another directory than the subscription's: set AZURE_TENANT_ID to that one.",
    "have access to": "The login does not see the subscription: check subscription_id, its directory (AZURE_TENANT_ID) "
    "and the role of the identity.",
    "AuthorizationPermissionMismatch": "The datastore has no key, so who signed in needs the role Storage Blob Data "
    "Contributor on its storage account. A new role holds after some minutes.",
    "AuthorizationFailure": "The storage account does not let this machine in: see its networking page.",
    "quota": "The subscription's quota is used up: ask for more in the portal, or take another size or fewer nodes.",
}
BY_STATUS = {
    401: "Azure did not accept the login: sign in again (az login), or renew the service principal's secret.",
    403: "The identity may not do this: give it the role AzureML Data Scientist on the workspace (and, to create "
    "compute, AzureML Compute Operator), or check the scope of the service connection.",
    404: "It is not there (any more): check the names of the environment in configuration/environments.",
}


def call(doing: str, do: Callable[[], T], pauses: tuple[float, ...] = PAUSES) -> T:
    """Call `do`, and again after each pause for as long as what it raises may pass; so it must be repeatable.

    Raises:
        OperationError: it did not pass, or cannot; `doing` says what was tried: "register the model".
        Exception: what does not come from the SDK, as it was.
    """
    for pause in (*pauses, None):  # None is the last attempt, after which nobody pauses
        try:
            return do()
        except Exception as error:  # theirs have no common base; the rest is raised again
            if not comes_from_the_sdk(error):
                raise
            # A lasting failure is said at once: nobody should wait half a minute for "wrong name".
            if pause is None or not is_transient(error):
                raise explain(doing, error, attempts=len(pauses) + 1) from error
            time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


def explain(doing: str, error: BaseException, attempts: int = 1) -> OperationError:
    """Write one line: what could not be done, what fixes it, and the service's own words without any signature."""
    words = f"{text_of(error)} {' '.join(text_of(each) for each in chain(error))}"
    known = next((remedy for sign, remedy in REMEDIES.items() if sign.lower() in words.lower()), None)
    remedy = known or BY_STATUS.get(status_of(error) or 0, "")
    # An expired token is transient and a 401: after all attempts the remedy is to sign in, not to wait.
    if is_transient(error) and status_of(error) != 401:
        remedy = f"Azure did not answer in {attempts} attempts. Try again later; what was done stays done."
    said = SIGNATURE.sub(r"\1...", text_of(error))[:LONGEST]
    return OperationError(f"Azure ML could not {doing}. {remedy + ' ' if remedy else ''}(It says: {said})")


def is_transient(error: BaseException) -> bool:
    """Say whether the same call may well succeed in a moment."""
    if any(sign in text_of(each) for each in chain(error) for sign in PASSING):
        return True
    status = status_of(error)
    if status is not None:
        return status in TRANSIENT
    return any(kind.__name__ in DROPPED for each in chain(error) for kind in type(each).__mro__)


def is_missing(error: BaseException) -> bool:
    """Say whether the service answered that there is no such thing."""
    return status_of(error) == 404 or any("NotFound" in text_of(each) for each in chain(error))


def status_of(error: BaseException) -> int | None:
    """Find the status of the answer behind the error, wherever the SDK keeps it; None if there was no answer."""
    for each in chain(error):
        # msrest and requests keep the response, azure-core the status itself, and the SDK's own errors only a text.
        response = getattr(each, "response", None)
        for status in (getattr(each, "status_code", None), getattr(response, "status_code", None)):
            if isinstance(status, int):
                return status
        if found := STATUS.search(text_of(each)):
            return int(found[1])
    return None


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and what it was raised from or while handling."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def text_of(error: BaseException) -> str:
    """Return what the error says, in one line."""
    text = getattr(error, "message", None)
    if not isinstance(text, str):
        text = str(error)
    return " ".join(text.split())


def comes_from_the_sdk(error: BaseException) -> bool:
    """Say whether the SDK or a package below it raised the error; the rest is ours, and a bug keeps its traceback."""
    if isinstance(error, OperationError):
        return False
    # A KeyError that the SDK raises has no type of its own: the module that raised it decides, at the innermost frame.
    frames = error.__traceback__
    while frames and frames.tb_next:
        frames = frames.tb_next
    raised_in = frames.tb_frame.f_globals.get("__name__", "") if frames else ""
    return str(raised_in).partition(".")[0] in OF_THE_SDK or type(error).__module__.partition(".")[0] in OF_THE_SDK
