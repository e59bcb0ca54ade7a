"""A storyboard with another provider or quality than is written in it, as --provider and --quality ask."""

from __future__ import annotations

from ..errors import BadInput, did_you_mean
from ..providers.models import catalogue
from ..storyboard.model import Storyboard
from ..timeline.settings import QUALITIES


def overridden(storyboard: Storyboard, provider: str | None = None, quality: str | None = None) -> Storyboard:
    """The same storyboard, every scene shot by `provider`, in another quality; None leaves it as it is.

    Models stay where that provider has them; a size and a crf go with the quality that they stood for. Raises
    BadInput for a quality that there isn't; whether there is such a provider is for check.py.
    """
    data = storyboard.to_plain()
    if provider:
        data["provider"] = provider
        for entry in (data, *data["scenes"]):
            if entry is not data:
                entry.pop("provider", None)
            if "model" in entry and not _may_have(provider, entry["model"]):
                del entry["model"]
    if quality:
        if quality not in QUALITIES:
            raise BadInput(f"{quality!r} is not a quality", did_you_mean(quality, QUALITIES))
        data["quality"] = quality
        if data.pop("size", None):
            data["aspect_ratio"] = storyboard.shape
        data.pop("crf", None)
    return Storyboard.model_validate(data)


def _may_have(provider: str, model: str) -> bool:
    """False where it is known that it hasn't."""
    doors = {can.provider for can in catalogue() if can.model == model}
    return provider == "auto" or (provider in doors if doors else provider != "animatic")
