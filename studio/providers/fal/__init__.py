"""fal.ai: many models behind one queue."""
