"""The client of a ComfyUI, or of the embedded engine: they speak the same protocol."""
