"""The outer edge: the command line, the Prefect flow and its schedules, and what the terminal shows."""

from flows.environment import prepare

prepare()  # here, because Prefect reads its settings when it is imported, which only modules below do
