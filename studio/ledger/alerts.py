"""Alerts: a budget is three quarters used, or nine tenths. Told once each: in the log, and to a webhook if there is."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..config import Config

if TYPE_CHECKING:
    from . import Alert, Ledger

_log = logging.getLogger("storyreel")

WEBHOOK_SECONDS = 5.0


def sound(ledger: Ledger, settings: Config) -> list[Alert]:
    """Tells of every threshold that was passed since the last call, by whichever process asks first."""
    fresh = ledger.alerts()
    for alert in fresh:
        _log.warning(str(alert))
        if settings.alerts.webhook:
            told = threading.Thread(target=_post, args=(settings.alerts.webhook, alert), name="alert")
            told.start()  # not a daemon: the last alert of a run must get out
    return fresh


def _post(url: str, alert: Alert) -> None:
    import httpx

    from ..http_clients import Terms, fresh, under

    body = {
        "text": str(alert),
        "budget": alert.name,
        "threshold": alert.threshold,
        "used": str(alert.used),
        "limit": str(alert.limit),
    }
    try:
        with (
            under(Terms(time.monotonic() + WEBHOOK_SECONDS)),
            fresh() as client,
            client.stream("POST", url, json=body, timeout=WEBHOOK_SECONDS) as answer,
        ):
            answer.raise_for_status()  # what it says besides isn't read
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        said = "a refusal" if isinstance(error, httpx.HTTPStatusError) else type(error).__name__
        host = urlsplit(url).hostname  # what follows it is as good as a key
        _log.warning("the alert's webhook on %s can't be told: %s", host, said)
