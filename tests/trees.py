"""Another decision tree, of Galaxy Zoo 2, to test that trees are data."""

from morph.trees.decision_tree import DecisionTree, Question

_SMOOTH, _FEATURED = "shape_smooth", "shape_features"
_ROUNDED = ("rounded_round", "rounded_between", "rounded_cigar")
_EDGE_BULGE = ("edge-bulge_rounded", "edge-bulge_boxy", "edge-bulge_none")
_BULGE = ("bulge_none", "bulge_noticeable", "bulge_obvious", "bulge_dominant")


def _asked(name: str, answers: str, after: tuple[str, ...] = ()) -> Question:
    choices = tuple(answers.split())
    return Question(name, name.capitalize(), choices, choices, asked_after=after)


# 11 questions, 37 answers (Willett et al. 2013, table 2): every galaxy that is no
# artifact reaches the last question.
GZ2 = DecisionTree(
    "gz2",
    (
        _asked("shape", "smooth features artifact"),
        _asked("edge-on", "yes no", (_FEATURED,)),
        _asked("bar", "yes no", ("edge-on_no",)),
        _asked("spiral", "yes no", ("edge-on_no",)),
        _asked("bulge", "none noticeable obvious dominant", ("edge-on_no",)),
        _asked("rounded", "round between cigar", (_SMOOTH,)),
        _asked("edge-bulge", "rounded boxy none", ("edge-on_yes",)),
        _asked("winding", "tight medium loose", ("spiral_yes",)),
        _asked("arms", "1 2 3 4 more cant-tell", ("spiral_yes",)),
        _asked("odd", "yes no", (*_ROUNDED, *_EDGE_BULGE, *_BULGE)),
        _asked(
            "odd-feature",
            "ring lens disturbed irregular other merger dust-lane",
            ("odd_yes",),
        ),
    ),
)
