"""Does the work: data, models, training, evaluation, export. Knows torch, never Qt.

`jobs` is the only door.
"""

from __future__ import annotations

import os

# Waiting threads must not spin while the window or another program wants their core: on a busy
# machine with two cores spinning made everything two to six times slower. Read when torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
