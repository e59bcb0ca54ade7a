"""Keys by name: a node or a file names a credential, its value comes from the environment or from config.toml.

What is written anywhere passes `redact` first: a key, a token or a signed link may come back in an error's text.

>>> _ = in_use("key_0123456789")
>>> redact("key_0123456789 isn't valid")
"*** isn't valid"
"""

from __future__ import annotations

import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote, urlsplit

from .config import Config, config
from .errors import BadInput

KEYS: dict[str, tuple[str, ...]] = {
    "google": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "runway": ("RUNWAYML_API_SECRET", "RUNWAY_API_KEY"),
    "fal": ("FAL_KEY",),
    "kling": ("KLING_API_KEY",),
    "kling_access": ("KLING_ACCESS_KEY",),
    "kling_secret": ("KLING_SECRET_KEY",),
    "pika": ("PIKA_API_KEY",),
    "heygen": ("HEYGEN_API_KEY",),
    "openai": ("OPENAI_API_KEY",),
    "server_token": ("STORYREEL_SERVER_TOKEN",),
}
"""The environment's names for each credential, the first that is set wins. All are masked, also those of doors that
this version hasn't."""

IN_CONFIG = ", or {} under [credentials] in config.toml"
"""The other place of a key. Where several are listed it is shown once."""

MASK = "***"

_SHORTEST = 6
"""Characters. Nothing shorter is a key, and masking it would spoil every sentence."""

_SIGNED = re.compile(
    r"(?i)([?&;](?:x-goog-[a-z-]+|x-amz-[a-z-]+|_jwt|jwt|token|access_token|id_token|key|api_?key|sig|signature|"
    r"policy|credential|googleaccessid|upload_id|se|sv|expires)=)[^&\s\"'<>\\]+"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic|key)(\s+)[A-Za-z0-9._~+/:=-]{12,}")
_ASSERTION = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")
_PRIVATE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)

_KEY = re.compile(r"[!-~]+")
"""What a key is made of."""

_HEADER = re.compile(r"[ -~]+")
"""What an HTTP header can carry."""

_in_use: OrderedDict[str, None] = OrderedDict()
_lock = threading.Lock()


class Unfit(BadInput):
    """A value that can't be a key."""


def secret(name: str) -> str | None:
    """The value of the credential, or None if there is none. Raises BadInput for a config.toml with faults, and for a
    value that no key has."""
    for variable in KEYS.get(name, ()):
        value = os.environ.get(variable, "").strip()
        if value:
            return _fit(value, f"{variable} in the environment")
    value = config().credentials.get(name, "").strip()
    return _fit(value, f"{name} under [credentials] in config.toml") if value else None


def header_value(name: str) -> str | None:
    """The value for a header of one's own, or None if there is none: a credential's, or by any name the environment's
    (as it is, or in capitals), then that of config.toml. It may hold spaces, as `Bearer …` does. Masked from here on.
    """
    variables = (*KEYS.get(name, ()), name, name.upper())
    value = next((os.environ[each].strip() for each in variables if os.environ.get(each, "").strip()), "")
    value = value or config().credentials.get(name, "").strip()
    if not value:
        return None
    for word in value.split():
        in_use(word)
    return _fit(in_use(value), f"the credential {name}", _HEADER)


def _fit(value: str, place: str, form: re.Pattern[str] = _KEY) -> str:
    if not form.fullmatch(value):
        said = f"{place} holds what no key holds: a space, a line break, or a letter that isn't ASCII"
        raise Unfit(said, "copy it again, whole and alone")
    return value


def lacking(name: str) -> list[str]:
    """What is missing for it, as a sentence with its cure; empty if it is there."""
    try:
        if secret(name):
            return []
    except Unfit as error:
        return [f"{error.message}: {error.hint}"]
    variables = " or ".join(KEYS[name])
    return [f"{name} has no key: set {variables}{IN_CONFIG.format(name)}"]


def in_use(token: str) -> str:
    """Remembers a short-lived token, so that it is masked like a key. Returns it."""
    with _lock:
        _in_use[token] = None
        _in_use.move_to_end(token)
        while len(_in_use) > 100:
            _in_use.popitem(last=False)
    return token


def redact(text: str) -> str:
    """The text with every known secret, and whatever looks like a signature, masked."""
    for value in _known():
        if value in text:
            text = text.replace(value, MASK)
    text = _PRIVATE.sub(MASK, text)
    text = _SIGNED.sub(rf"\1{MASK}", text)
    text = _BEARER.sub(rf"\1\2{MASK}", text)
    return _ASSERTION.sub(MASK, text)


def _in_addresses(settings: Config) -> Iterator[str]:
    """What is secret of a webhook's and of a database's address."""
    webhook = settings.alerts.webhook or ""
    yield webhook
    for text in (settings.database_url or "", os.environ.get("STORYREEL_DATABASE_URL", "")):
        with suppress(ValueError):
            yield urlsplit(text).password or ""


def _known() -> list[str]:
    """Every secret value, as it is and as URLs write it; the longest first, since one may hold another."""
    values = {os.environ.get(name, "").strip() for names in KEYS.values() for name in names}
    with suppress(BadInput):  # its faults are said elsewhere, and no reason to let the others through
        values.update(value.strip() for value in config().credentials.values())
        values.update(_in_addresses(config()))
    with _lock:
        values.update(_in_use)
    values |= {quote(value, safe="") for value in values}
    return sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True)
