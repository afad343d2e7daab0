"""Tiny models with random weights, laid out on disk as their publishers lay out the real ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film", "the", "a",
         "was", "very"]  # fmt: skip


def write_tokenizer(folder: Path) -> None:
    """A WordPiece tokenizer of a dozen words, as tokenizer.json describes it."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {word: index for index, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(special))


SIZES: dict[str, Any] = {
    "vocab_size": len(WORDS),
    "hidden_size": 32,
    "embedding_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
    "bos_token_id": 2,
    "eos_token_id": 3,
    "cls_token_id": 2,
    "sep_token_id": 3,
    "type_vocab_size": 2,
}


@pytest.fixture
def text_folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder as transformers saves one: configuration, weights, tokenizer."""

    def make(kind: str = "bert", **settings: Any) -> Path:
        import torch
        from safetensors.torch import save_file
        from transformers.models.auto.configuration_auto import CONFIG_MAPPING
        from transformers.models.auto.modeling_auto import MODEL_MAPPING

        folder = tmp_path / f"text-{kind}"
        folder.mkdir()
        write_tokenizer(folder)
        sizes = dict(SIZES)
        if kind == "distilbert":
            sizes |= {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 48}
        config = CONFIG_MAPPING[kind](**{**sizes, **settings})
        torch.manual_seed(0)
        encoder = MODEL_MAPPING[type(config)](config)
        tensors = {name: tensor.contiguous() for name, tensor in encoder.state_dict().items()}
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
        (folder / "config.json").write_text(json.dumps(config.to_dict(), default=str))
        return folder

    return make


@pytest.fixture
def timm_folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder as timm saves one."""

    def make(name: str = "test_resnet", **options: Any) -> Path:
        import timm
        import torch
        from safetensors.torch import save_file

        torch.manual_seed(0)
        model = timm.create_model(name, pretrained=False, **options)
        folder = tmp_path / f"timm-{name}"
        folder.mkdir()
        save_file(model.state_dict(), folder / "model.safetensors", {"format": "pt"})
        facts = {
            "input_size": [3, 160, 160],
            "mean": [0.1, 0.2, 0.3],
            "std": [0.4, 0.5, 0.6],
            "interpolation": "bilinear",
            "crop_pct": 0.8,
        }
        settings = {"architecture": name, "num_classes": 1000, "pretrained_cfg": facts}
        (folder / "config.json").write_text(json.dumps(settings))
        return folder

    return make


class Loopback:
    """A server on this computer that sends what a test tells it to.

    Attributes:
        files: content by path.
        requests: method, path and range header of every request so far.
        cut_after: breaks each of the next answers off after so many bytes; one entry an answer.
        statuses: answers the next requests with these instead.
        ranges: whether it can send the rest of a file.
        content_type: of every answer.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str]] = []
        self.cut_after: list[int] = []
        self.statuses: list[int] = []
        self.ranges = True
        self.content_type = "application/octet-stream"
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *args: object) -> None:
                del args

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range", "")
        self.requests.append((handler.path, wanted))
        if self.statuses:
            handler.send_response(self.statuses.pop(0))
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        content = self.files.get(handler.path)
        if content is None:
            handler.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        if start and not self.ranges:
            start = 0
        if start >= len(content) > 0:
            handler.send_error(416)
            return
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Type", self.content_type)
        handler.send_header("Content-Length", str(len(content) - start))
        handler.end_headers()
        end = start + self.cut_after.pop(0) if self.cut_after else len(content)
        handler.wfile.write(content[start:end])
        if end < len(content):
            handler.wfile.flush()
            handler.connection.close()


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A running `Loopback`, with the network switched on for it."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = Loopback()
    server.thread.start()
    yield server
    server.server.shutdown()
    server.server.server_close()
    server.thread.join()
