"""Text for a paper: a methods paragraph of a selection, and BibTeX entries."""

import re

from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease
from morph.release.kinds import kind_of
from morph.selection.certainty.certainty import Spread, Surest, Tail
from morph.selection.funnel import Funnel, funnel
from morph.selection.selection import Selection
from morph.selection.url import digest, to_query_string
from morph.subsets.saved import Subset, made_by

_ORIGINS = {
    "real": "",
    "modified": " Their images were modified before they were classified.",
    "simulated": " These galaxies are simulated.",
    "demonstration": " These galaxies are simulated for a demonstration.",
}
_RULES = {
    "largest": (
        "An answer was considered only for galaxies whose most probable answers lead "
        "to its question."
    ),
    "asked": (
        "An answer was considered only for galaxies that reach its question with a "
        "probability of at least {asked:.2f}; this probability is the product of the "
        "expected vote fractions of the answers leading to the question."
    ),
    "off": "The decision tree was not applied.",
}
_DIRICHLET = (
    "For each question the model predicts a Dirichlet posterior with concentrations α; "
    "the expected vote fraction of an answer is ρ̂ = α / Σα{mean}."
)
_OF_VOTES = (
    "For each question the posterior is a Dirichlet whose concentrations α are the "
    "counts of volunteers' votes plus the prior ({prior}); the expected vote fraction "
    "of an answer is ρ̂ = α / Σα."
)
_PASSES = ", averaged over the passes of the model"

_ADAPTATION_BIBTEX = """@article{Ye2025,
  author  = {Ye, Renhao and Shen, Shiyin and {de Souza}, Rafael S. and Xu, Quanfeng and
             Chen, Mi and Chen, Zhu and Ishida, Emille E. O. and Krone-Martins, Alberto
             and Durgesh, Rupesh},
  title   = {From Galaxy Zoo {DECaLS} to {BASS/MzLS}: detailed galaxy morphology
             classification with unsupervised domain adaption},
  journal = {Monthly Notices of the Royal Astronomical Society},
  year    = {2025},
  volume  = {537},
  number  = {2},
  pages   = {640--649},
  doi     = {10.1093/mnras/staf025},
  eprint  = {2412.15533},
  archivePrefix = {arXiv}
}"""


def paragraph(release: LoadedRelease, selection: Selection, counts: Funnel) -> str:
    """How the galaxies were selected, for the methods section of a paper."""
    sentences = [f"We selected {counts.left:,} of {_all_of(release)}"]
    if release.has_uncertainty:
        mean = _PASSES if release.has_samples else ""
        prior = kind_of(release.manifest).prior
        words = _OF_VOTES if prior else _DIRICHLET
        sentences.append(words.format(mean=mean, prior=prior))
    if selection.questions:
        sentences.append(_RULES[selection.rule].format(asked=selection.asked))
    if counts.rows:
        left = [f"{row.step.in_full} ({row.left:,} left)" for row in counts.rows]
        sentences.append(
            f"We applied these criteria, in this order: {'; '.join(left)}."
        )
    sentences += _on_certainty(release, selection)
    if counts.ties:
        sentences.append("Galaxies with the value of the last one kept are kept too.")
    if query := to_query_string(selection):
        sentences.append(
            f"As URL parameters, the selection is {query} (digest {digest(selection)})."
        )
    return " ".join(sentences)


def of_subset(con: DuckDBPyConnection, release: LoadedRelease, saved: Subset) -> str:
    """The origin of a subset's galaxies; ``release`` is the one it was made from."""
    if "selection" in saved.recipe:
        selection = made_by(saved, release)
        text = paragraph(release, selection, funnel(con, release, selection))
    else:
        words = [f"These galaxies are {saved.recipe['words']}."]
        parts = saved.recipe.get("of", ())
        words += [f"Subset “{part['name']}”: {part['words']}." for part in parts]
        text = " ".join([f"We took {saved.galaxies:,} of {_all_of(release)}", *words])
    return f"{text} This is subset {saved.subset_id} (digest {saved.digest})."


def bibtex(release: LoadedRelease) -> str:
    """BibTeX entries of the release, the tree with its votes, and the adaptation."""
    manifest = release.manifest
    cited = re.sub(r"\s+", " ", manifest.citation).strip().rstrip(".")
    cited = f"{_tex(cited)}. " if cited else ""
    entry = {
        "title": f"{{{_tex(manifest.title)}}}",
        "howpublished": f"{{Release {_tex(release.release_id)}}}",
        "year": f"{{{manifest.created[:4]}}}",
        "note": f"{{{cited}Manifest SHA-256 {release.manifest_sha256}}}",
    }
    width = max(map(len, entry))
    fields = ",\n".join(f"  {name:{width}} = {text}" for name, text in entry.items())
    key = re.sub(r"[^A-Za-z0-9]", "", release.release_id)
    entries = [f"@misc{{{key},\n{fields}\n}}"]
    if release.tree.bibtex:
        entries.append(release.tree.bibtex)
    if "Ye et al" in cited:
        entries.append(_ADAPTATION_BIBTEX)
    return "\n\n".join(entries) + "\n"


def _all_of(release: LoadedRelease) -> str:
    manifest = release.manifest
    return (
        f"the {release.galaxies:,} galaxies of the release {release.release_id} "
        f"({manifest.title}; survey {manifest.survey}; manifest SHA-256 "
        f"{release.manifest_sha256[:12]}).{_ORIGINS[kind_of(manifest).images]}"
    )


def _on_certainty(release: LoadedRelease, selection: Selection) -> list[str]:
    """What the numbers of the conditions of certainty are, each kind once."""
    kinds = {type(condition) for condition in selection.certainty}
    sentences = []
    if Tail in kinds:
        mean = _PASSES if release.has_samples else ""
        sentences.append(
            "The probability that a vote fraction exceeds a value is the upper tail of "
            f"the Beta marginal of the posterior{mean}."
        )
    if Spread in kinds:
        over = " over all passes of the model" if release.has_samples else ""
        sentences.append(
            "The standard deviation of an answer is that of its vote fraction in the "
            f"posterior{over}."
        )
    percentages = [c for c in selection.certainty if isinstance(c, Surest)]
    for least in sorted({condition.least for condition in percentages}):
        which = "least" if least else "most"
        sentences.append(
            f"The percentage of the {which} certain galaxies refers to the galaxies "
            "that pass the preceding steps."
        )
    return sentences


_TEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\^{}"}
_TEX |= {sign: f"\\{sign}" for sign in "&%$#_{}"}


def _tex(text: str) -> str:
    """Text with the special characters of TeX escaped."""
    return "".join(_TEX.get(sign, sign) for sign in text)
