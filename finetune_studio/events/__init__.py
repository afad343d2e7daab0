"""What happens, as values both processes speak: events, commands, descriptions, history."""
