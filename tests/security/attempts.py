"""Attempts of an attack, and those that got through."""

from dataclasses import dataclass, field


@dataclass
class Row:
    """One line of the table: ``got_through`` names the attempts that did."""

    what: str
    tried: int = 0
    got_through: list[str] = field(default_factory=list)
    note: str = ""

    def add(self, attempt: str, through: bool) -> None:
        """Count one attempt."""
        self.tried += 1
        if through:
            self.got_through.append(attempt)
