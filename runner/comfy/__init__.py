"""Everything about a ComfyUI server: workflows, graphs, and the client."""
