"""What a worker can be asked, in the imperative."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import Field

from finetune_studio.project.value import Value


class Run(Value):
    """Do a job, by its name in `engine/jobs.py`, with JSON-ready arguments."""

    command: Literal["Run"] = "Run"
    job: str
    arguments: dict[str, Any] = Field(default_factory=dict)


class Stop(Value):
    """End the job at the next safe point; a training run keeps its best epoch."""

    command: Literal["Stop"] = "Stop"


class Pause(Value):
    """Wait between two steps until `Continue`."""

    command: Literal["Pause"] = "Pause"


class Continue(Value):
    """Go on after `Pause`."""

    command: Literal["Continue"] = "Continue"


class GoBack(Value):
    """Go on training from the best epoch so far, at half the learning rate."""

    command: Literal["GoBack"] = "GoBack"


AnyCommand = Annotated[
    Union[Run, Stop, Pause, Continue, GoBack],  # noqa: UP007 - reads better as a list
    Field(discriminator="command"),
]
