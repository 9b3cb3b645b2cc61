"""Make the published files follow the state: show a commit, expire old snapshots, recover after a kill."""

from copydesk.schemas.settings import Settings
from copydesk.tasks.store.preflight import check_belongs
from copydesk.tasks.store.safe_paths import empty_folder
from copydesk.tasks.store.snapshot import POOLED, Layout, expire, publish, recover, remove_files
from copydesk.tasks.store.state import State


class Publication:
    """The snapshots of a dataset, kept in line with its state."""

    def __init__(self, layout: Layout, state: State, settings: Settings) -> None:
        self._layout = layout
        self._state = state
        self._settings = settings

    def show(self, number: int, replaced: set[tuple[str, str]]) -> None:
        """Show a commit to readers, and remove the files that it `replaced`.

        This follows the commit point: `recover` can repeat all of it.
        """
        publish(self._layout, number, self._files())
        self._expire()
        for tree in POOLED:
            remove_files(self._layout.pool / tree, {name for of, name in replaced if of == tree})
        empty_folder(self._layout.work)

    def recover(self) -> None:
        """Finish what a killed run left incomplete.

        Raise StorageError if the folder belongs to another state.
        """
        head = self._state.head()
        if not head.clean:
            self._state.check()
        files = self._files()
        check_belongs(self._layout, head.number, files)
        with self._state.transaction():
            self._state.set_head(head._replace(clean=False))
        recover(self._layout, head.number, files, set(self._state.rejects.raw()))
        if head.number:
            self._expire()

    def _files(self) -> list[tuple[str, str]]:
        return [(file.tree, file.name) for file in self._state.files.live()]

    def _expire(self) -> None:
        head = self._state.head()
        expire(
            self._layout,
            self._state.commit_times(),
            {head.number, head.base},
            self._settings.retention_seconds,
            self._settings.retention_snapshots,
        )
