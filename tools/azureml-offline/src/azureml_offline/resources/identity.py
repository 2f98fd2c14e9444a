"""Sign-in: tokens (JWT) for the service principal by its secret, and for jobs by the identity of their cluster."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from azureml_offline.workspace.names import LOGIN_HOST
from azureml_offline.workspace.refusals import refuse_token
from azureml_offline.workspace.state import State, state

routes = Blueprint("identity", __name__)
LIFETIME = 8 * 3600  # seconds
NODE = "/node/identity"  # where jobs get tokens of their cluster's identity; in Azure the node itself has it


@routes.get("/<tenant>/v2.0/.well-known/openid-configuration")
def openid_configuration(tenant: str) -> Response:
    """Describe where to get a token."""
    base = f"https://{LOGIN_HOST}/{tenant}"
    return jsonify(
        issuer=base, authorization_endpoint=f"{base}/oauth2/authorize", token_endpoint=f"{base}/oauth2/v2.0/token"
    )


@routes.get("/common/discovery/instance")
def instance() -> Response:
    """Describe the aliases of the sign-in host: there are none."""
    return jsonify(tenant_discovery_endpoint=f"https://{LOGIN_HOST}/common/v2.0", metadata=[])


@routes.post("/<tenant>/oauth2/token")
@routes.post("/<tenant>/oauth2/v2.0/token")
def token(tenant: str) -> tuple[Response, int] | Response:
    """Issue a token for the service principal."""
    names = state().names
    if tenant != names.tenant:
        return _refused("invalid_request", f"AADSTS90002: Tenant '{tenant}' not found.", 400)
    if request.form.get("client_id") != names.client:
        return _refused("unauthorized_client", "AADSTS700016: Application was not found in the directory.", 400)
    if not hmac.compare_digest(request.form.get("client_secret", ""), names.secret):
        return _refused("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401)
    seconds: int = g.get("token_seconds", 0) or LIFETIME  # a planted fault makes tokens that expire in a test
    audience = request.form.get("scope") or request.form.get("resource", "")
    bearer = issue(state(), names.client, audience, seconds)
    return jsonify({"token_type": "Bearer", "expires_in": seconds, "access_token": bearer})


def _refused(error: str, description: str, status: int) -> tuple[Response, int]:
    return jsonify(error=error, error_description=description), status


@routes.get(NODE)
def managed() -> tuple[Response, int] | Response:
    """Issue a token for the identity of a job's cluster, as the job's node does (api-version 2017-09-01)."""
    claims = read(state(), request.headers.get("secret", ""))
    if not claims or claims["aud"] != NODE:
        return _refused("unauthorized_client", "The secret of the node is missing or wrong.", 401)
    resource = request.args["resource"]
    bearer = issue(state(), request.args.get("clientid", ""), resource)
    until = str(int(time.time()) + LIFETIME)
    return jsonify({"token_type": "Bearer", "expires_on": until, "resource": resource, "access_token": bearer})


def issue(workspace: State, subject: str, audience: str, seconds: int = LIFETIME) -> str:
    """Return a token that this start accepts for so many seconds, and no other start."""
    # The SDK reads some of these claims without checking the signature, to know the tenant and who it is.
    start = int(time.time())
    claims = {
        "aud": audience,
        "iss": f"https://{LOGIN_HOST}/{workspace.names.tenant}",
        "sub": subject,
        "oid": subject,
        "appid": workspace.names.client,
        "tid": workspace.names.tenant,
        "iat": start,
        "nbf": start,
        "exp": start + seconds,
    }
    head = _encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + "." + _encode(json.dumps(claims).encode())
    return f"{head}.{_signature(workspace, head)}"


def check(workspace: State) -> None:
    """Refuse the current request unless it bears a token of this start that has not expired."""
    given = request.headers.get("Authorization", "")
    scheme, _, bearer = given.partition(" ")
    if not given:
        refuse_token("AuthenticationFailed")
    if scheme != "Bearer" or not bearer:
        refuse_token("AuthenticationFailedInvalidHeader")
    claims = read(workspace, bearer)
    if claims is None:
        refuse_token("InvalidAuthenticationToken")
    if claims["exp"] < time.time():
        refuse_token("ExpiredAuthenticationToken", claims["exp"])


def read(workspace: State, bearer: str) -> dict[str, Any] | None:
    """Return the claims of a token of this start, even an expired one; None for any other text."""
    # Compared before anything is parsed: what is not signed by this start may be any text.
    head, _, signature = bearer.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(workspace, head).encode()):
        return None
    # JWT leaves out the padding; Python wants it, and ignores what is too much.
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(head.partition(".")[2] + "=="))
    return claims


def _signature(workspace: State, head: str) -> str:
    return _encode(hmac.new(workspace.token_key, head.encode(), hashlib.sha256).digest())


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
