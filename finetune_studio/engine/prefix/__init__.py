"""The frozen prefix: what samples pass before the first layer that trains, computed once.

Frozen layers in evaluation mode say the same of a sample every epoch. ``boundary`` and ``tracing``
find where a network can be divided, ``marking`` and ``cutting`` divide it, ``proof`` shows that
the two halves are the network, ``store`` keeps what the first half says, ``features`` hands it out
in batches, and ``plan`` decides whether all that is worth it.
"""
