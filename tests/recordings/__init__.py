"""Recorded runs: each illness the watchdog knows, and healthy ones it must be silent about.

They are real runs of small models, trained by ``python -m tests.recordings`` and thinned. The
recipes are in `recipes.py`, so that they can be made again after the trainer has changed.
"""
