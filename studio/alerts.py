"""Alerts: a budget is three quarters used, or nine tenths. Told once each: in the log, and to a webhook if there is."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from .config import Config

if TYPE_CHECKING:
    from .ledger import Alert, Ledger

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

    body = {
        "text": str(alert),
        "budget": alert.name,
        "threshold": alert.threshold,
        "used": str(alert.used),
        "limit": str(alert.limit),
    }
    try:
        httpx.post(url, json=body, timeout=WEBHOOK_SECONDS).raise_for_status()
    except httpx.HTTPError as error:
        _log.warning("the alert's webhook can't be told: %s", type(error).__name__)
