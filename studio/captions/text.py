"""A caption's text as it is written and shown."""

from __future__ import annotations


def shown_lines(text: str) -> str:
    """Without what would end a caption in the middle: empty lines, and characters that no reader sees."""
    lines = ("".join(c for c in line if c == "\t" or c >= " ") for line in text.splitlines())
    return "\n".join(line.strip() for line in lines if line.strip())
