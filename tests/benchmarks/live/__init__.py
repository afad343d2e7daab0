"""The real window under load: each part measures it while something runs. See responsiveness.py."""
