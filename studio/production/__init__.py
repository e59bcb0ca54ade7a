"""A storyboard becomes clips, and the clips a timeline."""
