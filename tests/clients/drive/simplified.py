"""comfy-api-simplified: upload, run, fetch, cancel."""

import json
import sys
import time

from comfy_api_simplified import ComfyApiWrapper, ComfyWorkflowWrapper

url, picture, quick, slow = sys.argv[1:]
api = ComfyApiWrapper(url)
uploaded = api.upload_image(picture, subfolder="")
flow = ComfyWorkflowWrapper(quick)
flow.set_node_param("Load Image, $~image", "image", uploaded["name"])
images = api.queue_and_wait_images(flow, "Save Image")

# A node of a film tells its progress in texts, and this client takes every binary message for a picture.
short = ComfyWorkflowWrapper(slow)
short["1"]["inputs"]["duration"] = 1.0
films = api.queue_and_wait_images(short, "Save Video")

prompt_id = api.queue_prompt(ComfyWorkflowWrapper(slow))["prompt_id"]
while api.get_queue()["queue_running"] == []:
    time.sleep(0.05)
ahead = api.get_queue_size_before(prompt_id)
api.interrupt()
while prompt_id not in api.get_history(prompt_id):
    time.sleep(0.2)
ended = api.get_history(prompt_id)[prompt_id]["status"]
print(
    json.dumps(
        {
            "uploaded": uploaded["name"],
            "names": list(images),
            "png": [content[:4].hex() for content in images.values()],
            "sizes": [len(content) for content in images.values()],
            "films": {name: film[4:8].decode(errors="replace") for name, film in films.items()},
            "ahead": ahead,
            "ended": ended["status_str"],
            "last": ended["messages"][-1][0],
            "nodes": len(api.get_object_info()),
            "embeddings": api.get_embeddings(),
            "os": api.get_system_stats()["system"]["os"],
        }
    )
)
