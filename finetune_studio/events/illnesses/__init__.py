"""How each illness of a run is told from its curves, a file for each group of them.

Each is a pure function from a history to a finding, or to none. A difference counts only against
the noise it is measured in: what cannot be told is not said.
"""
