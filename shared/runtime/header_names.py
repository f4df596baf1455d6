"""Kafka's batches read totally: aiokafka gives a whole consumer up at one header name that is not UTF-8.

Its reader decodes header names strictly and in the middle of a fetch, before anybody could park the record; other
clients (librdkafka) send any bytes as a name. Here such names are read with `surrogateescape`, which gives the bytes
back exactly; only a batch that failed pays for it.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy


class _Lenient(bytearray):
    """Bytes whose every slice decodes, whatever it holds."""

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return _Lenient(found) if isinstance(found, bytearray) else found

    def decode(self, encoding: str = "utf-8", errors: str = "surrogateescape") -> str:
        return super().decode(encoding, errors)


class _LenientBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    """A batch read record by record in Python, its header names leniently."""

    def __iter__(self) -> "_LenientBatch":
        super().__iter__()
        self._buffer: bytearray = _Lenient(self._buffer)
        return self


class _Batch:
    """One batch as aiokafka knows it, except that reading its records never fails for a name."""

    def __init__(self, batch: Any, data: memoryview) -> None:
        self._batch, self._data = batch, data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except UnicodeDecodeError:
            return iter(_LenientBatch(self._data))


class Batches:
    """What a fetch brought, batch by batch."""

    def __init__(self, data: bytes) -> None:
        self._batches, self._slices = MemoryRecords(data), _MemoryRecordsPy(data)

    def size_in_bytes(self) -> int:
        """How many bytes were fetched."""
        return int(self._batches.size_in_bytes())

    def has_next(self) -> bool:
        """Whether there is another whole batch."""
        return bool(self._batches.has_next())

    def next_batch(self) -> _Batch | None:
        """The next batch, if there is one."""
        data = self._slices._next_slice
        if data is None:
            return None
        self._slices._cache_next()
        return _Batch(self._batches.next_batch(), data)


def read_header_names_totally() -> None:
    """From now on every consumer of this process reads any bytes as a header's name."""
    fetcher.MemoryRecords = Batches
