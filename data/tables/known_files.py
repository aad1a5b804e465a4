"""Files whose content says less about themselves than is known of them.

They are known by the SHA-256 of their unzipped bytes, not by their name: a renamed
copy keeps its note, and another file of the same name never gets it.
"""

from dataclasses import dataclass

_REDSHIFTED = (
    "b65ff78fb5038108ee4baa01c287b852885fac72714a09624c717f86527dfbcd",
    "918036e6b8a7ea586c4f08eb90e28b8679ee131501c50fe26f488c2e7ed56081",
    "f66a00945d6590b6023f2fd76253f2d13b1b4314a4521dd0e93b63a224f30d10",
    "8d7c967b586f990e47c4ab0aa369bbf7649914e2f87eb86cc97988dff1b34fad",
    "edb95a392b328e242fc5f72b3b0f686f3d020522bb58e313504ac9f61cc92233",
    "9b158541592070b0907aa047ab31f7369be926d91f8267f8e706f5f56d1d6c10",
)


@dataclass(frozen=True)
class Known:
    """What to say of a file that does not say it itself."""

    title: str
    note: str
    citation: str


def known_content(sha256: str) -> Known | None:
    """What is known of the file with this content, if anything."""
    if sha256 not in _REDSHIFTED:
        return None
    step = _REDSHIFTED.index(sha256) + 1
    return Known(
        f"DECaLS galaxies artificially redshifted, step {step} of 6",
        "Real output of a published model, but its pictures are not as observed: the "
        "same 1,628 DECaLS galaxies were artificially redshifted in six steps. This is "
        f"step {step}. Do not take it as a classification of the observed pictures.",
        "github.com/AdtFoster/understanding_galaxies (posteriors); Walmsley et al. "
        "2022, MNRAS 509, 3966 (Galaxy Zoo DECaLS)",
    )
