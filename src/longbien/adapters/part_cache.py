"""Opened parts of sealed objects, the last few used: random access costs each part once."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from longbien.primitives.digest import Digest

CACHED_PARTS = 3  # parts of 7 MiB that a reader keeps


class PartCache:
    """Opened parts, the last few used; several readers may share one.

    Who asks for a part that another thread is opening waits for it: no part is opened twice.
    """

    def __init__(self, parts: int = CACHED_PARTS) -> None:
        self._most = parts
        self._turn = threading.Lock()
        self._kept: OrderedDict[tuple[Digest, int], Future[memoryview]] = OrderedDict()

    def get(self, key: tuple[Digest, int], load: Callable[[], memoryview]) -> memoryview:
        """Return the part, opened by ``load`` if it is not there; an error is not kept."""
        with self._turn:
            kept = self._kept.get(key)
            mine = kept is None
            if kept is None:
                kept = self._kept[key] = Future()
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
        if mine:
            self._load(key, kept, load)
        return kept.result()

    def _load(
        self,
        key: tuple[Digest, int],
        future: Future[memoryview],
        load: Callable[[], memoryview],
    ) -> None:
        try:
            future.set_result(load())
        except BaseException as error:
            future.set_exception(error)
            with self._turn:
                if self._kept.get(key) is future:
                    del self._kept[key]
            raise
