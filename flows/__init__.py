"""The outer edge: the command line, the Prefect flow and its schedules, and what the terminal shows."""
