"""One program, three faces: the window, the command line, and the worker behind both."""

from __future__ import annotations

import sys


def main() -> int:
    """Start what the arguments ask for. Returns the exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["worker"]:
        from finetune_studio.worker.child import main as serve

        serve()
    if not arguments:
        from finetune_studio.app import main as show

        return show()
    from finetune_studio.cli.commands import main as command

    return command()


if __name__ == "__main__":
    sys.exit(main())
