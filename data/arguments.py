"""The arguments of every command of ``python -m data``."""

import argparse
from typing import Any

from data import download, label_commands, runs, store_commands
from data.cutouts import options as get_cutouts
from data.demo.plan import FULL, SEED
from data.sky import match, moc, select_region
from data.survey import measure_command as survey
from morph.posterior.vote_priors import DEFAULT_PRIOR, PRIORS
from morph.release.manifest import ORIGINS
from morph.trees.decision_tree import DEFAULT

Commands = Any  # argparse does not export the class of its sub-commands


def parser(about: str) -> argparse.ArgumentParser:
    """The parser of ``python -m data``, which names the ``command``."""
    parser = argparse.ArgumentParser(prog="python -m data", description=about)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_releases(commands)
    _add_simulated(commands)
    return parser


def _add_releases(commands: Commands) -> None:
    words = "load a table or a release folder into the catalogue"
    load = _add(commands, "load", words)
    _add_table(load)
    run = _add(commands, "load-run", "load the release of a finished run")
    run.add_argument("run", help="folder of the run, or its name in MORPH_HOME/runs")
    words = "download a published catalogue and load it; --list lists them"
    download.add_arguments(_add(commands, "download", words, json=False))
    _add(commands, "status", "list releases, images and runs")
    _add_pictures(commands)
    words = "rebuild the catalogue from all releases, including unloaded ones"
    _add(commands, "rebuild", words)
    words = "back up saved subsets and regions; the dashboard may be running"
    _add(commands, "backup", words).add_argument("file", help="new file")
    remove = _add(commands, "remove", "remove a release; its files are kept")
    remove.add_argument("release", metavar="NAME")
    words = "make a store of the cutouts of a table's galaxies; repeat to continue"
    get_cutouts.add_arguments(_add(commands, "cutouts", words))
    words = "match a release to another one, or to a table, by position"
    match.add_arguments(_add(commands, "match", words))
    words = "write the galaxies in a region of the sky: a cone, polygon or MOC"
    select_region.add_arguments(_add(commands, "select", words))
    moc.add_arguments(_add(commands, "moc", "write the coverage map of a release"))
    words = "turn an export of a Zooniverse project into a table of labels"
    label_commands.add_arguments(_add(commands, "labels", words))
    words = "measure a survey from its cutouts"
    survey.add_arguments(commands.add_parser("survey", help=words, description=words))
    words = "check and compact cutout stores"
    store_commands.add_arguments(
        commands.add_parser("stores", help=words, description=words)
    )
    words = "list, start, watch, cancel, delete, compare and pack runs"
    runs.add_arguments(commands.add_parser("runs", help=words, description=words))


def _add_table(load: argparse.ArgumentParser) -> None:
    load.add_argument("file", help="table of any format, or folder of a release")
    load.add_argument("--release", metavar="NAME", help="name of the release")
    load.add_argument("--survey", help="survey of the images: decals, bmz, ...")
    words = "what was classified (default: as stated in the file, else real)"
    load.add_argument("--origin", choices=ORIGINS, help=words)
    load.add_argument("--title", default="", help="title (default: the kind of table)")
    load.add_argument("--note", default="", help="note for users of the release")
    load.add_argument("--citation", default="", help="how to cite the table")
    load.add_argument("--licence", default="", help="licence of the table")
    load.add_argument("--credit", default="", help="whom to name beside the citation")
    load.add_argument("--tree", help="decision tree of its answers")
    kinds, words = ("fractions", "concentrations", "votes"), "kind of numbers"
    load.add_argument("--as", dest="values", choices=kinds, help=words)
    words = f"prior for posteriors from votes (default: {DEFAULT_PRIOR})"
    load.add_argument("--prior", choices=PRIORS, help=words)
    words = "which to use where names and positions disagree"
    load.add_argument("--positions-from", choices=("table", "names"), help=words)


def _add_pictures(commands: Commands) -> None:
    words = "make a cutout store from a folder of JPEG, PNG, TIFF or FITS images"
    made = _add(commands, "pictures", words)
    made.add_argument("folder", help="folder of images; its subfolders are read too")
    made.add_argument(
        "--store", metavar="NAME", required=True, help="name of the store"
    )
    words = "table with a row per image: names, positions, votes"
    made.add_argument("--labels", metavar="TABLE", help=words)
    kinds, words = ("fractions", "concentrations", "votes"), "kind of numbers in TABLE"
    made.add_argument("--as", dest="values", choices=kinds, help=words)
    words = "which to use where names and positions of TABLE disagree"
    made.add_argument("--positions-from", choices=("table", "names"), help=words)
    made.add_argument("--tree", default=DEFAULT, help="decision tree of the votes")
    made.add_argument("--survey", required=True, help="survey of the images: sdss, ...")
    words = "what was imaged (default: real)"
    made.add_argument("--origin", choices=ORIGINS, default="real", help=words)
    made.add_argument("--title", default="", help="title (default: name of the folder)")
    words = "whom to credit for the images, with the licence"
    made.add_argument("--credit", default="", help=words)
    words = "pixels per side of the store (default: 128)"
    made.add_argument("--size", type=int, default=128, help=words)
    words = "arcsec per pixel of the files (default: as in FITS headers, else unknown)"
    made.add_argument("--pixel-scale", type=float, metavar="ARCSEC", help=words)
    words = "column of TABLE with the arcsec per pixel of each file"
    made.add_argument("--scale-column", default="", metavar="COLUMN", help=words)


def _add_simulated(commands: Commands) -> None:
    demo = _add(commands, "demo", "simulate images of two surveys", json=False)
    demo.add_argument("--galaxies", type=int, default=FULL.galaxies)
    demo.add_argument("--seed", type=int, default=SEED)
    build = _add(commands, "build-demo", "build the demonstration", json=False)
    size = build.add_mutually_exclusive_group()
    size.add_argument("--small", action="store_true", help="with fewer galaxies")
    size.add_argument(
        "--train",
        action="store_true",
        help="fit the models instead of using the shipped ones",
    )
    build.add_argument("--serve", action="store_true", help="serve the dashboard too")
    build.add_argument("--port", type=int, default=8501)
    words = "evaluate the shipped models on newly simulated galaxies"
    check = _add(commands, "check-demo-models", words)
    check.add_argument(
        "--keep",
        action="store_true",
        help="replace the shipped models by those of the demonstration in MORPH_HOME",
    )
    made = _add(commands, "synthetic", "write random posteriors")
    made.add_argument("--release", metavar="NAME", default="synthetic")
    made.add_argument("--galaxies", "--rows", type=int, default=248_088)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--passes", type=int, default=0, help="dropout passes per galaxy")
    made.add_argument(
        "--pictures", type=int, default=0, help="images, of barred galaxies"
    )
    made.add_argument("--tree", default="gzd5", help="decision tree of the answers")
    made.add_argument(
        "--features", type=int, default=0, help="features per galaxy, with a map"
    )
    for name in ("fractions", "votes", "projection"):
        made.add_argument(f"--{name}", action="store_true")


def _add(
    commands: Commands, name: str, words: str, *, json: bool = True
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=words, description=words)
    if json:
        command.add_argument("--json", action="store_true", help="print JSON")
    return command
