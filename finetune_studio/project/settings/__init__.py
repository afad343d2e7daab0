"""Every training setting, declared once, a file for each thing they decide."""
