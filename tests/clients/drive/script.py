"""ComfyScript: names of nodes and types, run, wait, cancel. It uploads and fetches by no function of its own."""

import json
import sys
import time
import urllib.request
from pathlib import Path

from comfy_script.runtime import Workflow, load, queue

url, picture, quick, slow = sys.argv[1:]
load(url + "/")
from comfy_script.runtime import nodes  # noqa: E402

with Workflow(wait=True):
    value = nodes.PrimitiveString("quality: draft\nscenes: [{prompt: a, duration: 0.5}]")
    board = nodes.StoryreelStoryboard(value)
    nodes.PreviewAny(nodes.StoryreelEstimate(board)[0])
(entry,) = json.load(urllib.request.urlopen(f"{url}/history")).values()
graph = entry["prompt"][2]

clip = json.loads(Path(slow).read_text())["1"]["inputs"]


def film(seconds: float):
    made = nodes.StoryreelAnimaticClip(**{**clip, "duration": seconds})
    return nodes.SaveVideo(made if not isinstance(made, (list, tuple)) else made[0], "script", "auto", "auto")


with Workflow(wait=True) as short:
    film(0.5)
(entry,) = list(json.load(urllib.request.urlopen(f"{url}/history")).values())[-1:]
shown = entry["outputs"]
with Workflow() as long:
    film(120.0)
while not json.load(urllib.request.urlopen(f"{url}/queue"))["queue_running"]:
    time.sleep(0.05)
queue.cancel_all()
while json.load(urllib.request.urlopen(f"{url}/queue"))["queue_running"]:
    time.sleep(0.05)
(last,) = list(json.load(urllib.request.urlopen(f"{url}/history")).values())[-1:]
print()
print(
    json.dumps(
        {
            "classes": sorted({node["class_type"] for node in graph.values()}),
            "settings": type(nodes.StoryreelFilmSettings).__name__,
            "shown": shown,
            "ended": last["status"]["messages"][-1][0],
        }
    ),
    flush=True,
)
