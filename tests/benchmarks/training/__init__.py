"""Our training against other programs', on the same data with the same epochs.

`python -m tests.benchmarks` runs it. Every file named in `contestants.py` is one program that
fine-tunes; `race.py` has them take turns, each trial in a process of its own.
"""
