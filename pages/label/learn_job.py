"""Fits of questions in the background, one after another, shared by all sessions."""

import logging
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from morph.catalogue.arrays import at_rows, rows_of
from morph.errors import MorphError
from morph.home import release_folder
from morph.labels.answers_file import Act
from morph.labels.in_force import counting, one_per_galaxy
from morph.labels.saved_questions import SavedQuestion
from morph.learning import fit_process
from morph.learning.fit_task import FitResult, FitTask, without
from morph.learning.labelled_galaxies import groups, plain_columns, plain_numbers
from morph.learning.training_labels import TrainingLabels, training_labels
from morph.release.maps import FEATURES
from morph.similar.features import open_features
from pages.common.galaxies import vectors
from pages.common.here import Here

_KEPT = 4  # fits in memory: 6 MB each for 248,088 galaxies

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_jobs: "OrderedDict[tuple[str, str, str], Job]" = OrderedDict()
_fitter = ThreadPoolExecutor(1, thread_name_prefix="fit")


@dataclass
class Job:
    """A fit to the labels that there were; ``result`` grows while it goes on."""

    labels: TrainingLabels
    acts: int  # answers that there were
    doing: str = "Waiting for another fit"
    result: FitResult | None = None
    space: Path | None = None
    without_features: int = 0  # labelled galaxies, which are left out
    problem: str = ""
    is_wanted: bool = True
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def parts(self) -> int:
        """How many parts of the result are there."""
        if self.result is None:
            return 0
        return 1 + len(self.result.evaluations) + len(self.result.curves)

    @property
    def all_parts(self) -> int:
        return 1 + 2 * len(self.labels.problems)


def fitted(here: Here, saved: SavedQuestion, acts: Sequence[Act], who: str) -> Job:
    """The fit to the present answers of a person, "" for all; begun if there is none.

    Raises
    ------
    MorphError
        If the release has no features, or the labels cannot be learnt.
    """
    if not vectors.has_features(here.release):
        raise MorphError(
            f"the release {here.release.release_id} has no image features, which a "
            "model learns from. Add them by a run of the kind “features”, or choose "
            "another release"
        )
    key = (saved.question_id, here.release.key, who)
    with _lock:
        before = _jobs.get(key)
        if before is not None and before.acts == len(acts) and not before.problem:
            _jobs.move_to_end(key)
            return before
    answers, _ = one_per_galaxy(counting(acts), who or None)
    rows = rows_of(here.con, here.release, list(answers))
    labels = training_labels(
        saved.question,
        acts,
        rows.keys(),
        release_id=here.release.release_id,
        who=who or None,
    )
    job = Job(labels, len(acts))
    task = _task(here, labels, rows)
    with _lock:
        if before is not None:
            before.is_wanted = False
        _jobs[key] = job
        _jobs.move_to_end(key)
        while len(_jobs) > _KEPT:
            _jobs.popitem(last=False)[1].is_wanted = False
    folder = release_folder(here.root, here.release.release_id)
    _fitter.submit(_carry_out, job, task, here.root, folder)
    return job


def _task(here: Here, labels: TrainingLabels, rows: dict[str, int]) -> FitTask:
    """What the other process needs, but for the files of the features."""
    at = np.array([rows[name] for name in labels.names])
    plain = plain_columns(here.release.columns)
    table = at_rows(here.con, here.release, at, columns=["ra", "dec", *plain])
    ra, dec = (table[name].to_numpy(float, na_value=np.nan) for name in ("ra", "dec"))
    return FitTask(
        Path(),
        Path(),
        labels.problems,
        at,
        groups(ra, dec),
        labels.at_random,
        plain_numbers(table[plain]) if plain else None,
    )


def _carry_out(job: Job, task: FitTask, root: Path, release: Path) -> None:
    if not job.is_wanted:
        job.finished.set()
        return
    cache = root / "cache"
    folder = None
    try:
        job.doing = "Reading features"
        features = open_features(release, cache, file=FEATURES)
        path = Path(features.filename)
        job.space = path.with_name(f"space-{path.stem}.npy")
        known = np.asarray(features[task.rows]).any(axis=1)
        if not known.all():
            job.without_features = int((~known).sum())
            task = without(task, known)
        task = replace(task, features=path, space=job.space)
        folder = Path(tempfile.mkdtemp(prefix="fit-", dir=cache))
        job.doing = "Fitting"

        def hear(result: FitResult) -> bool:
            job.result = result
            job.doing = "Evaluating" if not result.evaluations else "Measuring"
            return job.is_wanted

        job.result = fit_process.carry_out(task, folder, hear=hear)
    except (MorphError, OSError, MemoryError) as error:
        job.problem = str(error) or "not enough memory to fit the model"
    except Exception:
        _log.exception("the model was not fitted")
        job.problem = "The model was not fitted; the log has the reason. Try again."
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        job.finished.set()


def close() -> None:
    """End the fits that go on, and forget all."""
    with _lock:
        jobs = list(_jobs.values())
        _jobs.clear()
    for job in jobs:
        job.is_wanted = False
    fit_process.stop()
