"""How a setting is declared: type, default, bounds, unit, title and help, all in one place.

The form in the window, ``--set`` on the command line, the check and the file are all drawn from
these declarations. ``json_schema_extra`` carries what pydantic has no word for:

* ``unit``: shown inside the field;
* ``advanced``: folded away at first;
* ``group``: the heading it stands under;
* ``scale``: ``"log"`` where factors matter more than differences;
* ``step``: what one press of an arrow key adds, where that is neither 1 nor 0.05;
* ``only``: ``{field: [values]}`` under which the setting has any effect; else it is not shown;
* ``editor``: ``"slider"`` where the whole range is worth seeing;
* ``task``: the one task it exists for;
* ``target``: the one kind of target it exists for.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field


def setting(default: Any, title: str, help_text: str, group: str, **extra: Any) -> Any:
    """A field with everything that draws, checks and explains it; ``extra`` as listed above."""
    bounds = {name: extra.pop(name) for name in ("ge", "gt", "le", "lt") if name in extra}
    return Field(
        default=default,
        title=title,
        description=help_text,
        json_schema_extra={"group": group, **extra},
        **bounds,
    )
