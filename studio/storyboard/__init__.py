"""The storyboard file: its keys, how it is parsed, and every fault at its place."""
