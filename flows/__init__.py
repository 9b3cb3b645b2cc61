"""The outer edge: the command line, the Prefect flow and its schedules, and output to the terminal."""
