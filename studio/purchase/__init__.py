"""Buying a clip: once, whatever happens meanwhile. `course.py` is where to begin reading."""

from __future__ import annotations

from .course import Purchase
from .terms import Store, opened_store

__all__ = ["Purchase", "Store", "opened_store"]
