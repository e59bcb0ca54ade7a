"""Captions: what is said, to be read. Words become cues (cues.py), cues become files (files.py) and pictures (burn.py).

captions = cues(speech.words, at=12.5, until=20.0)
Timeline(clips=clips, captions=captions, caption_look=CaptionLook(style="word"))
"""
