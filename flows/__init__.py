"""The outer edge: the command line, the Prefect flows, the schedules."""
