"""comfykit: upload, run, both ways of waiting, fetch. It has no way to cancel."""

import asyncio
import json
import sys
import urllib.request
from pathlib import Path

from comfykit import ComfyKit

url, picture, quick, slow = sys.argv[1:]


async def main() -> dict:
    found = {}
    for way in ("http", "websocket"):
        kit = ComfyKit(comfyui_url=url, executor_type=way)
        result = await kit.execute(quick, {"image": picture})
        found[way] = {"status": result.status, "said": result.msg, "images": len(result.images)}
        for address in result.images:
            found[way]["png"] = urllib.request.urlopen(address).read()[:4].hex()
    graph = json.loads(Path(slow).read_text())
    graph["1"]["inputs"]["duration"] = 1.0
    Path("short.json").write_text(json.dumps(graph))
    for way in ("http", "websocket"):
        kit = ComfyKit(comfyui_url=url, executor_type=way)
        result = await kit.execute("short.json", {})
        found[way]["films"] = [urllib.request.urlopen(each).read()[4:8].decode() for each in result.videos]
        graph["1"]["inputs"]["seed"] = 1
        Path("short.json").write_text(json.dumps(graph))
    return found


print("\n" + json.dumps(asyncio.run(main())))
