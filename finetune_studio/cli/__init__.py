"""The command line: a second face of the same jobs, drawn for a terminal or printed as JSON."""
