"""The closed lists a user chooses from. Each member carries the words it is shown with."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Choice(StrEnum):
    """A closed list: each member has a stored value, a title and a sentence of help."""

    title_text: str
    help_text: str

    def __new__(cls, value: str, title: str = "", help_text: str = "") -> Self:
        """A member from its stored value, title and help."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.title_text = title
        member.help_text = help_text
        return member

    def suits(self, target: str) -> bool:  # noqa: ARG002 - most suit all
        """Whether it means something where this kind of `Target` is learned."""
        return True


class Task(Choice):
    """What is told apart."""

    IMAGE = "image", "Pictures", "Tell pictures apart by what they show."
    TEXT = "text", "Texts", "Tell texts apart by what they say."


class Target(Choice):
    """What is learned of each sample."""

    LABEL = "label", "One label", "Each sample has exactly one of the labels."
    LABELS = "labels", "Several labels", "Each sample has any of the labels, or none of them."
    NUMBER = "number", "A number", "Each sample has a quantity, such as a price or an age."


class ModelSource(Choice):
    """Who defines the architecture and where its weights come from."""

    STARTER = "starter", "Starter", "Ships with the application; needs no network."
    TORCHVISION = "torchvision", "torchvision", "PyTorch's own collection of vision models."
    TIMM = "timm", "timm", "The largest collection of vision models."
    TRANSFORMERS = "transformers", "transformers", "Language models in Hugging Face's format."
    LOCAL = "local", "Folder or file", "Weights that lie on this computer."


class DataKind(Choice):
    """How the data lie on disk."""

    IMAGE_FOLDER = "image_folder", "Folder of pictures", "One folder a label."
    TEXT_FOLDER = "text_folder", "Folder of texts", "One folder a label, one .txt file a sample."
    TABLE = "table", "Table", "CSV, TSV, JSONL or Parquet with one sample a row."


class Split(Choice):
    """Which part of the data a sample belongs to."""

    TRAIN = "train", "Training", "The model learns from these."
    VALIDATION = "validation", "Validation", "Watched every epoch; picks the best epoch."
    TEST = "test", "Test", "Never looked at while training; the honest figure."


class FreezePreset(Choice):
    """How deep training goes into the model."""

    HEAD = "head", "Head only", "Fast, and hard to overfit: for little data or a first look."
    LAST_BLOCKS = (
        "last_blocks",
        "Head and last blocks",
        "The usual next step once head only levels off.",
    )
    EVERYTHING = "everything", "Everything", "Most accurate with enough data; slowest."
    CUSTOM = "custom", "Custom", "Exactly the layers ticked in the tree."


class Unfreezing(Choice):
    """From which epoch on the layers that train do so."""

    NONE = "none", "All at once", "Everything that trains does so from the first epoch."
    HEAD_FIRST = (
        "head_first",
        "Head first",
        "The new head settles on frozen features before the layers behind it may move.",
    )
    ONE_BY_ONE = (
        "one_by_one",
        "One block an epoch",
        "From the head down; the most general layers change last.",
    )
    CUSTOM = "custom", "Custom", "Each block from the epoch it is dragged to."


class Optimizer(Choice):
    """The rule that turns gradients into steps."""

    ADAMW = (
        "adamw",
        "AdamW",
        "Adam with decoupled weight decay; a good default for nearly everything.",
    )
    ADAM = "adam", "Adam", "Adaptive steps; weight decay is mixed into the gradient."
    SGD = "sgd", "SGD with momentum", "Plain steps with momentum; needs a higher learning rate."
    ADAGRAD = "adagrad", "AdaGrad", "Steps shrink for what changed often; for sparse features."
    RMSPROP = "rmsprop", "RMSprop", "Steps divided by the lately usual size of the gradient."
    ADAFACTOR = (
        "adafactor",
        "Adafactor",
        "Remembers little, so large models fit; steps are relative to the weights.",
    )
    LION = "lion", "Lion", "Steps of one size, by the sign of the momentum; wants a low rate."


class Schedule(Choice):
    """How the learning rate changes over a run."""

    CONSTANT = "constant", "Constant", "The same rate from start to end."
    LINEAR = "linear", "Linear", "Falls in a straight line to zero."
    COSINE = "cosine", "Cosine", "Falls slowly, then fast, then slowly to zero."
    COSINE_RESTARTS = (
        "cosine_restarts",
        "Cosine with restarts",
        "Falls like a cosine several times, each time from the full rate.",
    )
    POLYNOMIAL = "polynomial", "Polynomial", "Falls fast at first, then ever slower to zero."
    EXPONENTIAL = "exponential", "Exponential", "Loses the same share with every step."
    STEP = "step", "Step", "Multiplied by a factor every few epochs."
    ONE_CYCLE = "one_cycle", "One cycle", "Climbs to a high rate, then falls below where it began."
    SLANTED_TRIANGLE = (
        "slanted_triangle",
        "Slanted triangle",
        "Climbs fast, then falls in a long straight line; made for tuning language models.",
    )
    PLATEAU = (
        "plateau",
        "Reduce on plateau",
        "Stays the same until validation stops improving, then falls by a factor.",
    )


class WarmupUnit(Choice):
    """What the length of the warm-up is measured in."""

    SHARE = "share", "Share of the run", "Longer runs warm up for longer."
    STEPS = "steps", "Steps", "The same number of steps in every run."


class Adapters(Choice):
    """What trains in a layer."""

    OFF = "off", "Its own weights", "Every weight of a layer that is not frozen can change."
    LORA = (
        "lora",
        "A low-rank adapter",
        "The weights stay; two thin matrices beside them learn what is added (LoRA).",
    )


class AdaptedLayers(Choice):
    """Which layers get an adapter."""

    ALL = "all", "Linear and convolution", "Whatever multiplies with weights."
    LINEAR = "linear", "Linear only", "In transformers these are nearly all."
    ATTENTION = "attention", "Attention only", "As in the paper; the fewest parameters."


class Precision(Choice):
    """The number format the heavy arithmetic is done in."""

    AUTO = "auto", "Automatic", "bfloat16 where the device is faster with it, else float32."
    FP32 = "fp32", "float32", "Exact and slow; works everywhere."
    BF16 = "bf16", "bfloat16", "Half the memory; on recent processors and GPUs."
    FP16 = "fp16", "float16", "Half the memory on older GPUs, with gradient scaling."


class Device(Choice):
    """Where the arithmetic runs."""

    AUTO = "auto", "Automatic", "A GPU when there is one, else the processor."
    CPU = "cpu", "Processor", "Runs on every computer."
    CUDA = "cuda", "NVIDIA GPU", "An NVIDIA graphics card."
    MPS = "mps", "Apple GPU", "The graphics part of an Apple processor."


class MemoryFormat(Choice):
    """How pictures lie in memory while they pass through convolutions."""

    AUTO = "auto", "Automatic", "Whichever is faster here; measured where the run is long enough."
    CONTIGUOUS = "contiguous", "Channel after channel", "PyTorch's usual order."
    CHANNELS_LAST = "channels_last", "Pixel after pixel", "Faster convolutions on most machines."


class Compilation(Choice):
    """Whether the model is compiled before it trains."""

    AUTO = "auto", "Automatic", "Only where a trial shows that a long run is shorter for it."
    OFF = "off", "Off", "Starts at once."
    ON = "on", "On", "Takes a minute or more at the start, and needs a C++ compiler."


class Augmentation(Choice):
    """How much training pictures are varied at random; validation pictures never are."""

    OFF = "off", "Off", "Every epoch sees the same pictures."
    LIGHT = "light", "Light", "Mirror images and small shifts."
    MEDIUM = "medium", "Medium", "Also crops, small turns and changes of light."
    STRONG = "strong", "Strong", "Also strong colour changes and erased patches."
    CUSTOM = "custom", "Custom", "Exactly the numbers below, which start as those before."
    TRIVIAL = (
        "trivial",
        "TrivialAugment",
        "One random change a picture, of any size, beside mirroring and small shifts.",
    )
    RANDAUGMENT = (
        "randaugment",
        "RandAugment",
        "A few random changes a picture, all of one size, beside mirroring and small shifts.",
    )


class Balancing(Choice):
    """What makes labels with few samples count."""

    OFF = "off", "As they are", "Every sample counts the same, so frequent labels count more."
    WEIGHTS = "weights", "Class weights", "Each label counts the same: a rare one's samples more."
    EFFECTIVE = (
        "effective",
        "Effective number",
        "Milder class weights: many samples of a label repeat one another.",
    )
    SAMPLING = (
        "sampling",
        "Balanced sampling",
        "An epoch draws as many samples of each label, the rare ones several times.",
    )


class CleaningKind(Choice):
    """What is done to a text before a model reads it, in the order that suits most texts."""

    ENCODING = (
        "encoding",
        "Repair encoding",
        "Mends letters read in the wrong encoding (“schÃ¶n”); takes out control characters.",
    )
    HTML = (
        "html",
        "Remove HTML",
        "Takes out tags, comments, scripts and styles, and writes entities as what they mean.",
    )
    URLS = "urls", "Web addresses", "Replaces addresses that begin with http or www."
    EMAILS = "emails", "E-mail addresses", "Replaces e-mail addresses."
    MENTIONS = "mentions", "Mentions", "Replaces names of users, written @name."
    EMOJI = "emoji", "Emoji", "Removes emoji, or writes their English names."
    ACCENTS = "accents", "Remove accents", "Writes é as e, in Latin letters alone."
    LOWERCASE = "lowercase", "Lower case", "Writes capitals small. Names and shouting are lost."
    REPEATED = (
        "repeated",
        "Repeated characters",
        "Shortens letters and signs that are repeated (“soooooo”). Digits stay.",
    )
    WHITESPACE = (
        "whitespace",
        "White space",
        "Makes one space of spaces, tabs and line breaks, and takes out invisible characters.",
    )


class Metric(Choice):
    """What picks the best epoch and decides about early stopping."""

    VAL_ACCURACY = "val_accuracy", "Validation accuracy", "The share of right answers."
    VAL_MACRO_F1 = (
        "val_macro_f1",
        "Validation macro F1",
        "Each label counts the same, however rare.",
    )
    VAL_WEIGHTED_F1 = (
        "val_weighted_f1",
        "Validation weighted F1",
        "F1 of each label, weighed by how many samples it has.",
    )
    VAL_BALANCED_ACCURACY = (
        "val_balanced_accuracy",
        "Validation balanced accuracy",
        "The share of right answers of each label, each label counting the same.",
    )
    VAL_LOSS = "val_loss", "Validation loss", "Also counts how sure the model is."
    VAL_MICRO_F1 = (
        "val_micro_f1",
        "Validation micro F1",
        "Of several labels: each answer counts the same, whatever its label.",
    )
    VAL_MAE = "val_mae", "Validation error", "Of numbers: how far off they are on average."
    VAL_RMSE = "val_rmse", "Validation RMSE", "Of numbers: large errors count more than small ones."

    def suits(self, target: str) -> bool:
        """Whether it is measured where this kind of `Target` is learned."""
        if self is Metric.VAL_LOSS:
            return True
        if self in (Metric.VAL_MAE, Metric.VAL_RMSE):
            return target == Target.NUMBER
        if self is Metric.VAL_MICRO_F1:
            return target == Target.LABELS
        if self is Metric.VAL_BALANCED_ACCURACY:
            return target == Target.LABEL
        return target != Target.NUMBER


class Kept(Choice):
    """Which epoch of a run is kept."""

    BEST = "best", "The best epoch", "The one that did best on validation."
    LAST = "last", "The last epoch", "The one that training ended with."

    @property
    def epoch_words(self) -> str:
        """The epoch that is kept: "best epoch" or "last epoch"."""
        return f"{self.value} epoch"


class NumberLoss(Choice):
    """What an error costs where numbers are learned."""

    SQUARED = "squared", "Squared error", "Large errors cost most; the usual choice."
    HUBER = "huber", "Huber", "Outliers pull less: beyond a point the cost grows in a line."


class Thresholds(Choice):
    """From which probability on a label is given, where a sample can have several."""

    BEST = "best", "Best for each label", "Chosen on validation for the highest F1 of each label."
    EVEN = "even", "Even chances", "From 50 % on, for every label."


class ExportFormat(Choice):
    """What an export is made of."""

    FOLDER = "folder", "Model folder", "Weights, configuration and labels, for Python programs."
    ONNX = "onnx", "ONNX", "One file with the preprocessing inside, for any runtime."
