"""Stand-ins for the few nodes of ComfyUI itself that saved workflows need around Storyreel's.

Each has the id, the inputs and outputs, and the /object_info of the node it stands for, and does what that
node does, on files and arrays. None is derived from a name that ends in ComfyNode in its own file:
ComfyUI-Manager reads sources, and would tell people that this pack provides them.
"""

from __future__ import annotations

from . import pictures, sounds, values, videos

BUILTINS = (*pictures.NODES, *videos.NODES, *sounds.NODES, *values.NODES)
