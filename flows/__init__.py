"""The outer edge: the command line, the Prefect flow and its schedules, and what the terminal shows."""

from copydesk.flows.prefect_settings import prepare

prepare()  # here, because Prefect reads its settings when it is imported, which only modules below do
