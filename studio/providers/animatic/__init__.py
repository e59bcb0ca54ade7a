"""The animatic: stills under a moving camera, and title cards. Free, on this machine."""
