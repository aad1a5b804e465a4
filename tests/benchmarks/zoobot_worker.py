"""Measure zoobot 2.9 on command, in the Python that has it installed.

``python zoobot_worker.py SETTINGS.json``: answers each line "train" or "predict" on
stdin with one line of JSON, {"images": N, "seconds": s, "cpu_s": s}. As in its manual:
a FinetuneableZoobotTree, galaxy-datasets' default augmentation, a CatalogDataModule
of JPEG images, ``predict_on_catalog.predict``. Settings: encoder, size, batch,
threads, workers, train and predict (images), catalogue (a CSV with id_str, file_loc and
counts).
"""

import json
import os
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # output of libraries must not mix with answers

import lightning as L  # noqa: E402
import pandas as pd  # noqa: E402
import timm  # noqa: E402
import torch  # noqa: E402
from galaxy_datasets.pytorch.galaxy_datamodule import CatalogDataModule  # noqa: E402
from galaxy_datasets.transforms import (  # noqa: E402
    default_view_config,
    get_galaxy_transform,
    minimal_view_config,
)
from zoobot.pytorch.predictions import predict_on_catalog  # noqa: E402
from zoobot.pytorch.training.finetune import FinetuneableZoobotTree  # noqa: E402
from zoobot.shared import schemas  # noqa: E402

SCHEMA = schemas.desi_schema  # the 34 answers of GZ DECaLS and GZ DESI
QUIET = {
    "accelerator": "cpu",
    "devices": 1,
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
}


class Clock(L.Callback):
    """Time of an epoch: wall and CPU seconds."""

    def on_train_epoch_start(self, *_: object) -> None:
        self.began = (time.monotonic(), time.process_time())

    def on_train_epoch_end(self, *_: object) -> None:
        now = (time.monotonic(), time.process_time())
        self.seconds, self.cpu_s = (b - a for a, b in zip(self.began, now, strict=True))


def transform(config, size: int):
    config.output_size = size
    return get_galaxy_transform(config)


def loading(settings: dict) -> dict:
    return {"batch_size": settings["batch"], "num_workers": settings["workers"]}


def train(model: L.LightningModule, catalogue: pd.DataFrame, settings: dict) -> dict:
    """One epoch of training."""
    clock = Clock()
    data = CatalogDataModule(
        label_cols=SCHEMA.label_cols,
        train_transform=transform(default_view_config(), settings["size"]),
        test_transform=transform(minimal_view_config(), settings["size"]),
        train_catalog=catalogue[: settings["train"]],
        val_catalog=catalogue[: settings["batch"]],
        test_catalog=catalogue[: settings["batch"]],
        **loading(settings),
    )
    L.Trainer(
        max_epochs=1,
        limit_val_batches=0,
        num_sanity_val_steps=0,
        callbacks=[clock],
        **QUIET,
    ).fit(model, data)
    images = settings["train"] // settings["batch"] * settings["batch"]
    return {"images": images, "seconds": clock.seconds, "cpu_s": clock.cpu_s}


def predict(model: L.LightningModule, catalogue: pd.DataFrame, settings: dict) -> dict:
    """Predict concentrations, written to a CSV."""
    chosen = catalogue[: settings["predict"]]
    began, cpu = time.monotonic(), time.process_time()
    predict_on_catalog.predict(
        chosen,
        model,
        save_loc=settings["catalogue"] + ".predicted.csv",
        label_cols=SCHEMA.label_cols,
        inference_transform=transform(minimal_view_config(), settings["size"]),
        datamodule_kwargs=loading(settings),
        trainer_kwargs=QUIET,
    )
    seconds, cpu_s = time.monotonic() - began, time.process_time() - cpu
    return {"images": len(chosen), "seconds": seconds, "cpu_s": cpu_s}


def main() -> None:
    settings = json.loads(Path(sys.argv[1]).read_text())
    torch.set_num_threads(settings["threads"])
    catalogue = pd.read_csv(settings["catalogue"], dtype={"id_str": str})
    encoder = timm.create_model(settings["encoder"], num_classes=0)
    model = FinetuneableZoobotTree(schema=SCHEMA, encoder=encoder, prog_bar=False)
    work = {"train": train, "predict": predict}
    for line in sys.stdin:
        found = work[line.strip()](model, catalogue, settings)
        print(json.dumps(found), file=ANSWERS, flush=True)


if __name__ == "__main__":
    main()
