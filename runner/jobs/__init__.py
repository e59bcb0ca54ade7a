"""What a command works on: a storyboard, a sequence or a workflow, read and checked, with its files and its record."""
