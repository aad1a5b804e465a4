"""Create the folder of a run, with the labels that a fine-tuning learns from."""

from pathlib import Path
from typing import Any

from morph.labels.label_snapshot import snapshot
from morph.runs import lifecycle
from morph.runs.config import FinetuneConfig, read_config
from pages.common.server import database


def create(root: Path, name: str, config: dict[str, Any]) -> Path:
    """The folder of a new run; labels are those of its question as they are now.

    MorphError as `lifecycle.create_run`, and where no such question has labels.
    """
    if config.get("kind") != FinetuneConfig.kind:
        return lifecycle.create_run(root, name, config)
    with database.cursor(root) as con:
        fill = snapshot(con, root, read_config(config))
    return lifecycle.create_run(root, name, config, fill=fill)
