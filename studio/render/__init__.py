"""A timeline becomes a film."""
