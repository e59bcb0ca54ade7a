"""What a film is made of: clips one after another, how each comes in, and its settings. Plain values."""
