"""What a person and a script see of a run: progress, tables, errors, and JSON lines."""
