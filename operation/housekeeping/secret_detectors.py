"""Azure secrets that detect-secrets does not know by itself; the hook of that name loads this file."""

import re

from detect_secrets.plugins.base import RegexBasedDetector


class SharedAccessSignatureDetector(RegexBasedDetector):
    """Finds the signature of a SAS, in a URL or alone: whoever has it reads the storage without any other key.

    The signature is a base64 SHA-256, whose last characters `+/=` are usually percent-encoded.
    """

    secret_type = "Azure shared access signature"  # noqa: S105  # pragma: allowlist secret
    denylist = (re.compile(r"[?&;\s\"']sig=([A-Za-z0-9+/%]{43,}=?)", re.IGNORECASE),)
