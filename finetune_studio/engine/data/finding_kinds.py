"""Every kind of thing that reading can find, with its words. One entry is one kind of problem.

In the sentences ``{things}`` becomes "1 row" or "12 rows", ``{are}``, ``{have}`` and ``{they}``
follow suit.
"""

from __future__ import annotations

from dataclasses import dataclass

from finetune_studio.project.problems import Severity

_W = Severity.WARNING
_N = Severity.NOTE


@dataclass(frozen=True, slots=True)
class FindingKind:
    """What is said about findings of one kind.

    Attributes:
        fixable: whether the samples are used until the user leaves them out.
        fixed: what is said once they are left out.
    """

    code: str
    noun: tuple[str, str]
    severity: Severity
    what: str
    why: str = ""
    remedy: str = ""
    fixable: bool = False
    fixed: str = ""


_PICTURE = ("picture", "pictures")
_FILE = ("file", "files")
_ROW = ("row", "rows")
_TEXT = ("text", "texts")
_LABEL = ("label", "labels")
_SAMPLE = ("sample", "samples")

_PICTURES = (
    FindingKind(
        "picture_damaged",
        _PICTURE,
        _W,
        "{things} cannot be opened and {are} left out.",
        "The content is cut short or damaged.",
        "Replace the file to use it, or go on without.",
    ),
    FindingKind(
        "picture_other_type",
        _FILE,
        _W,
        "{things} {are} no pictures, whatever the name says, and {are} left out.",
        "The content is of another type.",
        "Remove the file, or save it as JPEG or PNG.",
    ),
    FindingKind(
        "picture_unsupported",
        _PICTURE,
        _W,
        "{things} {are} of a type that cannot be read and {are} left out.",
        "",
        "Convert to JPEG or PNG.",
    ),
    FindingKind(
        "picture_too_large",
        _PICTURE,
        _W,
        "{things} {are} too large or too long to be decoded safely and {are} left out.",
        "Decoding could take all memory.",
        "Scale the picture down.",
    ),
    FindingKind(
        "picture_name_lies",
        _PICTURE,
        _N,
        "{things} {have} a name that does not fit the content.",
        "Used all the same: what counts is the content.",
    ),
    FindingKind(
        "picture_turned",
        _PICTURE,
        _N,
        "{things} {are} stored turned, as phones do, and used upright.",
    ),
    FindingKind(
        "picture_transparent", _PICTURE, _N, "{things} with transparent parts {are} put on white."
    ),
    FindingKind(
        "picture_deep", _PICTURE, _N, "{things} with more than 8 bits a colour {are} brought to 8."
    ),
    FindingKind("picture_print", _PICTURE, _N, "{things} in print colours {are} turned into RGB."),
    FindingKind("picture_moving", _PICTURE, _N, "{things} {move}; the first frame is used."),
    FindingKind(
        "picture_tiny",
        _PICTURE,
        _W,
        "{things} {are} smaller than 16 pixels.",
        "Little can be seen in so few pixels.",
        "Use larger pictures where you can.",
        fixable=True,
        fixed="{things} smaller than 16 pixels {are} left out.",
    ),
)

_FOLDERS = (
    FindingKind(
        "link_refused",
        ("link", "links"),
        _W,
        "{things} {are} not followed.",
        "A link can lead out of the folder, or round in circles.",
        "Copy what it points to into the folder.",
    ),
    FindingKind(
        "folder_unreadable",
        ("folder", "folders"),
        _W,
        "{things} cannot be read and {are} left out.",
        "",
        "Check the folder's permissions.",
    ),
    FindingKind(
        "folder_passed_over",
        ("folder", "folders"),
        _W,
        "{things} beside training, validation and test {are} passed over.",
        "Here the folders on top are the splits, and the labels lie below them.",
        "Move the folder into a split to use it as a label.",
    ),
    FindingKind("file_skipped", _FILE, _N, "{things} of other types {are} skipped."),
    FindingKind(
        "file_without_label",
        _FILE,
        _W,
        "{things} {lie} beside the label folders and {are} left out.",
        "A label is the name of the folder a file lies in.",
        "Move the file into the folder of its label.",
    ),
    FindingKind(
        "label_folder_empty",
        ("folder", "folders"),
        _W,
        "{things} {hold} nothing usable, so there is no such label.",
        "",
        "Fill or remove the folder.",
    ),
    FindingKind(
        "text_empty", _TEXT, _W, "{things} {are} empty and {are} left out.", "", "Fill or remove."
    ),
    FindingKind(
        "text_emptied",
        _TEXT,
        _W,
        "{things} {are} empty once cleaned and {are} left out.",
        "The steps of cleaning take out every character.",
        "Switch a step of cleaning off, or go on without.",
    ),
    FindingKind(
        "text_undecodable",
        _TEXT,
        _W,
        "{things} {hold} bytes that are no text and {are} left out.",
        "The file is damaged or no text file.",
        "Save it as UTF-8.",
    ),
)

_TABLES = (
    FindingKind(
        "row_ragged",
        _ROW,
        _W,
        "{things} {have} more or fewer fields than there are columns and {are} left out.",
        "A delimiter or a quotation mark is missing or too many.",
        "Correct the line in the table.",
    ),
    FindingKind(
        "row_unreadable",
        _ROW,
        _W,
        "{things} cannot be read and {are} left out.",
        "",
        "Correct the line in the table.",
    ),
    FindingKind(
        "row_ambiguous",
        _ROW,
        _W,
        "{things} can be read in two ways and {are} left out.",
        "A quotation mark seems to be missing, so several rows look like one.",
        "Correct the line in the table.",
    ),
    FindingKind(
        "row_undecodable",
        _ROW,
        _W,
        "{things} {hold} characters that do not fit the encoding and {are} left out.",
        "",
        "Choose another encoding.",
    ),
    FindingKind("row_without_label", _ROW, _W, "{things} {have} no label and {are} left out."),
    FindingKind(
        "row_no_label",
        _ROW,
        _N,
        "{things} {have} none of the labels.",
        "Nothing stands where the labels do, which is taken to mean that none fits.",
        "Leave them out if it means that nobody looked.",
        fixable=True,
        fixed="{things} without any of the labels {are} left out.",
    ),
    FindingKind(
        "row_label_unclear",
        _ROW,
        _W,
        "{things} {hold} something else than labels and {are} left out.",
        "Where several columns are labels, each says 1 or 0, yes or no.",
        "Correct the line in the table, or choose other columns.",
    ),
    FindingKind("row_without_number", _ROW, _W, "{things} {have} no number and {are} left out."),
    FindingKind(
        "row_not_number",
        _ROW,
        _W,
        "{things} {hold} something else than a number and {are} left out.",
        "",
        "Correct the line in the table, or choose another column.",
    ),
    FindingKind("row_without_text", _ROW, _W, "{things} {have} no text and {are} left out."),
    FindingKind("row_without_picture", _ROW, _W, "{things} {name} no picture and {are} left out."),
    FindingKind(
        "picture_missing",
        _ROW,
        _W,
        "{things} {name} a picture that is not there and {are} left out.",
        "Paths are looked up from the table's folder.",
        "Put the pictures beside the table, or correct the paths.",
    ),
    FindingKind(
        "picture_outside",
        _ROW,
        _W,
        "{things} {point} to a picture outside the table's folder and {are} left out.",
        "A table from somebody else could point at any file of yours.",
        "Copy the pictures beside the table, or allow pictures from outside.",
    ),
    FindingKind(
        "picture_is_address",
        _ROW,
        _W,
        "{things} {name} a picture on the internet and {are} left out.",
        "Nothing is downloaded while data are read.",
        "Download the pictures and name the files.",
    ),
    FindingKind(
        "label_too_long",
        _ROW,
        _W,
        "{things} {have} a label of more than 200 characters and {are} left out.",
        "That is a text rather than a label.",
        "Choose another label column if this is wrong.",
    ),
    FindingKind(
        "label_trimmed",
        _LABEL,
        _N,
        "{things} had spaces around, which were taken off.",
    ),
    FindingKind(
        "characters_replaced",
        _TEXT,
        _N,
        "{things} held characters that cannot be, such as NUL, which were taken out.",
    ),
    FindingKind(
        "text_long",
        _TEXT,
        _N,
        "{things} {are} longer than 100,000 characters; only the start is used.",
    ),
    FindingKind(
        "header_renamed",
        ("column", "columns"),
        _N,
        "{things} had no name of {their} own and {are} numbered.",
        "The header repeats a name or leaves it empty.",
    ),
    FindingKind(
        "header_missing",
        ("table", "tables"),
        _N,
        "The first line looks like data, so it is read as data.",
        "It holds values that come again further down.",
    ),
    FindingKind(
        "split_unknown",
        _ROW,
        _W,
        "{things} {name} a split that is neither training, validation nor test.",
        "They are divided by the shares like rows without a split.",
        "Write train, validation or test in the split column.",
    ),
)

_SAMPLES = (
    FindingKind(
        "conflict",
        _SAMPLE,
        _W,
        "{things} of exactly equal content {have} different labels.",
        "At most one of the labels can be right.",
        "Correct the labels, or leave these samples out.",
        fixable=True,
        fixed="{things} of equal content with different labels {are} left out.",
    ),
    FindingKind(
        "leak",
        _SAMPLE,
        _W,
        "{things} {come} again in a later split, validation or test.",
        "What was seen in training says nothing about new data: the figures would flatter.",
        "Leave them out where they come first; the test part stays whole.",
        fixable=True,
        fixed="{things} that {come} again in a later split {are} left out of the earlier one.",
    ),
    FindingKind(
        "leak_cleaned",
        _SAMPLE,
        _W,
        "{things} {come} again in another part once the texts are cleaned.",
        "To the model they are equal: what was seen in training says nothing about new texts.",
        "Take them out of your data, or switch off the cleaning step that makes them equal.",
    ),
    FindingKind(
        "conflict_cleaned",
        _SAMPLE,
        _W,
        "{things} of equal content once the texts are cleaned {have} different labels.",
        "To the model they are equal, so at most one of the labels can be right.",
        "Correct the labels, or switch off the cleaning step that makes them equal.",
    ),
    FindingKind(
        "duplicate_cleaned",
        _SAMPLE,
        _N,
        "{things} {are} copies of others once the texts are cleaned.",
        "The model meets such texts more often than others.",
    ),
    FindingKind(
        "duplicate",
        _SAMPLE,
        _N,
        "{things} {are} exact copies of others.",
        "Copies always go into the same split, so they do not flatter the figures.",
        "",
        fixable=True,
        fixed="{things} {are} left out as exact copies of others.",
    ),
    FindingKind(
        "label_single",
        _LABEL,
        _W,
        "{things} {have} only one sample.",
        "It is used for training, so how well the label is told apart cannot be measured.",
        "Add samples, or leave the label out.",
        fixable=True,
        fixed="{things} with only one sample {are} left out.",
    ),
    FindingKind(
        "label_placeholder",
        _LABEL,
        _W,
        "{things} may stand for “unknown”.",
        "They are taken as labels like any other.",
        "Leave them out if they mean that the label is missing.",
        fixable=True,
        fixed="{things} that {stand} for “unknown” {are} left out.",
    ),
)

KINDS: dict[str, FindingKind] = {
    kind.code: kind for kind in (*_PICTURES, *_FOLDERS, *_TABLES, *_SAMPLES)
}
