"""comfy-headless: upload, mask, check, run, fetch, cancel."""

import json
import sys
import time
from pathlib import Path

from comfy_headless.client import ComfyClient

url, picture, quick, slow = sys.argv[1:]
client = ComfyClient(base_url=url)
online = client.is_online()
uploaded = client.upload_image(picture)
graph = json.loads(Path(quick).read_text())
graph["1"]["inputs"]["image"] = uploaded["ref"]
checked = client.check_workflow_dependencies(graph)
prompt_id = client.queue_prompt(graph)
entry = client.wait_for_completion(prompt_id, timeout=60)
(made,) = entry["outputs"]["2"]["images"]
png = client.get_image(made["filename"], made["subfolder"], made["type"])

graph = json.loads(Path(slow).read_text())
prompt_id = client.queue_prompt(graph)
while not client.get_queue()["queue_running"]:
    time.sleep(0.05)
cancelled = client.cancel_current()
ended = client.wait_for_completion(prompt_id, timeout=60)
print()
print(
    json.dumps(
        {
            "online": online,
            "uploaded": uploaded,
            "checked": checked,
            "png": png[:4].hex(),
            "cancelled": cancelled,
            "ended": ended["status"]["messages"][-1][0],
            "stats": client.get_system_stats()["system"]["os"],
            "checkpoints": client.get_checkpoints(),
        },
        default=str,
    )
)
