"""Facts the engine finds out and the window draws: a machine, a model, data, an evaluation."""

from __future__ import annotations

from finetune_studio.project.choices import DataKind, Split, Task
from finetune_studio.project.problems import Problem
from finetune_studio.project.value import Value


class DeviceDescription(Value):
    """One place arithmetic can run. ``id`` is torch's name for it; memory in bytes."""

    id: str
    title: str
    memory: int = 0


class MachineDescription(Value):
    """This computer, as the engine sees it. Memory in bytes; versions by package name."""

    devices: tuple[DeviceDescription, ...]
    cores: int
    memory: int
    bf16_fast: bool
    versions: dict[str, str]


class Trial(Value):
    """One way to compute, timed on the real model with a real batch.

    Attributes:
        seconds: of one training step without the update; ``None`` when it did not get that far.
        loss: of a few samples of the batch, nothing left to chance.
        chosen: whether the run computes this way.
        note: why it was left out ("out of memory", "its loss differs", "not timed: the run is
            short"), or what to know of it ("other programs were busy meanwhile").
    """

    memory_format: str
    precision: str
    compiled: bool = False
    threads: int
    micro_batch: int = 0
    seconds: float | None = None
    loss: float | None = None
    chosen: bool = False
    note: str = ""


class LayerNode(Value):
    """One module in the layer tree.

    Attributes:
        path: dotted module path in the model; the root's is empty.
        name: what people call it ("Stage 3", "Layer 5", "Attention").
        kind: the module's class ("Conv2d", "BertLayer").
        parameters: count in this module and below.
        output_shape: of one sample, without the batch dimension; empty when not a tensor.
        seconds: measured forward time of one sample; 0 when not measured.
    """

    path: str
    name: str
    kind: str
    parameters: int
    output_shape: tuple[int, ...] = ()
    seconds: float = 0.0
    children: tuple[LayerNode, ...] = ()


class BlockDescription(Value):
    """One block of the strip, from input to head.

    Attributes:
        name: "Stem", "Stage 3", "Layer 5", "Head".
        paths: module paths it is made of.
        parameters: count.
        seconds: measured forward time of one sample.
        training_seconds: measured time of one sample forward and backward when all of the block
            trains; 0 when not measured.
        activation_bytes: memory its intermediate results take for one sample.
    """

    name: str
    paths: tuple[str, ...]
    parameters: int
    seconds: float
    activation_bytes: int
    training_seconds: float = 0.0


class ModelDescription(Value):
    """A model as the layers page draws it. The last block is the head.

    Attributes:
        input_size: side of the square picture in pixels, or the longest text in tokens.
        transformer: whether the backbone is a transformer.
        update_seconds: measured time a step takes to update one parameter; 0 when not measured.
        measured_tokens: in each text the layers were timed with; 0 for pictures.
        process_bytes: memory of a process that has opened the model, without its weights; 0 when
            not measured.
    """

    id: str
    title: str
    task: Task
    parameters: int
    input_size: int
    transformer: bool
    licence: str
    blocks: tuple[BlockDescription, ...]
    tree: LayerNode
    update_seconds: float = 0.0
    measured_tokens: int = 0
    process_bytes: int = 0

    @property
    def block_paths(self) -> tuple[tuple[str, ...], ...]:
        """The module paths of each block, as `freeze_plan` takes them."""
        return tuple(block.paths for block in self.blocks)


class ColumnDescription(Value):
    """A table's column: its name, a few values, and how many different ones were seen."""

    name: str
    examples: tuple[str, ...]
    distinct: int


class LabelCount(Value):
    """How many samples one label has, in all and in each split."""

    label: str
    count: int
    train: int = 0
    validation: int = 0
    test: int = 0


class Preview(Value):
    """One sample as a gallery or a row shows it: a picture's path or a text, and its place."""

    label: str
    split: Split
    where: str
    path: str = ""
    text: str = ""


class DataReport(Value):
    """What an inspection found.

    Attributes:
        path: the folder or table inspected.
        samples: usable samples.
        labels: sorted by name, so that an index means the same everywhere.
        columns, text_column, image_column, label_column, split_column: of a table; guesses
            where the user has not decided.
        delimiter, encoding: of a CSV or TSV file, detected or as decided.
        own_splits: whether the data bring a division of their own.
        previews: file with one `Preview` a line (JSON), up to 200 a label.
        median_tokens: typical length of a text in words; 0 for pictures.
    """

    path: str
    task: Task
    kind: DataKind
    samples: int
    labels: tuple[LabelCount, ...]
    problems: tuple[Problem, ...] = ()
    columns: tuple[ColumnDescription, ...] = ()
    text_column: str = ""
    image_column: str = ""
    label_column: str = ""
    split_column: str = ""
    delimiter: str = ""
    encoding: str = ""
    own_splits: bool = False
    previews: str = ""
    median_tokens: int = 0
    seconds: float = 0.0

    @property
    def train_samples(self) -> int:
        """Samples in the training split."""
        return sum(label.train for label in self.labels)


class Figures(Value):
    """The headline numbers of one evaluation; shares between 0 and 1, loss in nats."""

    loss: float
    accuracy: float
    macro_f1: float
    weighted_f1: float


class LabelFigures(Value):
    """How well one label is told apart; shares between 0 and 1."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


class SamplePrediction(Value):
    """What the model says of one evaluated sample.

    Attributes:
        where: the file, or file and line, the sample comes from.
        path: of a picture; empty for a text.
        probability: of the predicted label.
        true_probability: of the true label.
    """

    where: str
    true: str
    predicted: str
    probability: float
    true_probability: float
    path: str = ""
    text: str = ""


class EvaluationReport(Value):
    """An honest look at a run's best epoch.

    Attributes:
        split: which part was evaluated; ``None`` for data given afterwards.
        interval: 95 % Wilson interval of the accuracy (Wilson 1927).
        baseline_accuracy, baseline_macro_f1: of always answering the majority label, which is
            ``baseline_label``.
        confusion: ``confusion[true][predicted]`` in the order of ``labels``.
        mistakes: the most confident wrong answers, most confident first.
        predictions: file with one `SamplePrediction` a line (JSON), all samples.
    """

    run: str
    epoch: int
    data: str
    split: Split | None
    samples: int
    figures: Figures
    interval: tuple[float, float]
    baseline_label: str
    baseline_accuracy: float
    baseline_macro_f1: float
    labels: tuple[LabelFigures, ...]
    confusion: tuple[tuple[int, ...], ...]
    mistakes: tuple[SamplePrediction, ...]
    predictions: str
    problems: tuple[Problem, ...] = ()


class Probability(Value):
    """One label's share of a prediction."""

    label: str
    probability: float


class ExportedFile(Value):
    """One file of an export, its path relative to the export's folder, its size in bytes."""

    path: str
    size: int


class Certificate(Value):
    """What re-opening an export showed.

    Attributes:
        format: the export's format.
        folder: where it was written.
        samples: real samples it was compared on.
        agreement: share on which export and trained model name the same label.
        largest_difference: between their probabilities.
        tolerance: the largest difference that passes.
        snippet: a few lines of code that use the export.
    """

    format: str
    folder: str
    samples: int
    agreement: float
    largest_difference: float
    tolerance: float
    files: tuple[ExportedFile, ...]
    snippet: str
