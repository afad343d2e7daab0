"""One file over the network: resumed where it was cut, checked before it counts as there."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import httpx

from finetune_studio.engine.stopping import StopRequested, check
from finetune_studio.project.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 2**18
_TRIES = 4  # in a row without a single byte
_FIRST_WAIT = 0.25  # seconds; doubled after each try
_RETRIED = {408, 425, 429, 500, 502, 503, 504}
_TIMEOUT = httpx.Timeout(15.0, read=10.0)


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


@dataclass(frozen=True)
class RemoteFile:
    """A file to fetch and what is known of it.

    Attributes:
        name: what it is called here.
        size: in bytes; 0 when unknown.
        sha256: of the content, or its first digits; empty when unknown.
        git_sha1: git's name of the content, which the Hub gives for small files.
    """

    name: str
    url: str
    size: int = 0
    sha256: str = ""
    git_sha1: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def new_client() -> httpx.Client:
    """A client that follows redirects, respects the usual proxy variables, and gives up in time."""
    return httpx.Client(follow_redirects=True, timeout=_TIMEOUT)


def fetch(
    client: httpx.Client,
    file: RemoteFile,
    folder: Path,
    advance: Callable[[float], None],
    stop_requested: StopRequested,
) -> Path:
    """Bring a file into a folder; a part that is already there is continued.

    Args:
        client: from :func:`new_client`.
        file: what to fetch.
        folder: where to put it; an unfinished file is called ``<name>.part`` there.
        advance: told how many more bytes are here (negative when some were thrown away).
        stop_requested: asked between two pieces.

    Raises:
        Stopped: the part stays, and the next call continues it.
        ProblemError: in plain words why not (codes ``offline``, ``not_found``, ``no_access``,
            ``server_trouble``, ``wrong_hash``, ``disk_full``).
    """
    part = folder / f"{file.name}.part"
    before = part.stat().st_size if part.exists() else 0
    if file.size and before > file.size:
        part.unlink()
        before = 0
    advance(before)
    _receive(client, file, part, advance, stop_requested)
    if not _is_right(file, part):
        size = part.stat().st_size
        part.unlink()
        if not before:
            raise _wrong(file)
        advance(-size)  # the part was of another file; once more from the start
        return fetch(client, file, folder, advance, stop_requested)
    target = folder / file.name
    _settle(part)
    part.replace(target)
    return target


def _settle(part: Path) -> None:
    """Have the content on the disk before its final name says that it is there."""
    with part.open("rb+") as opened:
        os.fsync(opened.fileno())


def _receive(
    client: httpx.Client,
    file: RemoteFile,
    part: Path,
    advance: Callable[[float], None],
    stop_requested: StopRequested,
) -> None:
    """Append to the part until it is whole, over as many connections as it takes."""
    failures = 0
    while True:
        check(stop_requested)
        size = part.stat().st_size if part.exists() else 0
        if size and size == file.size:
            return
        try:
            for piece in _pieces(client, file, part, size, advance):
                failures = 0
                advance(piece)
                check(stop_requested)
            if not file.size or part.stat().st_size >= file.size:
                return
            trouble: Exception = httpx.ReadError("the connection was cut")
        except (httpx.TransportError, _TryAgainError) as error:
            trouble = error
        except OSError as error:
            raise _disk_trouble(error, part) from error
        failures += 1
        if failures >= _TRIES:
            raise _network_trouble(file, trouble) from trouble
        _wait(_FIRST_WAIT * 2**failures, stop_requested)


class _TryAgainError(Exception):
    """The server is busy or confused; its answer may be another one in a moment."""


def _pieces(
    client: httpx.Client,
    file: RemoteFile,
    part: Path,
    size: int,
    advance: Callable[[float], None],
) -> Iterator[int]:
    """Request the rest, write it, and tell the length of each piece written."""
    headers = {**file.headers, "Accept-Encoding": "identity"}
    if size:
        headers["Range"] = f"bytes={size}-"
    with client.stream("GET", file.url, headers=headers) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()
            advance(-size)
            raise _TryAgainError("the part does not belong to the file")
        _check_answer(response, file)
        continued = response.status_code == httpx.codes.PARTIAL_CONTENT
        if size and not continued:
            advance(-size)  # the server sends everything again
        with part.open("ab" if continued else "wb") as opened:
            # As it arrives: what waits for a chunk to fill is lost when the connection is cut.
            for piece in response.iter_raw():
                opened.write(piece)
                yield len(piece)


def _check_answer(response: httpx.Response, file: RemoteFile) -> None:
    status = response.status_code
    if status in _RETRIED:
        raise _TryAgainError(f"the server answered {status}")
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise ProblemError.of(
            f"{file.name} may not be downloaded.",
            f"The server asks who you are ({status}): the model may need its licence accepted.",
            "Open its page in a browser, accept the licence, and sign in with your token.",
            where=file.url,
            code="no_access",
        )
    if status == httpx.codes.NOT_FOUND:
        raise ProblemError.of(
            f"{file.name} is not on the server.",
            "It was renamed or removed, or the name is misspelt (404).",
            "Check the name, or choose another model.",
            where=file.url,
            code="not_found",
        )
    if status not in {httpx.codes.OK, httpx.codes.PARTIAL_CONTENT}:
        raise _server_trouble(file, f"The server answered {status}.")
    if "text/html" in response.headers.get("content-type", ""):
        raise _server_trouble(file, "A web page came instead, as networks with a login send.")


def _is_right(file: RemoteFile, part: Path) -> bool:
    size = part.stat().st_size
    if file.size and size != file.size:
        return False
    if file.sha256:
        return _digest(hashlib.sha256(), part).startswith(file.sha256)
    if file.git_sha1:
        start = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
        return _digest(start, part) == file.git_sha1
    return True


def _digest(digest: _Digest, part: Path) -> str:
    with part.open("rb") as opened:
        while piece := opened.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _wait(seconds: float, stop_requested: StopRequested) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        check(stop_requested)
        time.sleep(0.05)


# ---------------------------------------------------------------------------------- problems


def _network_trouble(file: RemoteFile, error: Exception) -> ProblemError:
    host = httpx.URL(file.url).host
    if isinstance(error, _TryAgainError):
        return _server_trouble(file, f"After {_TRIES} tries {error}.")
    return ProblemError.of(
        f"{host} cannot be reached.",
        f"The connection failed: {str(error) or type(error).__name__}.",
        "Check the network and try again: what is here already is kept.",
        where=file.url,
        code="offline",
    )


def _server_trouble(file: RemoteFile, why: str) -> ProblemError:
    return ProblemError.of(
        f"{file.name} could not be downloaded.",
        why,
        "Try again later.",
        where=file.url,
        code="server_trouble",
    )


def _disk_trouble(error: OSError, part: Path) -> ProblemError:
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    return ProblemError.of(
        f"{part.name.removesuffix('.part')} cannot be written to {part.parent}.",
        "The disk is full." if full else f"{error.strerror or error}.",
        "Free some space and try again." if full else "Check the folder's permissions.",
        where=str(part),
        code="disk_full" if full else "cannot_write",
    )


def _wrong(file: RemoteFile) -> ProblemError:
    return ProblemError.of(
        f"{file.name} arrived damaged, and was thrown away.",
        "Its size or hash is not the one the server names.",
        "Try again; if it happens again, something between here and the server changes files.",
        where=file.url,
        code="wrong_hash",
    )
