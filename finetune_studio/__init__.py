"""Finetune Studio: fine-tune a pretrained model on your own pictures or texts, without code."""

from __future__ import annotations

__version__ = "0.1.0"
