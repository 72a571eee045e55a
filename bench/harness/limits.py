# SPDX-License-Identifier: MIT
"""Rows without a peer: a figure, with or without a limit."""

import dataclasses
import typing


@dataclasses.dataclass
class Limit:
    kind: str
    name: str
    peer: str  # describes the figure
    measure: typing.Callable[[], float]
    limit: typing.Optional[float] = None  # maximum; None: no target
    unit: str = "time"  # or "memory", in KiB; "bytes"; "count"
    slow: bool = False

    def result(self):
        value = self.measure()
        good = self.limit is None or value <= self.limit
        return {
            "kind": self.kind,
            "name": self.name,
            "peer": self.peer,
            "value": value,
            "limit": self.limit,
            "unit": self.unit,
            "target": self.limit,
            "memory_counts": False,
            "fast": good,
            "small": True,
            "met": good,
        }
