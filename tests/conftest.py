"""Guards for every test: its own places, no network, and nothing left behind.

A test that leaves a thread, a child process, a running QThread or QTimer, or a file in the
repository or the system's temporary folder fails, with what it left in the message.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPOSITORY = Path(__file__).resolve().parent.parent
_CACHES = {".git", ".venv", ".pytest_cache", ".ruff_cache", ".mypy_cache", "__pycache__"}
_GRACE_S = 3.0
# Helpers of the standard library and of torch that live as long as the process.
_LASTING_THREADS = ("pytest_timeout", "tqdm_monitor", "asyncio_", "QueueFeederThread")
_LASTING_FILES = ("pymp-",)
_LASTING_PROCESSES = ("multiprocessing.resource_tracker",)


def pytest_configure(config: pytest.Config) -> None:
    """Set what libraries read once, before any of them is imported."""
    scratch = tempfile.mkdtemp(prefix="finetune-studio-tests-")
    config.add_cleanup(lambda: shutil.rmtree(scratch, ignore_errors=True))
    os.environ["FINETUNE_STUDIO_HOME"] = str(Path(scratch) / "home")
    os.environ["HF_HOME"] = str(Path(scratch) / "huggingface")
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(Path(scratch) / "inductor")
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    _watch_writes()


# ------------------------------------------------------------------------------ a place of its own


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything the application writes, and every relative path, stays in the test's folder."""
    monkeypatch.setenv("FINETUNE_STUDIO_HOME", str(tmp_path / "home"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)


@pytest.fixture(autouse=True)
def _few_threads() -> None:
    """Results depend on torch's thread count, so it is the same in every test."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.get_num_threads() != 2:
        torch.set_num_threads(2)


@pytest.fixture(autouse=True, scope="module")
def _lasting_set_aside() -> None:
    """Garbage is not looked for in what stays for good: modules, torch, Qt, the tests themselves.

    Every run has Python look for garbage, which took longer than to train a tiny model.
    """
    if not gc.get_freeze_count():  # the first time, or since the window's collector ended
        gc.collect()
        gc.freeze()


# ------------------------------------------------------------------------------ nothing left behind


def _until(done: Callable[[], bool]) -> bool:
    """Whether ``done`` comes true within the grace time."""
    deadline = time.monotonic() + _GRACE_S
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _threads() -> set[threading.Thread]:
    return {
        thread
        for thread in threading.enumerate()
        if not thread.name.startswith(_LASTING_THREADS)
        # Python inside a QThread shows as a dummy that never ends; QThreads are watched below.
        and not isinstance(thread, threading._DummyThread)
    }


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = _threads()
    yield
    if not _until(lambda: _threads() <= before):
        names = sorted(thread.name for thread in _threads() - before)
        pytest.fail(f"The test left threads running: {', '.join(names)}")


def _children() -> dict[int, psutil.Process]:
    if not _has_children():
        return {}
    found = psutil.Process().children(recursive=True)
    return {child.pid: child for child in found if not _is_lasting(child)}


def _has_children() -> bool:
    """Asked of the system first: to look through all processes takes milliseconds a test."""
    if not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _is_lasting(child: psutil.Process) -> bool:
    try:
        command = " ".join(child.cmdline())
    except psutil.Error:
        return True  # gone while we looked
    return any(name in command for name in _LASTING_PROCESSES)


@pytest.fixture(autouse=True)
def _no_process_left() -> Iterator[None]:
    before = set(_children())
    yield
    if _until(lambda: set(_children()) <= before):
        return
    left = {pid: child for pid, child in _children().items() if pid not in before}
    shown = [f"{pid} {_command(child)}" for pid, child in left.items()]
    for child in left.values():  # so that the next test is not blamed
        child.kill()
    psutil.wait_procs(left.values(), timeout=_GRACE_S)
    pytest.fail("The test left processes running:\n" + "\n".join(shown))


def _command(child: psutil.Process) -> str:
    try:
        return f"({child.status()}) {' '.join(child.cmdline())}"
    except psutil.Error:
        return "(gone)"


@pytest.fixture(autouse=True)
def _no_qt_left() -> Iterator[None]:
    """No QThread and no QTimer that the test started may still run once its widgets are gone."""
    if "PySide6.QtCore" not in sys.modules:
        yield
        return
    from PySide6.QtCore import QThread, QTimer

    with pytest.MonkeyPatch.context() as patch:
        started = _record_starts(patch, QThread, QTimer)
        yield
    if any(_runs(one) for one, _ in started):
        _delete_closed_widgets()
    if not _until(lambda: not any(_runs(one) for one, _ in started)):
        left = [f"{type(one).__name__} started at {place}" for one, place in started if _runs(one)]
        pytest.fail("The test left running:\n" + "\n".join(left))


def _delete_closed_widgets() -> None:
    """What pytest-qt closed waits for an event loop to delete it, its timers with it."""
    from PySide6.QtCore import QCoreApplication, QEvent

    gc.collect()
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _record_starts(monkeypatch: pytest.MonkeyPatch, *kinds: type[Any]) -> list[tuple[Any, str]]:
    """Every object of ``kinds`` that is started from now on, with the line that started it."""
    started: list[tuple[Any, str]] = []
    for kind in kinds:
        plain = kind.start

        def start(self: Any, *args: Any, _plain: Any = plain, **kwargs: Any) -> Any:
            caller = sys._getframe(1)
            started.append((self, f"{caller.f_code.co_filename}:{caller.f_lineno}"))
            return _plain(self, *args, **kwargs)

        monkeypatch.setattr(kind, "start", start)
    return started


def _runs(one: Any) -> bool:
    import shiboken6

    if not shiboken6.isValid(one):
        return False
    return bool(one.isRunning() if hasattr(one, "isRunning") else one.isActive())


_MAKES = {"open": 0, "os.mkdir": 0, "os.rename": 1}  # audit events: which argument is the new name
_written: list[Path] = []


def _watch_writes() -> None:
    """Note every file or folder of the repository that this process makes."""

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if event in _MAKES and (event != "open" or _writes(args[1], args[2])):
            _note(args[_MAKES[event]])

    sys.addaudithook(watch)


def _writes(mode: str | None, flags: int) -> bool:
    if mode is not None:
        return any(letter in mode for letter in "wxa+")
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _note(name: object) -> None:
    if not isinstance(name, (str, bytes, os.PathLike)):
        return  # a file descriptor
    path = Path(os.fsdecode(name)).absolute()
    if path.is_relative_to(REPOSITORY) and not _CACHES.intersection(path.parts):
        _written.append(path)


@pytest.fixture(autouse=True)
def _no_file_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nothing written into the repository; temporary files cleaned up."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    _written.clear()
    yield
    left = [str(path) for path in _written if path.exists()]
    left += [str(path) for path in temporary.iterdir() if not path.name.startswith(_LASTING_FILES)]
    if left:
        pytest.fail("The test left files behind:\n" + "\n".join(left))
