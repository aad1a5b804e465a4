"""Recognise the decision tree of a table by its columns."""

from collections.abc import Sequence

from data.tables.kinds import columns_recognised, is_complete
from data.tables.vote_tables import holds_votes
from morph.errors import UnreadableTable
from morph.tables.column_names import ColumnNames
from morph.trees.decision_tree import TREES, DecisionTree, tree_called


def trees_considered(name: str) -> Sequence[DecisionTree]:
    """The tree of that name, or all of them where none is named."""
    return [tree_called(name)] if name else list(TREES.values())


def most_recognised(names: Sequence[str], trees: Sequence[DecisionTree]) -> int:
    """How many columns of a table are recognised, of the tree of which it has most."""
    return max(columns_recognised(names, tree) for tree in trees)


def tree_of(columns: ColumnNames) -> DecisionTree:
    """The tree whose answers a table has; the nearest where it lacks some of them.

    Raises
    ------
    UnreadableTable
        If it has the answers of several trees, or none of any.
    """
    trees = TREES.values()
    fitting = [tree for tree in trees if _fits(columns, tree)]
    if len(fitting) > 1:
        names = [tree.name for tree in fitting]
        raise UnreadableTable(
            f"{columns.table} has the answers of {len(names)} decision trees: "
            f"{' and '.join(names)}; state which to read, for example --tree "
            f"{names[0]}"
        )
    if fitting:
        return fitting[0]
    found = {tree.name: columns_recognised(columns.names, tree) for tree in trees}
    if len(set(found.values())) > 1:
        return tree_called(max(found, key=lambda name: found[name]))
    examples = " or ".join(f"{tree.first_answer}_fraction" for tree in trees)
    known = ", ".join(f"{tree.name} with {len(tree.labels)} answers" for tree in trees)
    raise UnreadableTable(
        f"{columns.table} has no answer of a known decision tree ({known}): expected "
        f"a column for each answer, such as {examples}, or the columns of a published "
        "table. A list with other columns can be uploaded on the page Subsets. Its "
        f"columns: {columns.beginning()}"
    )


def _fits(columns: ColumnNames, tree: DecisionTree) -> bool:
    return holds_votes(columns, tree) or is_complete(columns, tree)
