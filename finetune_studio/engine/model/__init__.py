"""Pretrained models: where they come from, what they are made of, what of them trains."""
