"""Exceptions with a message for the user.

MorphError
├── UnknownLabel      a question or answer that is not in the decision tree
├── SettingError      a setting of a configuration with a wrong value
├── UnreadableTable   a table that cannot be read, or has invalid content
├── DamagedRelease    a release whose files do not match its manifest
├── CatalogueHeld     another process has the catalogue open
├── DamagedCatalogue  a catalogue file that must be made again from the releases
├── CannotWrite       a full disk, a folder without write access, too little memory
└── RunError          a run that cannot be started, resumed or read

A MorphError is something the user can fix, and pages show its text: what was given,
what was expected, what to do. Programming errors are ValueErrors.
"""

from collections.abc import Iterable


class MorphError(Exception):
    """Base of all exceptions of morph."""


class UnknownLabel(MorphError, ValueError):
    """A question or answer that is not in the decision tree."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(
            f"{name!r} is not in the decision tree; expected one of: {', '.join(known)}"
        )


class SettingError(MorphError):
    """A setting, at ``path``, that is unknown, missing, or has a wrong value."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


class UnreadableTable(MorphError):
    """A table that cannot be read, or has invalid content."""


class DamagedRelease(MorphError):
    """A release whose files do not match its manifest."""


class CatalogueHeld(MorphError):
    """Another process, the ``holder``, has the catalogue file open."""

    def __init__(
        self, message: str, *, holder: str = "another process", pid: int | None = None
    ) -> None:
        super().__init__(message)
        self.holder = holder
        self.pid = pid


class DamagedCatalogue(MorphError):
    """A catalogue file that must be made again from the releases."""


class CannotWrite(MorphError):
    """The machine lacks disk space, write access or memory; trying again may help."""


class RunError(MorphError):
    """A run that cannot be started, resumed or read."""
