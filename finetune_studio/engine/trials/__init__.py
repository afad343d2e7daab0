"""Timing ways to compute on the real model with a real batch, before a run begins."""
