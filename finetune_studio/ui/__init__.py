"""The window: shows a `Snapshot`, and says what the user edits and wishes. No torch, no engine."""
