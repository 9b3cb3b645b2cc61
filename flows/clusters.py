"""Clean shards on clusters, through Prefect's task runners for Dask and Ray.

A cluster is an extra (`pip install 'copydesk[dask]'`, `'copydesk[ray]'`), so its packages are imported only
on request. Every machine needs the same copydesk, and the dataset's folder under the same path; only this
process, the driver, commits.
"""

import asyncio
import concurrent.futures
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner
from prefect.tasks import Task

from copydesk.flows.executors import Cluster
from copydesk.schemas.errors import CopydeskError, UsageError
from copydesk.schemas.exit_codes import ExitCode
from copydesk.schemas.request import IngestRequest
from copydesk.tasks.workers import PoolClosedError

_POLL: Final = 0.05
_START_SECONDS: Final = 60.0
_ADDRESSES: Final = {"dask": "DASK_SCHEDULER_ADDRESS", "ray": "RAY_ADDRESS"}
"""Environment variables in which Dask and Ray look for a cluster if none is named."""


class ClusterError(CopydeskError):
    """The cluster can't be reached, has no workers, or gave up a shard."""

    exit_code = ExitCode.UNAVAILABLE


@contextmanager
def cluster_of(request: IngestRequest, work: Task[[int, str], str]) -> Iterator[Cluster | None]:
    """Connect to the cluster that a run requests, or start one on this machine; yield None for a local run.

    `work` is the task that processes a job. Raises UsageError if the extra is not installed, ClusterError if
    the cluster can't be reached.
    """
    if request.runner == "local":
        if request.runner_address:
            raise UsageError(
                "--runner-address: found an address, expected --runner dask or --runner ray with it"
            )
        yield None
        return
    address = request.runner_address or os.environ.get(_ADDRESSES[request.runner], "")
    make, places = {"dask": _dask, "ray": _ray}[request.runner]
    try:
        runner = make(address)
    except ImportError as error:
        raise UsageError(
            f"--runner {request.runner}: {error.name} is not installed; pip install 'copydesk[{request.runner}]'"
        ) from error
    try:
        runner.__enter__()
        places(runner)
    except Exception as error:
        runner.__exit__(None, None, None)
        raise ClusterError(
            f"--runner {request.runner}: no cluster at {address or 'this machine'}: {error}"
        ) from error
    cluster = _PrefectCluster(runner, work, places)
    try:
        yield cluster
    finally:
        cluster.close()
        runner.__exit__(None, None, None)


def cores_given() -> int:
    """Return the number of cores that this worker may use, according to its cluster."""
    if "distributed" in sys.modules:
        distributed: Any = import_module("distributed")
        try:
            return int(distributed.get_worker().state.nthreads)
        except ValueError:
            pass
    if "ray" in sys.modules:
        ray: Any = import_module("ray")
        if ray.is_initialized():
            return max(1, int(ray.get_runtime_context().get_assigned_resources().get("CPU", 1)))
    return 1


class _PrefectCluster:
    """A task runner of Prefect's, used from many threads."""

    def __init__(
        self,
        runner: TaskRunner[PrefectFuture[Any]],
        work: Task[[int, str], str],
        places: Callable[[Any], int],
    ) -> None:
        self._runner = runner
        self._work = work
        self._places = places
        self._context = copy_context()  # of the flow run, to which the task runs belong
        self._lock = threading.Lock()
        self._closed = False
        self._asked, self._known = 0.0, 0

    def places(self) -> int:
        """Return the number of shards to process at a time: two per core.

        Updated every second, because clusters grow.
        """
        if time.monotonic() > self._asked + 1.0:
            with suppress(Exception):  # if the scheduler is gone, the shards in flight report it
                self._known = self._places(self._runner)
            self._asked = time.monotonic()
        return max(1, 2 * self._known)

    def clean(self, number: int, order: Path) -> str:
        """Submit a job, and wait until a worker has processed it.

        When a worker dies, Dask and Ray give its jobs to another one. Raises ClusterError if they give up a
        job, or a worker could not process it.
        """
        parameters = {"number": number, "order": str(order)}
        with self._lock:
            future = self._context.copy().run(self._runner.submit, self._work, parameters)
        while not _done(future):
            if self._closed:
                raise PoolClosedError("the run was stopped while a cluster was cleaning")
            time.sleep(_POLL)
        try:
            return str(future.result())
        except CopydeskError:
            raise
        except (Exception, asyncio.CancelledError, concurrent.futures.CancelledError) as error:
            raise ClusterError(
                f"shard {number} could not be cleaned: {type(error).__name__}: {error}"
            ) from error

    def close(self) -> None:
        """Stop waiting for shards."""
        self._closed = True


def _done(future: Any) -> bool:
    wrapped = future.wrapped_future
    if hasattr(wrapped, "done"):
        return bool(wrapped.done())
    ray: Any = import_module("ray")
    return bool(ray.wait([wrapped], timeout=0)[0])


def _make_dask(address: str) -> Any:
    prefect_dask: Any = import_module("prefect_dask")
    return prefect_dask.DaskTaskRunner(address=address or None, client_kwargs={"set_as_default": False})


def _dask_threads(runner: Any) -> int:
    """Return the threads of all workers; wait for the first worker."""
    client = runner.client
    client.wait_for_workers(1, timeout=_START_SECONDS)
    return sum(worker["nthreads"] for worker in client.scheduler_info(n_workers=-1)["workers"].values())


def _make_ray(address: str) -> Any:
    prefect_ray: Any = import_module("prefect_ray")
    return prefect_ray.RayTaskRunner(address=address or None)


def _ray_cores(_: Any) -> int:
    ray: Any = import_module("ray")
    return int(ray.cluster_resources().get("CPU", 0))


_dask: Final = (_make_dask, _dask_threads)
_ray: Final = (_make_ray, _ray_cores)
