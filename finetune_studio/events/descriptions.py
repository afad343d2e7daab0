"""Facts the engine finds out and the window draws: a machine, a model, data, an evaluation."""

from __future__ import annotations

from pydantic import Field

from finetune_studio.project.choices import DataKind, Split, Target, Task
from finetune_studio.project.problems import Problem
from finetune_studio.project.target import TargetReading
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


class PhaseDescription(Value):
    """A stretch of a run's epochs in which the same layers train.

    Attributes:
        first_epoch: counted from 1.
        woken: names of the blocks that begin to train with it, from the head down.
        trainable: parameters that train in it.
    """

    first_epoch: int
    woken: tuple[str, ...]
    trainable: int


class LayerNode(Value):
    """One module in the layer tree.

    Attributes:
        path: dotted module path in the model; the root's is empty.
        name: what people call it ("Stage 3", "Layer 5", "Attention").
        kind: the module's class ("Conv2d", "BertLayer").
        parameters: count in this module and below.
        output_shape: of one sample, without the batch dimension; empty when not a tensor.
        seconds: measured forward time of one sample; 0 when not measured.
        adapter: the kind of adapter that fits ("attention", "linear", "convolution"); empty where
            none does.
        adapter_parameters: of such an adapter of rank one.
        adapter_moves: numbers that go into and come out of it at each place of a sample.
    """

    path: str
    name: str
    kind: str
    parameters: int
    output_shape: tuple[int, ...] = ()
    seconds: float = 0.0
    adapter: str = ""
    adapter_parameters: int = 0
    adapter_moves: int = 0
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
        passing_seconds: the same when nothing of it trains, and gradients only pass through; 0
            when not measured, and of the first block, through which none has to pass.
        activation_bytes: memory its intermediate results take for one sample.
    """

    name: str
    paths: tuple[str, ...]
    parameters: int
    seconds: float
    activation_bytes: int
    training_seconds: float = 0.0
    passing_seconds: float = 0.0


class ModelDescription(Value):
    """A model as the layers page draws it. The last block is the head.

    Attributes:
        input_size: side of the square picture in pixels, or the longest text in tokens.
        transformer: whether the backbone is a transformer.
        update_seconds: measured time a step takes to update one parameter; 0 when not measured.
        layer_seconds: the same for a layer, however small it is.
        step_seconds, epoch_seconds: what a step and an epoch take beside the network; 0 when not
            known.
        adapter_seconds: measured time of one number that goes into or comes out of an adapter of
            the usual rank, there and back; 0 when not measured.
        fixed_share: of the blocks' times, what a batch takes for any number of samples; they were
            measured for batches of 32.
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
    layer_seconds: float = 0.0
    step_seconds: float = 0.0
    epoch_seconds: float = 0.0
    adapter_seconds: float = 0.0
    fixed_share: float = 0.0
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


class EarlierTable(Value):
    """How a table of earlier data was read; columns are empty where none seems to fit.

    Attributes:
        content_column: of the texts or of the pictures' paths.
        delimiter: empty where the file has none.
    """

    columns: tuple[ColumnDescription, ...]
    content_column: str = ""
    label_column: str = ""
    delimiter: str = ""


class LabelCount(Value):
    """How many samples one label has, in all and in each split."""

    label: str
    count: int
    train: int = 0
    validation: int = 0
    test: int = 0


class VariedPicture(Value):
    """A training picture and what augmentation makes of it, as files.

    Attributes:
        where: the file, or file and line, it comes from.
        path: as the model sees it unvaried.
        varied: as the model may see it in training.
    """

    label: str
    where: str
    path: str
    varied: tuple[str, ...]


class Preview(Value):
    """One sample as a gallery or a row shows it: a picture's path or a text, and its place.

    Attributes:
        label: what the sample is.
        groups: the names of the bars it counts towards, where those are not its label.
    """

    label: str
    split: Split
    where: str
    path: str = ""
    text: str = ""
    groups: tuple[str, ...] = ()


class DataReport(Value):
    """What an inspection found.

    Attributes:
        path: the folder or table inspected.
        samples: usable samples.
        labels: sorted by name, so that an index means the same everywhere; of numbers, stretches
            of them in rising order.
        target: what is learned of each sample. With several labels the counts of ``labels`` add
            up to more than there are samples.
        divided: samples for training, validation and test.
        unlabelled: samples that have none of several labels.
        columns, text_column, image_column, label_column, split_column: of a table; guesses
            where the user has not decided.
        delimiter, encoding: of a CSV or TSV file, detected or as decided.
        own_splits: whether the data bring a division of their own.
        previews: file with one `Preview` a line (JSON), up to 200 a label.
        median_tokens: typical length of a text in words; 0 for pictures.
        cleaned: whether steps of cleaning are on, so that what was found is of cleaned texts.
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
    target: TargetReading = TargetReading()
    divided: tuple[int, int, int] = (0, 0, 0)
    unlabelled: int = 0
    cleaned: bool = False

    @property
    def parts(self) -> tuple[int, int, int]:
        """Samples for training, validation and test."""
        if any(self.divided):
            return self.divided
        labels = self.labels
        return (
            sum(label.train for label in labels),
            sum(label.validation for label in labels),
            sum(label.test for label in labels),
        )

    @property
    def train_samples(self) -> int:
        """Samples in the training split."""
        return self.parts[0]

    @property
    def validation_samples(self) -> int:
        """Samples in the validation split."""
        return self.parts[1]


class Figures(Value):
    """The headline numbers of one evaluation; shares between 0 and 1, loss in nats.

    Attributes:
        accuracy: share of right answers; of several labels, of samples with every label right; of
            numbers 0, as are the F1 figures.
        balanced_accuracy: recall averaged over the labels that occur; of one label only.
        micro_f1: over all answers about all labels; of several labels only.
        mae: mean absolute error, in the numbers' own unit, as is ``rmse``, the root of the mean
            squared error; of numbers only.
        r2: share of the numbers' spread that is explained; below 0 when always answering their
            mean would be better. 0 where all numbers are the same.
    """

    loss: float
    accuracy: float
    macro_f1: float
    weighted_f1: float
    balanced_accuracy: float = 0.0
    target: Target = Target.LABEL
    micro_f1: float = 0.0
    mae: float = 0.0
    rmse: float = 0.0
    r2: float = 0.0
    unit: str = ""


class LabelFigures(Value):
    """How well one label is told apart; shares between 0 and 1.

    Attributes:
        support: samples that have the label.
        threshold: the probability from which on the label is given; of several labels only.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    threshold: float = 0.5


class SamplePrediction(Value):
    """What the model says of one evaluated sample.

    Attributes:
        where: the file, or file and line, the sample comes from.
        path: of a picture; empty for a text.
        probability: of the predicted label.
        true_probability: of the true label.
        shares: the probability of every label, where a sample can have several.
        value, true_value: of numbers.

    Of several labels and of numbers, ``true`` and ``predicted`` are as `project.target` writes
    them, ``probability`` says how sure the worst mistake was.
    """

    where: str
    true: str
    predicted: str
    probability: float
    true_probability: float
    path: str = ""
    text: str = ""
    shares: tuple[float, ...] = ()
    value: float = 0.0
    true_value: float = 0.0


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
        target: what was learned; of several labels and of numbers, ``interval`` is that of the
            main figure (macro F1, mean absolute error), found by drawing samples anew
            (bootstrap, Efron 1979).
        intervals: of other figures, by name ("micro_f1", "rmse", "r2").
        together: of several labels, ``together[one][other]`` is how many samples have both.
        baseline: of always giving the labels that most samples have, or the mean number.
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
    target: Target = Target.LABEL
    intervals: dict[str, tuple[float, float]] = Field(default_factory=dict)
    together: tuple[tuple[int, ...], ...] = ()
    baseline: Figures | None = None


class Probability(Value):
    """One label's share of a prediction.

    Attributes:
        threshold: from which on the label is given, where a sample can have several.
    """

    label: str
    probability: float
    threshold: float = 0.5

    @property
    def given(self) -> bool:
        """Whether the label is given, where a sample can have several."""
        return self.probability >= self.threshold


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
        agreement: share on which export and trained model name the same label, the same labels,
            or a number within the tolerance.
        largest_difference: between their probabilities; of numbers, as a share of their spread.
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
