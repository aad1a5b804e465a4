"""Publish a table as a release in ``releases/``, atomically."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from data.tables.downloads import Facts, facts_of, refuse_undescribed
from data.tables.galaxies import Choices
from data.tables.read import Reading, read_published
from data.tables.which_tree import most_recognised, tree_of, trees_considered
from morph.atomic import new_folder, sha256_of
from morph.errors import MorphError
from morph.home import release_folder
from morph.posterior.vote_priors import PRIORS
from morph.release.citation import Cited
from morph.release.details import Details
from morph.release.folder import verify_release, write_release
from morph.release.manifest import Manifest, Origin
from morph.tables import Table, open_table
from morph.tables.column_names import ColumnNames
from morph.trees.decision_tree import DEFAULT, tree_called
from morph.wording import Tell, command, nobody

# Files that do not describe themselves, by the SHA-256 of their unzipped bytes, so
# that renamed copies are recognised too.
_REDSHIFTED = (
    "b65ff78fb5038108ee4baa01c287b852885fac72714a09624c717f86527dfbcd",
    "918036e6b8a7ea586c4f08eb90e28b8679ee131501c50fe26f488c2e7ed56081",
    "f66a00945d6590b6023f2fd76253f2d13b1b4314a4521dd0e93b63a224f30d10",
    "8d7c967b586f990e47c4ab0aa369bbf7649914e2f87eb86cc97988dff1b34fad",
    "edb95a392b328e242fc5f72b3b0f686f3d020522bb58e313504ac9f61cc92233",
    "9b158541592070b0907aa047ab31f7369be926d91f8267f8e706f5f56d1d6c10",
)


@dataclass(frozen=True)
class TableRelease:
    """What the user says of a table; what is empty is taken from the table."""

    release_id: str
    survey: str = ""
    origin: Origin | Literal[""] = ""  # "real" where a table states none
    title: str = ""
    note: str = ""
    tree: str = ""
    values: Literal["", "fractions", "concentrations", "votes"] = ""
    positions_from: Literal["", "table", "names"] = ""
    prior: str = ""  # of the posteriors of votes
    citation: str = ""
    licence: str = ""
    credit: str = ""  # whom to name beside the citation


@dataclass(frozen=True)
class Known:
    """Description of a file that does not describe itself."""

    title: str
    note: str
    citation: str


@dataclass(frozen=True)
class Publication:
    """What the publisher of a table says of it, and the run that downloaded it."""

    citation: str
    licence: str
    source: Mapping[str, Any]  # of the file: record, DOI, version, checksum, date
    parent_run: str
    kind: Literal["votes", "fractions", "posteriors"]  # as stated


def publish_table(
    root: Path, path: Path, order: TableRelease, *, tell: Tell = nobody
) -> Manifest:
    """Publish a table as a release; publishing it again changes nothing.

    Raises as `release_of_table` does.
    """
    target = release_folder(root, order.release_id)
    return release_of_table(root, path, order, target, tell=tell)


def release_of_table(
    root: Path,
    path: Path,
    order: TableRelease,
    target: Path,
    publication: Publication | None = None,
    *,
    tell: Tell = nobody,
) -> Manifest:
    """Write a table as the release folder ``target``; again changes nothing.

    ``tell`` hears of the parts of the table that are read, and of the rows written.

    Raises
    ------
    UnreadableTable
        If the file is not a readable table of posteriors or votes.
    MorphError
        If another release has the name, or the origin or survey is invalid.
    """
    trees = trees_considered(order.tree)
    tell("Opening the table", 0, 0)
    with open_table(path, partial(most_recognised, trees=trees)) as table:
        facts = facts_of(table, path)
        if not facts and not order.origin:
            refuse_undescribed(table, trees)
        stated = bool(order.tree or facts)
        order = _completed(order, table, facts)
        Manifest(order.release_id, order.origin, order.survey, "", "", "")  # checked
        source = {"file": table.name, "format": table.format}
        source |= {"sha256": sha256_of(table.path), "bytes": table.path.stat().st_size}
        if publication is not None:
            source["published"] = dict(publication.source)
        details = Details(source=source, order=_recorded(order))
        if target.exists():
            return _already_published(target, details)
        choices = Choices(
            order.values,
            order.positions_from,
            root / "releases",
            prior=order.prior,
            downloaded_prior=facts.get("prior", ""),
            scratch=target.parent,
        )
        reading = read_published(table, tree_called(order.tree), choices, tell=tell)
    known = {} if stated else _recognised(order.tree)
    reading = replace(reading, report=known | dict(reading.report))
    manifest = _described(order, reading, details, facts)
    if publication is not None:
        manifest = _of_publication(manifest, publication)
    try:
        with new_folder(target) as folder:
            return write_release(
                folder,
                manifest,
                reading.galaxies,
                reading.posteriors,
                samples=reading.samples,
                votes=reading.votes,
                tell=tell,
            )
    except FileExistsError as error:
        raise MorphError(
            f"another command has just written {target}; nothing was changed"
        ) from error


def _recognised(name: str) -> dict[str, str]:
    """How the tree is known, for the report."""
    return {"decision tree": f"{tree_called(name).title}, recognised by its columns"}


def _completed(order: TableRelease, table: Table, facts: Facts) -> TableRelease:
    """The order with what a download of morph says of itself, and the table's tree.

    MorphError if it says something else, or nothing says what survey it is of.
    """
    theirs = {"origin": "provenance", "survey": "survey", "tree": "tree"}
    for ours, fact in theirs.items():
        given, stated = getattr(order, ours), facts.get(fact, "")
        if given and stated and given != stated:
            raise MorphError(
                f"{table.name} is a download from a release of {ours} {stated!r}, and "
                f"--{ours} {given} contradicts it; leave out --{ours}"
            )
        order = replace(order, **{ours: given or stated})
    for what in ("citation", "licence"):
        given, stated = getattr(order, what), facts.get(what, "")
        if given and stated and given != stated:
            raise MorphError(
                f"{table.name} is a download from a release whose {what} is {stated!r};"
                f" leave out --{what}"
            )
    if not order.survey:
        names = ("--release", order.release_id, "--survey", "decals")
        raise MorphError(
            "loading a table needs --release and --survey; for example: "
            + command("load", table.name, *names)
        )
    tree = order.tree or _tree_of(table, facts)
    return replace(order, origin=order.origin or "real", tree=tree)


def _tree_of(table: Table, facts: Facts) -> str:
    """The tree that the columns tell; downloads that state none are of the default."""
    if facts:
        return DEFAULT
    return tree_of(ColumnNames(table.name, table.columns)).name


def _told(facts: Facts) -> dict[str, str]:
    """Whose download a file is, for the report."""
    if not facts:
        return {}
    what = facts.get("selection") or "galaxies"
    return {"a download": f"{what}; origin and survey as in {facts.get('release')!r}"}


def _described(
    order: TableRelease, reading: Reading, details: Details, facts: Facts
) -> Manifest:
    """The manifest as the table, the known file, the download or the user describes."""
    known = known_content(details.source["sha256"])
    notes = (facts.get("note") or reading.note, known.note if known else "", order.note)
    licence = facts.get("licence", "") if facts else reading.licence
    learnt = facts.get("not_learnt", "").split(", ")
    title = known.title if known else facts.get("title") or reading.title
    return Manifest(
        release_id=order.release_id,
        origin=order.origin,
        survey=order.survey,
        tree=order.tree,
        title=order.title or title,
        note=" ".join(note for note in notes if note),
        citation=_cited(order, known, facts.get("citation") or reading.citation),
        licence=order.licence or ("" if known else licence),
        posterior=reading.posterior,
        model=facts.get("model") or None,
        not_learnt=tuple(one for one in learnt if one),
        details=replace(
            details,
            prior=_prior(reading, facts),
            report=_told(facts) | dict(reading.report),
            download=dict(facts) or None,
        ),
    )


def _cited(order: TableRelease, known: Known | None, citation: str) -> str:
    """How to cite the table: as the user says, else as it is known; and the credit."""
    cited = order.citation or (known.citation if known else citation)
    return Cited(cited, credit=order.credit).in_one


def _of_publication(manifest: Manifest, publication: Publication) -> Manifest:
    """The manifest with what the publisher says; MorphError if the table differs."""
    found = "fractions" if manifest.posterior == "fraction" else "posteriors"
    found = "votes" if manifest.details.prior is not None else found
    if found != publication.kind:
        raise MorphError(
            f"the table has {found}, but its published catalogue states "
            f"{publication.kind}; correct kind, or files, in its TOML"
        )
    return replace(
        manifest,
        citation=publication.citation,
        licence=publication.licence,
        parent_run=publication.parent_run,
    )


def _prior(reading: Reading, facts: Facts) -> Mapping[str, Any] | None:
    """The prior of posteriors that are votes and a prior; a download names it."""
    if name := facts.get("prior"):
        return PRIORS[name].to_json() if name in PRIORS else {"name": name}
    return reading.prior.to_json() if reading.prior else None


def _recorded(order: TableRelease) -> dict[str, str]:
    """As earlier loads recorded it, which named neither tree nor further options."""
    later = ("values", "positions_from", "prior", "citation", "licence", "credit")
    unsaid = {("tree", DEFAULT), *((name, "") for name in later)}
    return {k: v for k, v in asdict(order).items() if (k, v) not in unsaid}


def _already_published(target: Path, details: Details) -> Manifest:
    existing = verify_release(target)
    for what in ("source", "order"):
        if getattr(existing.details, what) != getattr(details, what):
            raise MorphError(
                f"there is already another release {target.name!r} ({existing.title}, "
                f"{existing.galaxies:,} galaxies, with a different {what}). Choose "
                f"another name, or first: {command('remove', target.name)}"
            )
    return existing


def known_content(sha256: str) -> Known | None:
    """Description of the file with this content, if it is known."""
    if sha256 not in _REDSHIFTED:
        return None
    step = _REDSHIFTED.index(sha256) + 1
    return Known(
        f"DECaLS galaxies artificially redshifted, step {step} of 6",
        "Predictions of a published model, but not for observed images: the same 1,628 "
        "DECaLS galaxies were artificially redshifted in six steps. This is "
        f"step {step}. Do not use it as a classification of the observed images.",
        "github.com/AdtFoster/understanding_galaxies (posteriors); Walmsley et al. "
        "2022, MNRAS 509, 3966 (Galaxy Zoo DECaLS)",
    )
