"""Parts of the layers page: edits of the plan, its cost in words, presets and the card."""
