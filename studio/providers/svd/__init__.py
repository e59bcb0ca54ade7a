"""Stable Video Diffusion on this machine: a picture in, frames out, for nothing but time.

    model.py     what a model is, and what loads one
    knobs.py     what it is told: motion, rate, noise, steps, size
    weights.py   where a model's weights are, and what else isn't there
    filming.py   a clip of any length from goes of a model's own length, frame by frame into a file
    engine.py    what is loaded, for whom, and when it is let go
    pipeline.py  the model itself through diffusers: the one file that imports torch

The door to it is providers/svd.py.
"""
