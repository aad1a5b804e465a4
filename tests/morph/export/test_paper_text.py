"""Text for a paper: the numbers of the funnel, and valid BibTeX."""

import re
from dataclasses import replace

import pytest

from morph.catalogue import connection
from morph.catalogue.loading import load_release
from morph.export.paper_text import bibtex, of_subset, paragraph
from morph.selection.certainty.certainty import Spread, Surest, Tail
from morph.selection.funnel import funnel
from morph.selection.selection import Selection
from morph.selection.url import digest
from morph.subsets import combine, saved

STRONG = {"bar_strong": (0.3, 1)}


def said(con, release, selection) -> str:
    return paragraph(release, selection, funnel(con, release, selection))


def test_the_paragraph_tells_every_step_with_its_count(shared_con, plain):
    selection = Selection(limits=STRONG, certainty=(Tail("bar_strong", 0.2, 0.8),))
    found = funnel(shared_con, plain, selection)
    text = paragraph(plain, selection, found)
    assert text.startswith(
        f"We selected {found.left:,} of the 3,000 galaxies of the release plain"
    )
    for row in found.rows:
        assert f"{row.step.in_full} ({row.left:,} left)" in text
    assert "expected vote fraction of Strong bar between 0.30 and 1.00 (" in text
    assert "Beta marginal of the posterior." in text
    assert "These galaxies are simulated" in text
    assert f"digest {digest(selection)}" in text
    assert plain.manifest_sha256[:12] in text


def test_the_paragraph_says_only_what_was_done(shared_con, plain, passes, fractions):
    everything = said(shared_con, plain, Selection())
    assert "3,000 of the 3,000" in everything
    assert "in this order" not in everything
    assert "decision tree" not in everything
    off = said(shared_con, plain, Selection(limits=STRONG, rule="off"))
    assert "The decision tree was not applied." in off
    asked = said(shared_con, plain, Selection(limits=STRONG, rule="asked", asked=0.25))
    assert "probability of at least 0.25" in asked
    assert "Dirichlet" not in said(shared_con, fractions, Selection(limits=STRONG))
    sure = Selection(certainty=(Tail("bar_strong", 0.5, 0.1),))
    assert "averaged over the passes of the model" in said(shared_con, passes, sure)
    share = Selection(certainty=(Surest("variance", "bar_strong"),))
    assert "percentage of the most certain" in said(shared_con, plain, share)


def test_the_paragraph_tells_each_kind_of_certainty_once(shared_con, plain, passes):
    certainty = (
        Tail("bar_strong", 0.2, 0.5),
        Tail("bar_weak", 0.1, 0.1),
        Spread("bar_strong", 0.25),
        Surest("variance", "bar_strong", 60),
        Surest("variance", "bar_weak", 80),
    )
    selection = Selection(rule="off", certainty=certainty)
    text = said(shared_con, plain, selection)
    found = funnel(shared_con, plain, selection)
    assert len(found.rows) == 5
    for row in found.rows:
        assert f"{row.step.in_full} ({row.left:,} left)" in text
    assert text.count("Beta marginal of the posterior.") == 1
    assert text.count("of its vote fraction in the posterior.") == 1
    assert text.count("The percentage of the most certain galaxies refers to the") == 1
    assert "least certain" not in text
    assert "certain=tail+bar_strong+0.2+0.5&certain=tail+bar_weak+0.1+0.1&" in text
    text = said(shared_con, passes, selection)
    assert "of its vote fraction in the posterior over all passes of the model." in text


def unescaped(text: str, sign: str) -> list[str]:
    return re.findall(rf"(?<!\\){re.escape(sign)}", text)


def test_the_paragraph_names_modified_images_of_a_release_made_before(
    shared_con, plain
):
    title = "Galaxies artificially redshifted"
    manifest = replace(plain.manifest, origin="real", title=title)
    text = said(shared_con, replace(plain, manifest=manifest), Selection())
    assert "Their images were modified before they were classified." in text


@pytest.mark.parametrize("hostile", ["plain", "50% & {x} \\input{y} $z_1^2$ #~", "}}}"])
def test_bibtex_holds_what_the_release_says_and_nothing_runs(plain, hostile):
    manifest = replace(plain.manifest, title=hostile, citation=f"Me et al. {hostile}")
    text = bibtex(replace(plain, manifest=manifest))
    first, second = text.strip().split("\n\n")
    assert first.startswith("@misc{plain,\n")
    assert second.startswith("@article{Walmsley2022,")
    assert plain.manifest_sha256 in first
    for entry in (first, second):
        assert len(unescaped(entry, "{")) == len(unescaped(entry, "}"))
    for sign in "%&$#":
        assert not unescaped(first, sign)
    assert "\\input{" not in first


def test_an_adaptation_is_cited_too(plain):
    cited = replace(plain.manifest, citation="after Ye et al. 2025")
    assert "eprint  = {2412.15533}" in bibtex(replace(plain, manifest=cited))


def test_a_note_ends_its_citation_once(plain):
    cited = replace(plain.manifest, citation="Me et al. 2026.")
    assert "Me et al. 2026. Manifest SHA-256" in bibtex(replace(plain, manifest=cited))


def test_a_release_without_a_citation_has_a_note_of_its_manifest(plain):
    cited = replace(plain.manifest, citation="")
    entry = bibtex(replace(plain, manifest=cited))
    assert f"{{Manifest SHA-256 {plain.manifest_sha256}}}" in entry


def test_a_subset_is_told_by_what_made_it(tmp_path, releases_folder):
    path, beside = tmp_path / "c.duckdb", tmp_path / "w.duckdb"
    with connection.connect(path, workspace=beside) as con:
        plain = load_release(con, releases_folder / "plain")
        strong = Selection(limits=STRONG)
        bars = saved.save_selection(con, plain, strong, name="Bars")
        every = saved.save_selection(con, plain, Selection(), name="All")
        told = of_subset(con, plain, bars)
        assert told.startswith(said(con, plain, strong))
        assert told.endswith(f"This is subset {bars.subset_id} (digest {bars.digest}).")
        ids = [every.subset_id, bars.subset_id]
        rest = combine.save(con, "not", ids, name="Others")
        told = of_subset(con, plain, rest)
        assert told.startswith(f"We took {3000 - bars.galaxies:,} of the 3,000")
        assert "in the subset “All” but not in the subset “Bars”" in told
        assert f"“Bars”: {bars.recipe['words']}." in told
