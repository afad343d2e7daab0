"""See to the Linux libraries that Qt needs and no Python package brings.

Missing ones are installed with apt where that needs no password; otherwise the command to type is
shown. Uses only the standard library: it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from finetune_studio import system_libraries

_FONT = "fonts-inter"
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")


def has_display() -> bool:
    """Whether a window could be shown here."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _has_font() -> bool:
    folders = (Path(folder).expanduser() for folder in _FONT_FOLDERS)
    return any(next(folder.rglob("*.[ot]tf"), None) for folder in folders)


def missing_packages(purpose: str) -> list[str]:
    """The packages to install, by Debian's names, for "run" or "dev"."""
    packages = system_libraries.missing()
    if not _has_font():
        packages.append(_FONT)
    if purpose == "dev" and shutil.which("Xvfb") is None:
        packages.append("xvfb")
    return packages


def _apt_command() -> list[str] | None:
    """How apt-get is called without anybody typing a password; None where it cannot be."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], check=False).returncode == 0:
        return [sudo, "-n", "apt-get"]
    return None


def _apt(command: list[str], *arguments: str) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    # apt's talk would end up in the middle of the caller's output.
    done = subprocess.run([*command, *arguments], env=environment, stdout=sys.stderr, check=False)
    return done.returncode == 0


def install(packages: list[str]) -> bool:
    """Install the packages, or say how; whether they are installed now."""
    command = _apt_command()
    print(f"Missing system packages: {' '.join(packages)}", file=sys.stderr)
    if command is not None:
        arguments = ("install", "--yes", "--quiet", "--no-install-recommends", *packages)
        if _apt(command, *arguments):
            return True
        if _apt(command, "update", "--quiet") and _apt(command, *arguments):
            return True
    print(f"Type:\n    sudo apt-get install {' '.join(packages)}", file=sys.stderr)
    print("and start again. On other systems install what these packages hold.", file=sys.stderr)
    return False


def main() -> int:
    """0 when everything is there, or is not needed here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--for", dest="purpose", choices=("run", "dev"), default="run")
    parser.add_argument("--packages", nargs="+", help="install these instead of looking")
    asked = parser.parse_args()
    if asked.packages is None and asked.purpose == "run" and not has_display():
        return 0  # it will run in the terminal
    packages = asked.packages or missing_packages(asked.purpose)
    return 0 if not packages or install(packages) else 1


if __name__ == "__main__":
    sys.exit(main())
