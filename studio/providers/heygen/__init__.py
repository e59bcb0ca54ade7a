"""HeyGen: avatars that speak."""
