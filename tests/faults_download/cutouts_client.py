"""``python -m data cutouts`` without its patience, as a process to be killed.

``python -m tests.faults_download.cutouts_client HOME TABLE SURVEY SIZE``
"""

import sys
from pathlib import Path

from data.cutouts.fetch_cutouts import Requests, download
from data.cutouts.growing_store import GrowingStore
from data.cutouts.pace import Pace
from data.cutouts.table_to_store import chosen_survey, recipe_of
from data.cutouts.targets import read_targets
from morph.home import cutouts_folder

PACE = Pace(
    per_s=1000, tries=8, first_wait=0.02, longest_wait=0.2, deadline=0.5
)  # seconds


def main(root: Path, table: Path, name: str, size: int) -> None:
    """Download what is left, and write the store."""
    survey = chosen_survey(root, name)
    recipe = recipe_of(survey, size, None)
    store = GrowingStore(cutouts_folder(root, name), recipe)
    requests = Requests(survey, recipe, PACE)
    try:
        download(store, read_targets(table).places, requests)
        store.finish("Galaxies of a local service", without_position=[])
    finally:
        requests.client.close()
        store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
