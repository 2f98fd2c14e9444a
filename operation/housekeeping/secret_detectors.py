"""Secrets that detect-secrets does not know by itself, Azure's first; the hook of that name loads this file.

Each pattern is the form that the issuer documents or stamps into the secret (a prefix, a signature such as `+ASt` of an
identifiable key), so that it is found under any name and in any file type, and nothing else is.
"""

import re

from detect_secrets.plugins.base import RegexBasedDetector

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
WORD = r"(?<![A-Za-z0-9+/_-])"  # begins here, not within a longer word


class SharedAccessSignatureDetector(RegexBasedDetector):
    """Finds the signature of a SAS, in a URL or alone: whoever has it reads the storage without any other key.

    The signature is a base64 SHA-256, whose last characters `+/=` are usually percent-encoded.
    """

    secret_type = "Azure shared access signature"  # noqa: S105  # pragma: allowlist secret
    denylist = (re.compile(r"[?&;\s\"']sig=([A-Za-z0-9+/%]{43,}=?)", re.IGNORECASE),)


class AzureKeyDetector(RegexBasedDetector):
    """Finds the keys of Azure services, in connection strings and alone."""

    secret_type = "Azure key"  # noqa: S105  # pragma: allowlist secret
    denylist = (
        # Service Bus, Event Hubs, IoT Hub and App Configuration name their 32 bytes in connection strings.
        re.compile(r"(?:SharedAccessKey|Secret)=([A-Za-z0-9+/]{43}=)", re.IGNORECASE),
        # 64 bytes in base64: accounts of Storage, Batch and Cosmos DB, and older keys of Azure ML.
        re.compile(WORD + r"([A-Za-z0-9+/]{86}==)"),
        # Newer keys carry a signature: Service Bus, Event Hubs, Relay, IoT, Search, Redis, container registries.
        re.compile(WORD + r"([A-Za-z0-9+/]{33}(?:AIoT|AzCa|\+(?:ASb|AEh|ARm))[A-P][A-Za-z0-9+/]{5}=)"),
        re.compile(WORD + r"([A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5})\b"),
        re.compile(WORD + r"([A-Za-z0-9+/]{42}\+ACR[A-Za-z0-9+/]{6})"),
        # Newest, of Azure AI services among others: 84 characters around one signature for all.
        re.compile(WORD + r"([A-Za-z0-9]{52}JQQJ9[9DH][A-Za-z0-9]{26})\b"),
        # Functions, in a URL, in the header, and with the signature of newer keys.
        re.compile(r"azurewebsites\.net/\S*[?&]code=([\w/+%-]{40,}={0,2})"),
        re.compile(r"x-functions-key[\"']?\s*[:=]\s*[\"']?([\w/+-]{40,}={0,2})", re.IGNORECASE),
        re.compile(WORD + r"([\w-]{44}AzFu[\w-]{5}[AQgw]==)"),
    )


class EntraSecretDetector(RegexBasedDetector):
    """Finds the client secret of a service principal: its fourth to sixth characters are a digit and `Q~`."""

    secret_type = "Microsoft Entra client secret"  # noqa: S105  # pragma: allowlist secret
    denylist = (re.compile(r"(?<![\w~.-])([\w~.-]{3}\dQ~[\w~.-]{31,34})(?![\w~.-])"),)


class AzureDevOpsTokenDetector(RegexBasedDetector):
    """Finds personal access tokens of Azure DevOps: 52 characters of base32, or 84 with the signature AZDO."""

    secret_type = "Azure DevOps token"  # noqa: S105  # pragma: allowlist secret
    denylist = (
        re.compile(r"(?<![A-Za-z0-9])([a-z2-7]{52})(?![A-Za-z0-9])"),
        re.compile(r"(?<![A-Za-z0-9])([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})(?![A-Za-z0-9])"),
    )


class IncomingWebhookDetector(RegexBasedDetector):
    """Finds the address of a channel in Teams: whoever has it can write there.

    Only a part of it is captured: detect-secrets passes over a secret that holds a UUID.
    """

    secret_type = "Incoming webhook"  # noqa: S105  # pragma: allowlist secret
    denylist = (
        re.compile(rf"https://[\w.-]+/webhook(?:b2)?/{UUID}@{UUID}/IncomingWebhook/([\w-]+)/{UUID}", re.IGNORECASE),
    )


class PlatformTokenDetector(RegexBasedDetector):
    """Finds tokens of the platforms that data scientists use, by their prefixes."""

    secret_type = "Platform token"  # noqa: S105  # pragma: allowlist secret
    denylist = (
        re.compile(r"\b(dapi[0-9a-f]{32}(?:-\d+)?)\b"),  # Databricks
        re.compile(r"/t/([a-z]{2}-[0-9a-f]{8})-[0-9a-f-]{16,}/", re.IGNORECASE),  # a conda channel
        re.compile(r"\b((?:hf_|api_org_)[A-Za-z0-9]{34,})\b"),  # Hugging Face
        re.compile(r"\b(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b"),
        re.compile(r"\b(dckr_[po]at_[\w-]{27,})"),  # Docker Hub
        re.compile(r"\b(AIza[\w-]{35})(?![\w-])"),  # Google
        re.compile(r"\b(sk-(?:ant|proj|svcacct)-[\w-]{40,})"),  # Anthropic, OpenAI
    )


class ConnectionPasswordDetector(RegexBasedDetector):
    """Finds the password in a connection string of a database, unless a variable stands there."""

    secret_type = "Connection string password"  # noqa: S105  # pragma: allowlist secret
    denylist = (re.compile(r";\s*(?:password|pwd)\s*=\s*([^;\"'\s${<*]{6,})\s*(?:;|[\"']|$)", re.IGNORECASE),)
