"""Secrets that detect-secrets does not know by itself, Azure's first; the hook of that name loads this file.

Each pattern is the form that the issuer documents or stamps into the secret (a prefix, a signature such as `+ASt` of an
identifiable key), so that it is found under any name and in any file type, and nothing else is.
"""

import re

from detect_secrets.plugins.base import RegexBasedDetector

UUID_START = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-"
UUID = UUID_START + "[0-9a-f]{12}"
NAMES = "token|secret|passw(?:or)?d|pwd|passphrase|credentials?|pat"
IS = r"[\\\"'`\]]*\s*[:=]\s*[\\\"'`]*"  # between a name and its value, in all formats, and escaped in a notebook
DIGITS = r"(?=(?:[^\s\d\"']*\d){3})"  # what people call things seldom has three
PLAIN = r"(?=[A-Z]*\d)[A-Z0-9]{32,}"
WORD = r"(?<![A-Za-z0-9+/_-])"  # begins here, not within a longer word


class SharedAccessSignatureDetector(RegexBasedDetector):
    """Finds the signature of a SAS, in a URL or alone: whoever has it reads the storage without any other key.

    The signature is a base64 SHA-256, whose last characters `+/=` are usually percent-encoded. The address of a flow of
    Power Automate or a logic app carries one, too.
    """

    secret_type = "Azure shared access signature"  # noqa: S105  # pragma: allowlist secret
    denylist = (re.compile(r"(?<![A-Za-z])sig=([\w+/%-]{43,}=?)", re.IGNORECASE),)


class AzureKeyDetector(RegexBasedDetector):
    """Finds the keys of Azure services, in connection strings and alone."""

    secret_type = "Azure key"  # noqa: S105  # pragma: allowlist secret
    denylist = (
        # Service Bus, Event Hubs, IoT Hub, App Configuration, SignalR and Web PubSub name theirs in connection strings.
        re.compile(r"(?:AccessKey|Secret)=([A-Za-z0-9+/]{43,88}={0,2})", re.IGNORECASE),
        # 64 bytes in base64: accounts of Storage, Batch and Cosmos DB, and older keys of Azure ML.
        re.compile(WORD + r"([A-Za-z0-9+/]{86}==)"),
        # Newer keys carry a signature: Service Bus, Event Hubs, Relay, IoT, Event Grid, Redis, Search, registries.
        re.compile(WORD + r"([A-Za-z0-9+/]{33}(?:AIoT|AzCa|AZEG|\+(?:ASb|AEh|ARm))[A-P][A-Za-z0-9+/]{5}=)"),
        re.compile(WORD + r"([A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5})\b"),
        re.compile(WORD + r"([A-Za-z0-9+/]{42}\+ACR[A-Za-z0-9+/]{6})"),
        # Newest, of Azure AI services among others: 84 characters around one signature for all.
        re.compile(WORD + r"([A-Za-z0-9]{52}JQQJ9[9DH][A-Za-z0-9]{26})\b"),
        # Functions, in a URL, in the header, and with the signature of newer keys.
        re.compile(r"azurewebsites\.net/\S*[?&]code=([\w/+%-]{40,}={0,2})"),
        # Application Insights: whoever has its connection string can write there. Of a UUID only a part is captured.
        re.compile(rf"InstrumentationKey{IS}({UUID_START})[0-9a-f]{{12}}\b", re.IGNORECASE),
        re.compile(r"x-functions-key[\"']?\s*[:=]\s*[\"']?([\w/+-]{40,}={0,2})", re.IGNORECASE),
        re.compile(WORD + r"([\w-]{44}AzFu[\w-]{5}[AQgw]==)"),
        # Static Web Apps deploy with a hash and a UUID, of which only the hash is captured.
        re.compile(rf"\b([0-9a-f]{{64}})\d{{0,2}}-{UUID}"),
    )


class EntraSecretDetector(RegexBasedDetector):
    """Finds the client secret of a service principal, with a digit and `Q~` as its fourth to sixth characters.

    And refresh tokens, by which whoever has one goes on being logged in as a person.
    """

    secret_type = "Microsoft Entra client secret"  # noqa: S105  # pragma: allowlist secret
    denylist = (
        re.compile(r"(?<![\w~.-])([\w~.-]{3}\dQ~[\w~.-]{31,34})(?![\w~.-])"),
        re.compile(r"(?<![\w.-])([01]\.A[\w-]{40,}(?:\.[\w-]+)*)"),
    )


class AzureDevOpsTokenDetector(RegexBasedDetector):
    """Finds personal access tokens of Azure DevOps: 52 characters of base32, or 84 with the signature AZDO."""

    secret_type = "Azure DevOps token"  # noqa: S105  # pragma: allowlist secret
    denylist = (
        re.compile(r"(?<![A-Za-z0-9])([a-z2-7]{52})(?![A-Za-z0-9])"),
        re.compile(r"(?<![A-Za-z0-9])([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})(?![A-Za-z0-9])"),
        # Both as requests send them, in base64 behind a colon: there is no user.
        re.compile(WORD + r"(O[jmn][A-Za-z0-9+/]{69}=|O[jklmn][A-Za-z0-9+/]{112}==)(?![\w+/=])"),
    )


class IncomingWebhookDetector(RegexBasedDetector):
    """Finds the address of a channel in Teams or Discord: whoever has it can write there.

    Only a part of it is captured: detect-secrets passes over a secret that holds a UUID.
    """

    secret_type = "Incoming webhook"  # noqa: S105  # pragma: allowlist secret
    denylist = (
        re.compile(rf"https://[\w.-]+/webhook(?:b2)?/{UUID}@{UUID}/IncomingWebhook/([\w-]+)/{UUID}", re.IGNORECASE),
        re.compile(r"https://discord(?:app)?\.com/api/webhooks/\d+/([\w-]{60,})"),
    )


class PlatformTokenDetector(RegexBasedDetector):
    """Finds tokens of the platforms that data scientists use, by their prefixes."""

    secret_type = "Platform token"  # noqa: S105  # pragma: allowlist secret
    denylist = (
        re.compile(r"\b((?:dapi|dkea|dose)[0-9a-f]{32}(?:-\d+)?)\b"),  # Databricks
        re.compile(r"/t/([a-z]{2}-[0-9a-f]{8})-[0-9a-f-]{16,}/", re.IGNORECASE),  # a conda channel
        re.compile(r"/t/(?=[A-Za-z]*\d)([A-Za-z0-9_]{24,})/"),  # the same of other servers
        re.compile(r"\b((?:hf_|api_org_)[A-Za-z0-9]{34,})\b"),  # Hugging Face
        re.compile(r"\b(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b"),
        re.compile(r"\b(gl(?:pat|cbt|rt|dt|ptt|soat|ft|imt|agent|oas)-[\w.-]{20,})"),  # GitLab
        re.compile(r"\b(dckr_[po]at_[\w-]{27,})"),  # Docker Hub
        re.compile(r"\b(npm_[A-Za-z0-9]{36})\b"),
        re.compile(r"\b(AIza[\w-]{35})(?![\w-])"),  # Google, and the next line
        re.compile(r"\b(GOCSPX-[\w-]{28}|ya29\.[\w-]{40,})"),
        re.compile(r"\b(sk-(?:ant|proj|svcacct|admin|or-v1)-[\w-]{40,})"),  # Anthropic, OpenAI, OpenRouter
        re.compile(r"\b((?:gsk_|xai-|pplx-|pcsk_|r8_|nvapi-)[\w-]{37,})"),  # Groq, xAI, Perplexity, Pinecone, ...
        re.compile(r"\b((?:lsv2_[ps][tk]|sq[pua]|glsa|glc|dbtc|lin_api|ntn|pn[ub])_[\w+/=]{32,})"),  # LangSmith, ...
        re.compile(r"\b((?:dop_v1_|shpat_|hvs\.|dp\.pt\.|xapp-1-|ATATT3|AKCp)[\w.-]{32,})"),  # Vault, Atlassian, ...
        re.compile(r"\b((?:NRAK|PMAK)-[A-Za-z0-9-]{27,}|\w{14}\.atlasv1\.[\w-]{60,})"),  # New Relic, Terraform, ...
        re.compile(r"\b(key-[0-9a-f]{32})\b"),  # Mailgun
        re.compile(r"\bwandb login (?:--\S+ )*([0-9a-f]{40})\b"),
    )


class KeyFileDetector(RegexBasedDetector):
    """Finds private keys in the forms that detect-secrets passes over: encrypted, PuTTY's, age's, without a header."""

    secret_type = "Private key file"  # noqa: S105  # pragma: allowlist secret
    denylist = (
        re.compile(r"(BEGIN ENCRYPTED PRIVATE[ ]KEY)"),
        re.compile(r"(PuTTY-User-Key-File-\d)"),
        re.compile(r"\b(AGE-SECRET-KEY-1[A-Z0-9]{58})\b"),
        re.compile(r"\b(MII\w{2}[\w+/]{1,4}IBADANBgkqhkiG9w0BAQEFAASC[\w+/]{10,})"),  # PKCS 8 of an RSA key
    )


class ConnectionPasswordDetector(RegexBasedDetector):
    """Finds the password in a connection string or a URL of a database, unless a variable stands there."""

    secret_type = "Connection string password"  # noqa: S105  # pragma: allowlist secret
    denylist = (
        re.compile(r";\s*(?:password|pwd)\s*=\s*([^;\"'`\s${<*]{6,})\s*(?:;|[\"'`]|$)", re.IGNORECASE),
        re.compile(r"[,&](?:password|pwd)=(?=[^,&\s]*\d)([^,&\"'`\s${<*()\[\]]{6,})", re.IGNORECASE),  # Redis, JDBC
        # libpq: other words of the same form stand before it.
        re.compile(r"\b(?:host|user|dbname|port)=\S+ (?:\S+=\S+ )*password=([^\s\"'`${<*]{6,})"),
        re.compile(r"\w://:([^\s:@\"'`${<*]{8,})@"),  # Redis: a password and no user
    )


class LoginDetector(RegexBasedDetector):
    """Finds what a request or a command logs in with: a header, a token as the user of a URL, an option."""

    secret_type = "Login"  # noqa: S105  # pragma: allowlist secret
    denylist = (
        re.compile(r"Authorization[\\\"']*\s*[:=]\s*[\\\"']*Basic ([A-Za-z0-9+/]{12,}={0,2})", re.IGNORECASE),
        re.compile(r"\bBasic (?=[A-Za-z+/]*\d)([A-Za-z0-9+/]{16,}={0,2})(?![\w+/=-])"),
        re.compile(r"\bBearer (?=[\w.~+/-]*\d)([\w.~+/-]{24,}=*)"),
        re.compile(r"https?://(?=[\w-]*\d)([\w-]{20,})@[\w-]+\."),
        re.compile(r"\b(?:sqlcmd|bcp)\b.* -P[ ]?[\"']?([^\s\"'`${<*-][^\s\"'`]{7,})"),
        re.compile(r"\bmysql(?:dump)?\b.* -p([^\s\"'`${<*]{8,})"),
        re.compile(r"\bcurl\b.* (?:-u|--user)[ =][\"']?[\w.@-]+:([^\s\"'`${<*]{6,})"),
        re.compile(r"\bsshpass\b.* -p[ ]?[\"']?([^\s\"'`${<*-][^\s\"'`]{7,})"),
        re.compile(r"\becho\s+[\"']?([^\s\"'`$|]{12,})[\"']?\s*\|.*\blogin\b"),
        re.compile(r"ConvertTo-SecureString\s+(?:-String\s+)?[\"']([^\"'$]{8,})[\"'].*-AsPlainText", re.IGNORECASE),
        re.compile(r"\blogin\s+\S+\s+password\s+([^\s${<]{6,})"),  # .netrc
        re.compile(r"^[\w.*-]+:(?:\d+|\*):[\w*-]+:[\w*-]+:([^\s:${<]{8,})$"),  # .pgpass
        re.compile(r":\$(?:apr1|2[aby]|[156y])\$([\w./$]{20,})"),  # a password's hash, as in .htpasswd
        re.compile(
            r"\b(?:docker|az|oras|helm)\b.*\blogin\b.* (?:-p|--password)[ =][\"']?([^\s\"'`${<*-][^\s\"'`]{7,})"
        ),
    )


class NamedSecretDetector(RegexBasedDetector):
    """Finds values under a name that says what they are, in every type of file, quoted or not.

    detect-secrets' own detector knows fewer names, wants quotes in most files, and passes over UUIDs, keys in
    hexadecimal and what a notebook escapes. Here a value counts if a machine has made it: a UUID, or long with digits.
    """

    secret_type = "Named secret"  # noqa: S105  # pragma: allowlist secret
    denylist = (
        # Of a UUID only a part is captured, as of a webhook.
        re.compile(
            rf"(?:token|secret|password|api_?key){IS}(?:[a-z]{{2}}-)?({UUID_START})[0-9a-f]{{12}}\b", re.IGNORECASE
        ),
        re.compile(rf"(?:{NAMES}|key){IS}({DIGITS}[\w+/-]{{32,}}={{0,2}}|{PLAIN})(?![\w+/(.-])", re.IGNORECASE),
        re.compile(
            rf"--[\w-]*(?:{NAMES}|key)[ =][\"']?(?=[a-z+/_-]*\d)([\w+/-]{{12,}}={{0,2}})(?![\w(.])", re.IGNORECASE
        ),
        re.compile(rf"(?:{NAMES}|key)(?:\\[\"'])?\]?\s*[:=]\s*\\[\"']([^\s\\\"'${{<]{{8,}})\\[\"']", re.IGNORECASE),
        # A password that a machine has made has letters of both cases, and digits.
        re.compile(
            rf"(?i:passw(?:or)?d|pwd|_pass)(?:\s+string)?{IS}(?=\S*[a-z])(?=\S*[A-Z])(?=\S*\d)([\w!#%&*+?@^~-]{{10,}}+)(?![\w(.:/\[])"
        ),
        # A parameter of an ARM template, whose expressions stand in brackets.
        re.compile(
            rf"(?:{NAMES}|key)\"\s*:\s*\{{\s*\"value\"\s*:\s*\"(?=[^\"]*\d)([^\s\"$\[{{<]{{10,}})\"", re.IGNORECASE
        ),
        re.compile(rf"passphrase{IS}([^\s\\\"'`${{<(]{{8,}})(?![\w(.])", re.IGNORECASE),
    )
