"""A network with a stem, a stage and a head, and variations on what a sample passes in it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

PIXELS = torch.randn(4, 3, 16, 16, generator=torch.Generator().manual_seed(0))


class Net(nn.Module):
    """Two convolutions and a head, and between them what a test wants there."""

    def __init__(self, between: Callable[[Tensor], Tensor] | None = None) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8))
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(8, 3)
        self._between = between

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        if self._between is not None:
            x = self._between(x)
        x = self.dropout(self.second(x))
        return self.head(x.mean((2, 3)))


class Shifted(Net):
    """With a parameter of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.ones(1, 8, 1, 1))
