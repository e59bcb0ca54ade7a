"""What a service's refusal says: its words, of what kind it is, and when to come again.

Services speak JSON of several shapes, and what stands before them speaks HTML. Nothing here asks anybody.
"""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from ..credentials import redact
from .contract import RefusalKind

_LONGEST = 400
"""Characters of a service's words that are passed on."""

NOT_ACCEPTED = frozenset((*range(400, 408), *range(410, 412), *range(413, 418), 421, 422, 426, 428, 431, 451))
"""Statuses that say that a request was turned down, whoever says so: the service, or what stands before it and did not
pass it on. 408, 409, 412, 425 and 499 aren't among them, nor is any that has no such meaning."""
OWN_WORD = frozenset((429, 503))
"""Statuses by which services refuse what is too much for them; and by which a proxy may answer in their place when the
request was passed on already. They are believed in the service's own form only."""

_MONEY = re.compile(
    r"(?i)(not|n't) (have )?enough credits?|insufficient.{0,9}(credit|fund|balance)|out of credits?|"
    r"credit balance|credits?.{0,20}(deplet|exhaust)|prepa(y|id)|spend(ing)? (cap|limit)|exhausted balance"
)
_BILLING = re.compile(r"(?i)billing|payment")
"""Says it only beside a 400 or 403: Google's ordinary 429 speaks of billing details too."""
_SAFETY = re.compile(
    r"(?i)safety|moderation|usage guidelines|responsible ai|prohibited content|content polic|blocked by|violat"
)
_KEY = re.compile(r"(?i)api.?key.?(not valid|invalid|expired)|invalid api.?key|API_KEY_INVALID")
_PAGE = 4000
"""Characters of a web page that are looked at. What it says stands at its beginning."""
_DAY = re.compile(r"(?i)per ?day|daily|per month|monthly")

HINTS: dict[RefusalKind, str] = {
    "auth": "check the key and what it is allowed to do",
    "blocked": "say it in other words",
    "no_money": "look after the account's balance, or use another provider",
    "rate": "",
    "quota": "the day's allowance is used up; go on tomorrow, or use another provider",
    "busy": "",
    "unreachable": "check the network, a proxy, and the base URL",
    "invalid": "",
}


class Told(NamedTuple):
    """What a refusal says."""

    message: str = ""
    word: str = ""
    """The service's own word for it: RESOURCE_EXHAUSTED."""
    details: tuple[Mapping[str, Any], ...] = ()
    form: str = ""
    """The key of the JSON object that held it: error, detail, code, message; empty for anything else."""

    @property
    def reasons(self) -> str:
        try:
            return json.dumps(self.details) if self.details else ""
        except RecursionError:
            return ""


def told(body: bytes) -> Told:
    """What the body of a refusal says, whatever its shape. Nothing in it is a secret."""
    try:
        return _told(body)
    except RecursionError:
        return Told("something that is nested too deeply")


def parsed(body: bytes) -> Any:
    """The JSON that it is; None where it is none, is nested too deeply, or a number in it has too many digits."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _told(body: bytes) -> Told:
    text = body[:65536].decode("utf-8", "replace").strip()
    data = parsed(body) if len(body) <= 1 << 20 else None
    if data is None:
        return Told(_short(_words_of_page(text)))
    if isinstance(data, list) and data:  # Google's front end sends its error in an array
        data = data[0]
    if not isinstance(data, dict):
        return Told(_short(text))
    return _said(data, text)._replace(form=_form(data))


def _form(data: Mapping[str, Any]) -> str:
    if isinstance(data.get("error"), (str, dict)) and data["error"]:
        return "error"
    if isinstance(data.get("detail"), (str, list)) and data["detail"]:
        return "detail"
    if isinstance(data.get("code"), int) and "request_id" in data:
        return "code"
    return "message" if "message" in data else ""


def _said(data: Mapping[str, Any], text: str) -> Told:
    if "detail" in data and "error" not in data:  # FastAPI; fal
        return _detail(data["detail"], str(data.get("error_type") or ""))
    error = data.get("error", data)
    if isinstance(error, str):  # Runway; OAuth
        more = data.get("error_description") or "; ".join(
            _issue(issue) for issue in _list(data.get("issues"))
        )
        return Told(_short(f"{error}: {more}" if more else error), str(data.get("code") or ""))
    if not isinstance(error, dict):
        return Told(_short(text))
    details = tuple(each for each in _list(error.get("details")) if isinstance(each, dict))
    word = error.get("status") or error.get("code") or ""
    message = str(error.get("message") or text)
    if isinstance(error.get("param"), str) and error["param"]:  # HeyGen names the field beside it
        message = f"{error['param']}: {message}"
    return Told(_short(message), str(word), details)


def turned_down(status: int, said: Told, form: str) -> bool:
    """Whether the answer to a submit says that there certainly is no job. `form` is that of the service's own refusals.

    >>> [turned_down(status, Told(), "error") for status in (302, 400, 409, 429, 500)]
    [False, True, False, False, False]
    >>> turned_down(429, Told("too fast", form="error"), "error")
    True
    """
    return status in NOT_ACCEPTED or (status in OWN_WORD and said.form == form)


def kind_of(status: int, said: Told) -> RefusalKind:
    """Of what kind a refusal is: one after which there is certainly no job."""
    words = f"{said.word} {said.message} {said.reasons}"
    if status == 402 or (status in (400, 403, 429) and _MONEY.search(words)):
        return "no_money"
    if status in (400, 403) and _BILLING.search(words):
        return "no_money"
    if status == 429:
        return "quota" if _DAY.search(words) else "rate"
    if status == 503:
        return "busy"
    if status in (401, 407) or _KEY.search(words):
        return "auth"
    if status in (400, 403, 422, 451) and _SAFETY.search(said.message):
        return "blocked"
    return "auth" if status == 403 else "invalid"


def retry_after(headers: Mapping[str, str], said: Told) -> float | None:
    """Seconds to wait before asking again, where the service says so in one of its ways."""
    waits = [_seconds(headers.get("retry-after", ""))]
    for detail in said.details:
        if str(detail.get("@type", "")).endswith("google.rpc.RetryInfo"):
            waits.append(_seconds(str(detail.get("retryDelay", "")).removesuffix("s")))
    return max((wait for wait in waits if wait is not None), default=None)


def _seconds(text: str) -> float | None:
    """Of `34`, `0.5` or an HTTP date."""
    text = text.strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _words_of_page(text: str) -> str:
    if "<" not in text:
        return text
    text = text[:_PAGE]
    title = re.search(r"(?is)<title[^>]*>(.*?)</title>", text)
    found = title[1] if title else re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", text)
    words = html.unescape(found).strip()
    return f"a web page: {words}" if words else "a web page without a word"


def _detail(detail: Any, word: str) -> Told:
    """A sentence, or a list of what is wrong with a body, each with its place and type."""
    issues = [issue for issue in _list(detail) if isinstance(issue, dict)]
    said = "; ".join(_issue(issue) for issue in issues) if issues else str(detail)
    return Told(_short(said), word or next((str(issue["type"]) for issue in issues if issue.get("type")), ""))


def _issue(issue: Any) -> str:
    if not isinstance(issue, dict):
        return str(issue)
    place = ".".join(str(part) for part in _list(issue.get("path") or issue.get("loc")))
    message = str(issue.get("message") or issue.get("msg") or "")
    return f"{place}: {message}" if place else message


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _short(text: str) -> str:
    text = redact(" ".join(text.split()))
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
