"""Buying a clip: once, whatever happens meanwhile. `purchase.py` is where to begin reading."""

from __future__ import annotations

from .context import Store, opened_store
from .purchase import Purchase

__all__ = ["Purchase", "Store", "opened_store"]
