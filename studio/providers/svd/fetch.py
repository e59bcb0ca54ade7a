"""Downloading a model's weights, when somebody says so: a film never does."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from ...errors import BadInput, OutputError, ProviderError, did_you_mean
from . import weights

FILES = ["model_index.json", "*/*.json", "*/*.fp16.safetensors"]
"""Of what the repository has: the pipeline's parts in fp16, and not the same weights in three other shapes."""


def fetch(model: str, quiet: bool = False, endpoint: str | None = None) -> Path:
    """The folder of the model's weights, downloaded where they are looked for; what is there already stays. `endpoint`
    is another hub than Hugging Face's own. Raises BadInput, ProviderError, OutputError."""
    if model not in weights.REPOS:
        raise BadInput(f"{model!r} is none of the models", did_you_mean(model, list(weights.REPOS)))
    if folder := weights.folder_of(model):
        return folder
    if importlib.util.find_spec("huggingface_hub") is None:
        raise BadInput(
            "huggingface_hub isn't installed, which downloads them", "pip install 'storyreel[svd]'"
        )
    return _fetched(model, quiet, endpoint)


def _fetched(model: str, quiet: bool, endpoint: str | None) -> Path:
    from huggingface_hub import snapshot_download  # pyright: ignore[reportMissingImports]
    from huggingface_hub.errors import (  # pyright: ignore[reportMissingImports]
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )
    from huggingface_hub.utils import disable_progress_bars  # pyright: ignore[reportMissingImports]

    if quiet:
        disable_progress_bars()
    repo, target = weights.REPOS[model], weights.target_of(model)
    try:
        snapshot_download(
            repo,
            revision=weights.REVISIONS[model],
            allow_patterns=FILES,
            endpoint=endpoint or os.environ.get("HF_ENDPOINT"),
            **({"local_dir": target} if target else {"cache_dir": weights.cache()}),
        )
    except (GatedRepoError, RepositoryNotFoundError):  # the latter is what it says to whom it doesn't know
        raise ProviderError(
            f"{repo} is given to those who have accepted its licence",
            f"accept it at https://huggingface.co/{repo}, then log in here: `hf auth login`, or set HF_TOKEN",
        ) from None
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        if (
            isinstance(error, OSError) and error.errno
        ):  # of the disk; those of the network have no number here
            raise OutputError(f"the weights can't be written: {error.strerror}", "make room there") from None
        raise ProviderError(
            f"{repo} can't be downloaded: {said}",
            "run it again, it goes on where it was; or copy the folder there",
        ) from None
    folder = weights.folder_of(model)
    if folder is None:
        raise ProviderError(f"{repo} came without all of its parts", weights.lacking(model))
    return folder
