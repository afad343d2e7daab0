"""Widgets that take plain values and emit signals; each could be shown alone."""
