"""Alert people to a decision: which alerts there are, what they need, and what is said when one fails."""

import os
import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from threading import Thread
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.configuration.alert_sections import Alert, Smtp, Webhook, WorkItem
from operation.execution.configuration.sections import Configuration
from operation.execution.foreground import LAST_PORT
from operation.execution.monitoring.web import SECONDS, AlertError, call
from operation.execution.monitoring.work_items import file_work_item
from operation.monitoring.decision import say_span

VARIABLES = ("address", "token", "server", "sender", "recipients", "user", "password")  # keys that name a variable

LONGEST = 60  # seconds of an alert: a server that sends a byte now and then never runs out of time
PLAIN = r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"]+"
# With a name or without; of others, Python's parser of mails raises whatever it stumbles over, or drops a part.
MAILBOX = rf'({PLAIN}|("[^"\\\r\n]*" *|[^@<>()\[\],;:\\"\r\n]*)<{PLAIN}>)'


@dataclass(frozen=True)
class Message:
    """What every alert says; `key` is the same for all windows of a model in an environment."""

    key: str
    title: str
    text: str


def read_values(
    configuration: Configuration, environment: Mapping[str, str] = os.environ
) -> dict[str, tuple[Alert, dict[str, str]]]:
    """Return each alert by its name, with what the variables that it names hold.

    Raises:
        OperationError: a variable is not set; found out before a look, not only when there is something to say.
    """
    found = {}
    for name, alert in configuration.monitoring.alerts.items():
        variables = {key: getattr(alert, key) for key in VARIABLES if getattr(alert, key, "")}
        missing = [each for each in variables.values() if not _value(environment, each)]
        if missing:
            raise OperationError(
                f"monitoring.alerts.{name} needs the environment variable {' and '.join(missing)}. Set it, or take the "
                "alert out of the configuration."
            )
        found[name] = (alert, {key: _value(environment, each) for key, each in variables.items()})
    return found


def _value(environment: Mapping[str, str], name: str) -> str:
    """Return the variable's value; what Azure Pipelines leaves where a macro has none, `$(NAME)`, is none."""
    value = environment.get(name, "").strip()
    return "" if value.startswith("$(") and value.endswith(")") else value


def compose(configuration: Configuration, found: Mapping[str, Any]) -> Message:
    """Write the message on a decision, as it stands in `decision.json`."""
    window, reasons = found["window"], [str(each) for each in found["reasons"]]
    title = f"{configuration.model} in {configuration.environment}: {found['decision']}"
    known = filter(None, (say_span(window), console.counted(window["rows"])))  # a log may be empty
    lines = [f"Window: {', '.join(known)}", *reasons]
    key = f"monitoring-{configuration.model}-{configuration.environment}"
    return Message(key, title, "\n".join(lines))


def send(message: Message, alerts: Mapping[str, tuple[Alert, Mapping[str, str]]]) -> None:
    """Send the message to all, also if one fails.

    Raises:
        OperationError: some failed; the message names each, and no address.
    """
    failures = []
    for name, (alert, values) in alerts.items():
        try:
            _send_in_time(message, alert, values)
            console.say(f"Alert sent: {name}")
        except AlertError as error:
            failures.append(f"monitoring.alerts.{name} could not be sent: {error}")
    if failures:
        raise OperationError(" ".join(failures))


def _send_in_time(message: Message, alert: Alert, values: Mapping[str, str]) -> None:
    """Send the message; raises AlertError after LONGEST, and leaves the attempt to end with this process."""
    raised: list[Exception] = []

    def attempt() -> None:
        try:
            _send(message, alert, values)
        except Exception as error:  # noqa: BLE001  raised below, where somebody hears it
            raised.append(error)

    thread = Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(LONGEST)
    if thread.is_alive():
        raise AlertError(f"its server did not complete an answer within {LONGEST} s.")
    if raised:
        raise raised[0]


def _send(message: Message, alert: Alert, values: Mapping[str, str]) -> None:
    if isinstance(alert, Webhook):
        call("POST", values["address"], _card(message) if alert.form == "teams" else _slack(message), alert.address)
    elif isinstance(alert, WorkItem):
        file_work_item(message.key, message.title, message.text, alert, values)
    else:
        _mail(message, alert, values)


def _slack(message: Message) -> dict[str, Any]:
    """Make what an incoming webhook of Slack takes, in which three characters are not plain text."""
    text = f"{message.title}\n{message.text}"
    return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def _card(message: Message) -> dict[str, Any]:
    """Make what a workflow of Teams takes: an adaptive card."""
    blocks: list[dict[str, Any]] = [{"type": "TextBlock", "text": message.title, "weight": "bolder", "wrap": True}]
    blocks += [{"type": "TextBlock", "text": line, "wrap": True} for line in message.text.splitlines()]
    schema = "http://adaptivecards.io/schemas/adaptive-card.json"
    content = {"$schema": schema, "type": "AdaptiveCard", "version": "1.4", "body": blocks}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}
    return {"type": "message", "attachments": [attachment]}


def _mail(message: Message, alert: Smtp, values: Mapping[str, str]) -> None:
    """Send a mail; raises AlertError without what the server said of addresses."""
    server = re.fullmatch(r"(\S+):(\d{1,5})", values["server"], re.ASCII)
    if not server or int(server[2]) > LAST_PORT:
        raise AlertError(f"{alert.server} must hold HOST:PORT.")
    if not re.fullmatch(MAILBOX, values["sender"]):
        raise AlertError(f"{alert.sender} must hold an address, as NAME@HOST.")
    if not re.fullmatch(rf"{MAILBOX}(\s*,\s*{MAILBOX})*", values["recipients"]):
        raise AlertError(f"{alert.recipients} must hold addresses with commas between them, each as NAME@HOST.")
    try:
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = message.title, values["sender"], values["recipients"]
        mail.set_content(message.text + "\n")
        with _connection(alert, server[1], int(server[2])) as connection:
            if values.get("user"):
                connection.login(values["user"], values.get("password", ""))
            connection.send_message(mail)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        code = getattr(error, "smtp_code", "")
        said = f" (SMTP {code})" if code else ""
        raise AlertError(f"the server in {alert.server} took no mail: {type(error).__name__}{said}.") from error


def _connection(alert: Smtp, host: str, port: int) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if alert.security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    connection = smtplib.SMTP(host, port, timeout=SECONDS)
    if alert.security == "starttls":
        try:
            connection.starttls(context=context)
        except BaseException:
            connection.close()
            raise
    return connection
