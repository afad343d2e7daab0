"""Tokens kept on disk, so that a second run on the same texts has them at once.

``cache/tokens/<key>.arrow`` is an Arrow IPC file with a row for each text: ``input_ids`` (list of
int32) and ``cut`` (whether the text was longer). It is mapped into memory and never changed; each
batch of rows brings the checksum of its tokens. The folder can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from finetune_studio.project.files import replace_atomic

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_SCHEMA = pa.schema({"input_ids": pa.list_(pa.int32()), "cut": pa.bool_()})
_CHECKSUM = b"crc32"
_DIGEST_BYTES = 16
_KEPT = 12  # files; the parts of a few runs


def batch_of(ids: list[list[int]], cut: list[bool]) -> pa.RecordBatch:
    """The tokens of some texts, and whether each was cut."""
    columns = [pa.array(ids, _SCHEMA.field(0).type), pa.array(cut, pa.bool_())]
    return pa.record_batch(columns, schema=_SCHEMA)


class TokenFile:
    """The tokens of certain texts, made by a certain tokenizer."""

    def __init__(self, cache: Path, key: str) -> None:
        self._file = cache / "tokens" / f"{key}.arrow"

    def read(self) -> list[pa.RecordBatch] | None:
        """The batches written; ``None`` where there are none, or they are damaged."""
        try:
            batches = self._mapped()
            self._file.touch()
        except (OSError, pa.ArrowException, ValueError):
            return None
        return batches

    def write(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Write batches as they come; what is there before the last has come stays.

        Raises:
            OSError: the file cannot be written.
        """
        replace_atomic(self._file, lambda temporary: _put(temporary, batches))
        self._make_room()

    def _mapped(self) -> list[pa.RecordBatch]:
        with pa.ipc.open_file(pa.memory_map(str(self._file))) as reader:
            found = [
                reader.get_batch_with_custom_metadata(place)
                for place in range(reader.num_record_batches)
            ]
            if reader.schema != _SCHEMA:
                raise ValueError("tokens of another kind")
        for batch, metadata in found:
            if metadata is None or metadata.get(_CHECKSUM) != _checksum(batch):
                raise ValueError("damaged")
        return [batch for batch, _ in found]

    def _make_room(self) -> None:
        """Delete what was not used for longest."""
        with contextlib.suppress(OSError):
            files = sorted(self._file.parent.glob("*.arrow"), key=lambda file: file.stat().st_mtime)
            for file in files[:-_KEPT]:
                file.unlink()


def key_of(texts: Iterable[str], tokenizer: PreTrainedTokenizerFast, max_tokens: int) -> str:
    """Names what the tokens depend on: the tokenizer, how many are kept, and the texts.

    Args:
        texts: cleaned.
        tokenizer: all that it does counts, not its name.
        max_tokens: where a text is cut.
    """
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    digest.update(_content_of(tokenizer).encode())
    digest.update(f"\x00{max_tokens}".encode())
    for text in texts:
        digest.update(b"\x00")  # cleaned texts hold none
        digest.update(text.encode())
    return digest.hexdigest()


def _content_of(tokenizer: PreTrainedTokenizerFast) -> str:
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    # How the last call wanted texts cut and padded is remembered there too.
    settings = {name: content[name] for name in content if name not in ("truncation", "padding")}
    return json.dumps([settings, tokenizer.truncation_side])


def _put(file: Path, batches: Iterable[pa.RecordBatch]) -> None:
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, _SCHEMA) as writer:
        for batch in batches:
            writer.write_batch(batch, custom_metadata={_CHECKSUM: _checksum(batch)})


def _checksum(batch: pa.RecordBatch) -> bytes:
    ids = batch.column(0)
    parts = (ids.offsets, ids.values)
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(memoryview(part.to_numpy()), checksum)
    return str(checksum).encode()
