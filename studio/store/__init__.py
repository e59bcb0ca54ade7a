"""Files that are kept: the vault of bought clips, and inputs that lie at a URL."""
