"""The settings of a run, put together from one small class for each thing they decide."""

from __future__ import annotations

from finetune_studio.project.settings.adapting import AdapterSettings
from finetune_studio.project.settings.balancing import BalancingSettings
from finetune_studio.project.settings.length import LengthSettings
from finetune_studio.project.settings.machine import MachineSettings
from finetune_studio.project.settings.optimizing import OptimizerSettings
from finetune_studio.project.settings.regularizing import RegularizationSettings
from finetune_studio.project.settings.remembering import RememberingSettings
from finetune_studio.project.settings.scheduling import ScheduleSettings
from finetune_studio.project.settings.stopping import StoppingSettings
from finetune_studio.project.settings.targets import TargetSettings
from finetune_studio.project.settings.text_varying import TextVariationSettings
from finetune_studio.project.settings.varying import VariationSettings


class Hyperparameters(
    # Fields come in the order of the last class first, so the list is read from below.
    MachineSettings,
    StoppingSettings,
    RememberingSettings,
    BalancingSettings,
    TargetSettings,
    RegularizationSettings,
    TextVariationSettings,
    VariationSettings,
    ScheduleSettings,
    OptimizerSettings,
    AdapterSettings,
    LengthSettings,
):
    """The settings of a run. Defaults are safe; `recommendation.py` makes them fit."""
