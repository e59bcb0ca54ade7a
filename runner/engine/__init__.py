"""The embedded engine: runs workflows in ComfyUI's API format with no ComfyUI and no torch.

with EmbeddedServer(base) as server:      # ComfyUI's own HTTP and websocket protocol at server.url
    ...
serve(base, port=8189)                    # the same, until SIGINT
object_info()                             # what it can run
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .server import EmbeddedServer, serve

__all__ = ["EmbeddedServer", "complaints", "object_info", "serve"]


def object_info() -> dict[str, Any]:
    """What /object_info of the engine answers, with nothing running: combos that list files are empty."""
    from .catalogue import catalogue, object_info

    return object_info(catalogue())


def complaints(graph: dict[str, Any]) -> dict[str, str]:
    """What Storyreel's nodes in a graph of right values say of these together: by node, a line each."""
    from .catalogue import catalogue
    from .validation import complaints

    return complaints(graph, catalogue())


def __getattr__(name: str) -> Any:
    # The server brings aiohttp along; who only asks for the nodes needn't wait for it.
    if name in ("EmbeddedServer", "serve"):
        from . import server

        return getattr(server, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
