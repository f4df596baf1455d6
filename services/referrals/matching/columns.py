"""Clients and peers as arrays, and what a pair of them has in common: the ground of every rule and every term."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, get_args
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.referrals.domain.policy import ILLNESS_ORDER
from services.referrals.matching.values import Client, Peer
from shared.contracts import values as v
from shared.contracts.preferences import Slot

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Reals = NDArray[np.float64]

FORMATS: tuple[v.Format, ...] = get_args(v.Format)
SETTINGS: tuple[v.Setting, ...] = get_args(v.Setting)
SLOTS: tuple[str, ...] = get_args(Slot)
ANY = (1 << len(FORMATS)) - 1
REMOTE = sum(1 << FORMATS.index(each) for each in v.REMOTE)
HOME = 1 << FORMATS.index("home")

Minutes = Mapping[str, Mapping[str, int]]
"""From area to area, by the way people really go, ferries counted; the same both ways unless both are given."""


@dataclass(frozen=True)
class Pairs:
    """So many clients and so many peers, each sorted by id; a matrix here has a row a client and a column a peer."""

    clients: Sequence[Client]
    peers: Sequence[Peer]
    minutes: Minutes

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.clients), len(self.peers)

    def of_client(self, value: Callable[[Client], Any], kind: Any = np.int64) -> NDArray[Any]:
        """One value a client, as a column to stand against the peers."""
        return np.array([value(client) for client in self.clients], kind).reshape(-1, 1)

    def of_peer(self, value: Callable[[Peer], Any], kind: Any = np.int64) -> NDArray[Any]:
        """One value a peer, as a row."""
        return np.array([value(peer) for peer in self.peers], kind).reshape(1, -1)

    def marked(self, peers_of: Callable[[Client], Iterable[UUID]]) -> Bools:
        """The pairs in which the client names the peer."""
        found = np.zeros(self.shape, bool)
        for row, client in enumerate(self.clients):
            for named in peers_of(client):
                if (column := self.peer_columns.get(named)) is not None:
                    found[row, column] = True
        return found

    def shared(self, of_client: Callable[[Client], Iterable[str]], of_peer: Callable[[Peer], Iterable[str]]) -> Bools:
        """The pairs whose sets of words have one in common."""
        words = sorted({word for client in self.clients for word in of_client(client)})
        # A sum of ones: exact in whatever order the library adds.
        return np.asarray(hot(self.clients, of_client, words) @ hot(self.peers, of_peer, words).T > 0)

    @cached_property
    def peer_columns(self) -> Mapping[UUID, int]:
        return {peer.id: column for column, peer in enumerate(self.peers)}

    @cached_property
    def settings(self) -> NDArray[Any]:
        return np.array([SETTINGS.index(client.setting) for client in self.clients], np.int64)

    @cached_property
    def formats(self) -> NDArray[np.uint16]:
        """The ways of meeting that the client accepts and the peer offers."""
        wished = self._mask_of_client(lambda c: _bits(c.formats, FORMATS) or ANY)
        return np.asarray(wished & self.of_peer(lambda p: _bits(p.formats, FORMATS), np.uint16), np.uint16)

    @cached_property
    def formats_within_limits(self) -> NDArray[np.uint16]:
        """Those left while the treating team asks for no lone or no in-person contact."""
        return np.asarray(self.formats & self._mask_of_client(_within_limits), np.uint16)

    @cached_property
    def formats_within_reach(self) -> NDArray[np.uint16]:
        """Those left where in person only residents of some boards are served."""
        boards = sorted({client.board for client in self.clients})
        codes = {board: code for code, board in enumerate(boards)}
        serves = np.array([[not p.boards or board in p.boards for p in self.peers] for board in boards], bool)
        covered = serves.reshape(len(boards), len(self.peers))[[codes[client.board] for client in self.clients]]
        return self.formats_within_limits & np.where(covered, np.uint16(ANY), np.uint16(REMOTE))

    @cached_property
    def formats_possible(self) -> NDArray[np.uint16]:
        """Those left where a home is visited only with own-safety training and check-in in place."""
        safely = self.of_peer(lambda p: ANY if p.lone_visits else ANY & ~HOME, np.uint16)
        return np.asarray(self.formats_within_reach & safely, np.uint16)

    @cached_property
    def remote_first(self) -> Bools:
        """Whether the way of meeting that the client would rather have, of those possible, is a remote one."""
        found, open_yet = np.zeros(self.shape, bool), np.ones(self.shape, bool)
        for place in range(max((len(c.formats) for c in self.clients), default=0)):
            wish = self._mask_of_client(lambda c, n=place: _bits(c.formats[n : n + 1], FORMATS))  # type: ignore[misc]
            hit = ((self.formats_possible & wish) != 0) & open_yet
            found |= hit & ((wish & REMOTE) != 0)
            open_yet &= ~hit
        nothing_said = self.of_client(lambda c: not c.formats, bool)
        return np.asarray(found | (nothing_said & ((self.formats_possible & REMOTE) != 0)))

    def _mask_of_client(self, value: Callable[[Client], int]) -> NDArray[np.uint16]:
        return self.of_client(value, np.uint16)


def pairs(clients: Iterable[Client], peers: Iterable[Peer], minutes: Minutes | None = None) -> Pairs:
    """The pairs of these, in an order that does not depend on the order in which they came."""
    return Pairs(
        tuple(sorted(clients, key=attrgetter("id"))), tuple(sorted(peers, key=attrgetter("id"))), minutes or {}
    )


def hot(rows: Sequence[Any], words_of: Callable[[Any], Iterable[str]], words: Sequence[str]) -> NDArray[np.float32]:
    """A row each with a one under every word it has."""
    columns = {word: column for column, word in enumerate(words)}
    found = np.zeros((len(rows), len(words)), np.float32)
    for number, row in enumerate(rows):
        for word in words_of(row):
            if (column := columns.get(word)) is not None:
                found[number, column] = 1
    return found


def level_of(level: str | None) -> int:
    """Where a level stands; nought where none was set."""
    return 0 if level is None else ILLNESS_ORDER.index(level) + 1


def language_of(tag: str) -> str:
    """The language of a BCP-47 tag, without its region: `en-GB` is English."""
    return tag.partition("-")[0].lower()


def spoken(tags: Iterable[str]) -> frozenset[str]:
    return frozenset(map(language_of, tags))


def stable_hash(pairs: Pairs) -> Ints:
    """Sixteen bits a pair that depend on the two ids alone."""
    rows, columns = _seeds(pairs.clients).reshape(-1, 1), _seeds(pairs.peers).reshape(1, -1)
    # The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    x = rows + columns * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((x ^ (x >> np.uint64(31))) >> np.uint64(48), np.int64)


def _seeds(rows: Sequence[Client] | Sequence[Peer]) -> NDArray[np.uint64]:
    digests = (hashlib.sha256(row.id.bytes).digest()[:8] for row in rows)
    return np.array([int.from_bytes(digest, "big") for digest in digests], np.uint64)


def _bits(chosen: Iterable[str], all_of_them: Sequence[str]) -> int:
    return sum(1 << all_of_them.index(each) for each in set(chosen))


def slot_bits(slots: Iterable[str]) -> int:
    """The slots of a week as bits."""
    return _bits(slots, SLOTS)


def _within_limits(client: Client) -> int:
    if "no-in-person" in client.limits:
        return REMOTE
    return ANY & ~HOME if "no-lone" in client.limits else ANY
