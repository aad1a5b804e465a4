"""SQL and words for the answers by which the decision tree leads to a question."""

from collections.abc import Iterable

from morph.trees.decision_tree import DecisionTree, Question

Gate = tuple[str, str, str]  # its words, shorter words, and SQL


def is_reached(question: Question, tree: DecisionTree) -> str:
    """SQL: the most probable answers above a question lead to it."""
    ways = [
        f"({_is_largest(parent, labels)} AND {is_reached(parent, tree)})"
        for parent, labels in tree.parents(question)
    ]
    return f"({' OR '.join(ways)})" if ways else "TRUE"


def gates(questions: Iterable[Question], tree: DecisionTree) -> list[Gate]:
    """Conditions that the most probable answers lead to each of these questions."""
    made: dict[tuple[str, tuple[str, ...]], Gate] = {}
    for question in questions:
        way = tree.way_to(question)
        for parent, labels in way:
            made[parent.name, labels] = _one_way(parent, labels, tree)
        top = way[0][0] if way else question
        if len(tree.ways(top)) > 1:  # any of them will do
            made[top.name, ()] = _any_way(top, tree)
    kept = [
        key
        for key in made
        if not any(other[0] == key[0] and set(other[1]) < set(key[1]) for other in made)
    ]
    order = [question.name for question in tree.questions]
    return [made[key] for key in sorted(kept, key=lambda key: order.index(key[0]))]


def _one_way(question: Question, labels: tuple[str, ...], tree: DecisionTree) -> Gate:
    answers = tree.any_of(labels)
    words = f"{answers} is the most probable answer to {question.title}"
    return words, answers, _is_largest(question, labels)


def _any_way(question: Question, tree: DecisionTree) -> Gate:
    ways = tree.asked_if(question)
    words = f"{question.title} is reached through the most probable answers ({ways})"
    return words, f"{question.title} reached", is_reached(question, tree)


def _is_largest(question: Question, labels: tuple[str, ...]) -> str:
    numbers = ", ".join(str(question.labels.index(label)) for label in labels)
    return f'"{question.name}_answer" IN ({numbers})'
