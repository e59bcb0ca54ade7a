"""Workflow graphs in API format: their inputs, values set from outside, their faults, their layout on a canvas."""
