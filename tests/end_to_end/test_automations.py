"""The automations of docs/deploy fire on a real server: a run with rejects, and a run whose process is gone."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from waiting import until

ROOT = Path(__file__).parents[2]
RECIPES = yaml.safe_load((ROOT / "docs/deploy/automations.yaml").read_text(encoding="utf-8"))["automations"]


@pytest.fixture
def create(on_server: str) -> Iterator[Callable[[dict[str, Any]], UUID]]:
    """Create an automation as `prefect automation create` does; it goes when the test ends."""
    from prefect.client.orchestration import get_client
    from prefect.events.schemas.automations import AutomationCore

    made: list[UUID] = []
    with get_client(sync_client=True) as client:

        def add(recipe: dict[str, Any]) -> UUID:
            body = AutomationCore.model_validate(recipe).model_dump(mode="json")
            made.append(UUID(client._client.post("/automations/", json=body).raise_for_status().json()["id"]))
            return made[-1]

        yield add
        for each in made:
            client._client.delete(f"/automations/{each}")


def fired(automation: UUID) -> list[Any]:
    """The events that the server wrote down when the automation was triggered."""
    from prefect.client.orchestration import get_client

    wanted = {
        "filter": {
            "event": {"name": ["prefect.automation.triggered"]},
            "resource": {"id": [f"prefect.automation.{automation}"]},
        }
    }
    with get_client(sync_client=True) as client:
        return list(client._client.post("/events/filter", json=wanted).raise_for_status().json()["events"])


def test_a_run_with_rejects_is_told(create: Callable[[dict[str, Any]], UUID], tmp_path: Path) -> None:
    """A run without rejects does not trigger it; the next one, with a broken file, does."""
    from copydesk.flows.ingest import ingest

    (tmp_path / "in").mkdir()
    shutil.copy(ROOT / "data" / "samples" / "clean-already.txt", tmp_path / "in" / "first.txt")
    automation = create(RECIPES[0])
    ingest(inputs=[str(tmp_path / "in")], out=str(tmp_path / "out"), workers=1, return_state=True)
    (tmp_path / "in" / "empty.txt").write_bytes(b"")
    state = ingest(inputs=[str(tmp_path / "in")], out=str(tmp_path / "out"), workers=1, return_state=True)
    assert state.name == "Completed with rejects"
    until(lambda: fired(automation))
    assert len(fired(automation)) == 1


def test_a_run_whose_process_is_gone_is_marked(create: Callable[[dict[str, Any]], UUID]) -> None:
    """One heartbeat, then none: the run, which still says Running, becomes Crashed."""
    from prefect.client.orchestration import get_client
    from prefect.states import Running

    recipe = RECIPES[1]
    create(
        {**recipe, "trigger": {**recipe["trigger"], "within": 10}}
    )  # 90 is the recipe's; 10 is Prefect's least
    with get_client(sync_client=True) as client:
        flow = client.create_flow_from_name("ingest")
        run = client._client.post(
            "/flow_runs/", json={"flow_id": str(flow), "name": "gone", "state": {"type": "PENDING"}}
        ).raise_for_status()
        run_id = UUID(run.json()["id"])
        client.set_flow_run_state(run_id, Running(), force=True)
        heartbeat = {
            "id": str(uuid4()),
            "occurred": run.json()["created"],
            "event": "prefect.flow-run.heartbeat",
            "resource": {
                "prefect.resource.id": f"prefect.flow-run.{run_id}",
                "prefect.resource.name": "gone",
            },
            "related": [
                {
                    "prefect.resource.id": f"prefect.flow.{flow}",
                    "prefect.resource.role": "flow",
                    "prefect.resource.name": "ingest",
                }
            ],
            "payload": {},
        }
        client._client.post("/events", json=[heartbeat]).raise_for_status()
        until(lambda: (state := client.read_flow_run(run_id).state) is not None and state.is_crashed())


def test_the_file_is_what_prefect_takes() -> None:
    """Both recipes are read as automations, and say what they are for."""
    from prefect.events.schemas.automations import AutomationCore

    for recipe in RECIPES:
        assert AutomationCore.model_validate(recipe).description
