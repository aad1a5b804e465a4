"""Configuration of a run that teaches an existing model a question of one's own."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from morph.errors import SettingError
from morph.runs.config_parts import (
    BadPixelsConfig,
    DeviceConfig,
    FitConfig,
    TransferConfig,
)
from morph.trees.decision_tree import DecisionTree
from morph.trees.own_questions import own_question, tree_alone
from morph.trees.question import Question
from morph.typed_json import name_of, within

NOT = "not {}"  # the other answer, where several may hold and each is yes or no
_LONGEST = 200  # characters of a question and of an answer


@dataclass(frozen=True)
class OwnQuestionConfig:
    """The question: its text and its answers."""

    text: str  # the question, as on the page Label
    answers: tuple[str, ...]  # in words; of a rating, the ratings from low to high
    # "one" of the answers holds; "several" may, and each is a question of its own,
    # whether it holds; a "rating" is one of ordered answers, whose order is not used.
    kind: Literal["one", "several", "rating"] = "one"

    def __post_init__(self) -> None:
        """Raise SettingError unless there is a text, and answers that differ."""
        given = (self.text, *self.answers)
        if not all(t.strip() and t.isprintable() and len(t) <= _LONGEST for t in given):
            raise SettingError(
                "question",
                "the question has an empty or unprintable text, or one above "
                f"{_LONGEST} characters, in its text or answers; write it again",
            )
        least = 1 if self.kind == "several" else 2
        if len(set(self.answers)) < max(len(self.answers), least):
            raise SettingError(
                "question.answers",
                f"question.answers is {list(self.answers)}; expected at least {least} "
                "different answers",
            )

    @property
    def parts(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Title and answers in words of each question that is learnt."""
        if self.kind != "several":
            return ((self.text, self.answers),)
        return tuple(
            (f"{self.text} {one}", (one, NOT.format(one))) for one in self.answers
        )

    @property
    def tree(self) -> DecisionTree:
        """The tree of these questions alone, each of which is always asked."""
        questions: list[Question] = []
        for title, answers in self.parts:
            questions.append(own_question(questions, title, answers))
        return tree_alone(self.text, questions)


@dataclass(frozen=True)
class QuestionReleaseConfig:
    """The release that the run writes: that of ``parent`` with the question."""

    parent: str = name_of("release")  # release that gets the question
    release_id: str = name_of("release")  # name of the new release
    # Cutout stores with images of its galaxies; others have a flat posterior.
    stores: tuple[str, ...] = name_of("cutout store")
    title: str = ""  # by default, that of the parent and the question
    note: str = ""  # what users should know
    first: ClassVar[int] = 0
    passes: ClassVar[int] = 0
    projection: ClassVar[None] = None


@dataclass(frozen=True, kw_only=True)
class FinetuneConfig:
    """Fine-tune a fitted model with the labels in ``labels.parquet`` of the run."""

    kind: Literal["finetune"] = "finetune"
    model_run: str = name_of("run")  # run whose model it begins with
    stores: tuple[str, ...] = name_of("cutout store")  # images of labelled galaxies
    question: OwnQuestionConfig  # the question, of the page Label
    labelled: int = within(0, 0, 10**6)  # galaxies with labels, for the expected time
    seed: int = within(1926, 0, 2**31 - 1)  # seed of the random numbers
    # Fraction of the labelled galaxies that models are only judged on.
    tested: float = within(0.3, 0.1, 0.5)
    # Fraction of the others that is held out: they choose the epoch, and calibrate.
    held_out: float = within(0.2, 0.1, 0.5)
    fit: FitConfig = FitConfig(
        epochs=40,
        batch_size=16,
        learning_rate=1e-3,
        weight_decay=0.05,
        warm_up=0.1,
        batch_norm="frozen",
        patience=12,
    )
    transfer: TransferConfig = TransferConfig(head_epochs=8, stage_decay=0.5)
    # A fit of the same network from random weights, to compare with; null: none.
    scratch: FitConfig | None = None
    bad_pixels: BadPixelsConfig = BadPixelsConfig()
    device: DeviceConfig = DeviceConfig()
    release: QuestionReleaseConfig | None = None
    evaluate: ClassVar[None] = None

    def __post_init__(self) -> None:
        """Raise SettingError for settings that contradict each other."""
        if self.transfer.head_epochs >= self.fit.epochs:
            raise SettingError(
                "transfer.head_epochs",
                f"transfer.head_epochs is {self.transfer.head_epochs} of "
                f"{self.fit.epochs} epochs, so that the encoder is never fitted; "
                'expected fewer, or transfer.encoder "frozen"',
            )

    @property
    def tree(self) -> str:
        """The name of the tree of its question, which `tree_called` then finds."""
        return self.question.tree.name
