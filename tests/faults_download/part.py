"""The result of one part: what was asked, fetched, lost and sent twice."""

from dataclasses import dataclass, field


@dataclass
class Part:
    """One download with its interruptions; amounts are in ``unit``."""

    what: str
    unit: str
    asked: int
    fetched: int  # complete and right
    doubled: int  # sent again by the server
    requests: int
    seconds: float
    interrupted: dict[str, int] = field(default_factory=dict)  # kind -> times
    losses: list[str] = field(default_factory=list)

    def row(self) -> dict[str, str | int]:
        """The line of the table."""
        return {
            "download": self.what,
            "interruptions": sum(self.interrupted.values()),
            "requests": self.requests,
            "of": self.unit,
            "asked": f"{self.asked:,}",
            "fetched": f"{self.fetched:,}",
            "lost": f"{self.asked - self.fetched:,}",
            "doubled": f"{self.doubled:,}",
            "seconds": f"{self.seconds:.0f}",
        }
