"""The library: what a film is and how one is made.

Knows nothing of ComfyUI, of the command line or of torch, and imports nothing of ours outside this folder.
Nothing is imported here either: `from .studio.film import render` loads what rendering needs and no more.
"""
