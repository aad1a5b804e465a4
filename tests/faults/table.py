"""The table of faults: its rows, and what must come of each."""

from tests.faults.rows import (
    at_once,
    crafted,
    crafted_models,
    damaged_files,
    killed_trainer,
    killed_writers,
    lost_catalogue,
    machine,
    servers,
    stale_runs,
    two_browsers,
)
from tests.faults.trials import Row

SENTENCE = "a sentence, nothing loaded changes, works again"

ROWS = (
    Row("browser or server ends during a run", "the run goes on", servers.FAULTS),
    Row("trainer killed", "resumes, the same weights", killed_trainer.FAULTS),
    Row("dashboard killed while it writes", "all or nothing", killed_writers.FAULTS),
    Row(
        "two at once",
        "one effect, the other is told",
        (*at_once.FAULTS, *two_browsers.FAULTS),
    ),
    Row("full or read-only disk, no memory", SENTENCE, machine.FAULTS),
    Row("damaged files", SENTENCE, damaged_files.FAULTS),
    Row("clock set, process id used again", "not taken for it", stale_runs.FAULTS),
    Row(
        "files made to execute or read",
        "refused",
        (*crafted.FAULTS, *crafted_models.FAULTS),
    ),
    Row("catalogue deleted or damaged", "rebuilt from the page", lost_catalogue.FAULTS),
)
