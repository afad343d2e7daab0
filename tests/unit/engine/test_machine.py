from __future__ import annotations

import psutil

from finetune_studio.engine.machine import describe_machine


def test_the_machine_is_described_as_it_is() -> None:
    machine = describe_machine()
    assert machine.devices[-1].id == "cpu"
    assert machine.devices[-1].title
    assert machine.memory == psutil.virtual_memory().total
    assert machine.cores >= 1
    assert {"Python", "torch", "transformers", "timm"} <= machine.versions.keys()
