"""Evaluation: what a trained model says, and how good that is."""
