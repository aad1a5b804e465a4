"""Print how the code is divided: ``python -m tests.structure [--verbose]``.

A table of what is counted, its value now and its goal; exits with 1 if one is missed.

Slider to SQL: `WALK` names the functions that carry the value of a slider in the
sidebar to the SQL that counts, in the order in which they run: into what is called, and
back to what called it. `check_walk` makes sure that each is there and that, of two that
follow one another, one uses the other by name, itself or by functions of its module.
Rooms are the different folders on the walk; returns are the steps into a folder that
the walk has been in and has left. The same of modules is printed too, without a goal.
When the code's own walk gets shorter, so must `WALK`, by hand.
"""

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from tests import test_architecture as architecture

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("app.py", "pages", "morph", "training", "data")
APART = ("__init__.py", "__main__.py")
SMALL = 60  # lines

# "module:function", from the widget to the query; a module by its dotted name.
WALK = (
    "pages.common.frame.frame:_prepare",
    "pages.common.frame.sidebar:draw",
    "pages.common.frame.question_blocks:draw",
    "pages.common.frame.sidebar:draw",
    "pages.common.frame.frame:_prepare",
    "pages.common.address.selection_widgets:read",
    "morph.selection.url:from_values",
    "morph.selection.selection:Selection",
    "morph.selection.url:from_values",
    "morph.selection.conditions:steps",
    "morph.catalogue.column_sql:quoted",
    "morph.selection.conditions:steps",
    "morph.selection.url:from_values",
    "pages.common.address.selection_widgets:read",
    "pages.common.frame.frame:_prepare",
    "morph.selection.funnel:counted",
    "morph.catalogue.release_table:query",
)


@dataclass(frozen=True)
class Row:
    """One line of the table; lower values are better."""

    what: str
    now: int
    goal: int | None
    named: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.goal is None or self.now <= self.goal


def product_files(root: Path) -> list[Path]:
    """Files of the product that git knows, relative to ``root``."""
    listed = subprocess.run(
        ["git", "ls-files", "--", *PRODUCT],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return [Path(line) for line in listed.stdout.splitlines() if (root / line).exists()]


def modules(files: Sequence[Path]) -> list[Path]:
    return [f for f in files if f.suffix == ".py" and f.name not in APART]


def largest_folder(files: Sequence[Path]) -> tuple[str, int]:
    """The folder with most modules directly in it."""
    return Counter(f.parent.as_posix() for f in modules(files)).most_common(1)[0]


def repeated_names(files: Sequence[Path]) -> dict[str, list[Path]]:
    """File names that several modules have."""
    found = defaultdict(list)
    for file in modules(files):
        found[file.name].append(file)
    return {name: same for name, same in sorted(found.items()) if len(same) > 1}


def dotted(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def importers(files: Sequence[Path], root: Path) -> dict[Path, set[Path]]:
    """Each product file with the others that import it, wherever in them."""
    by_name = {dotted(file): file for file in files if file.suffix == ".py"}
    found: dict[Path, set[Path]] = {file: set() for file in by_name.values()}
    for importer in by_name.values():
        for name in imported(parsed(root / importer)):
            target = by_name.get(name)
            if target is not None and target != importer:
                found[target].add(importer)
    return found


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names that a module imports; of ``from a import b`` both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def small_and_imported_once(files: Sequence[Path], root: Path) -> list[Path]:
    """Modules of fewer than SMALL lines that just one other module imports."""
    by = importers(files, root)
    once = [file for file in modules(files) if len(by[file]) == 1]
    return [file for file in once if lines(root / file) < SMALL]


def lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def rooms_and_returns(folders: Sequence[str]) -> tuple[int, int]:
    """Different folders, and moves into one that was left before."""
    been, returns = {folders[0]}, 0
    for before, now in pairwise(folders):
        if now != before:
            returns += now in been
            been.add(now)
    return len(been), returns


def walk_modules(walk: Sequence[str]) -> list[str]:
    """The module of each function."""
    return [step.partition(":")[0] for step in walk]


def walk_folders(walk: Sequence[str]) -> list[str]:
    """The folder of each function's module."""
    return [module.rpartition(".")[0] for module in walk_modules(walk)]


def check_walk(walk: Sequence[str], root: Path) -> list[str]:
    """What is wrong with a walk: functions that are not there or use no neighbour."""
    uses = {step: used_by(step, root) for step in walk}
    missing = [f"{step} is not there" for step, used in uses.items() if used is None]
    if missing:
        return missing
    return [
        f"{before} and {after} do not use one another"
        for before, after in pairwise(walk)
        if name_of(after) not in uses[before] and name_of(before) not in uses[after]
    ]


def name_of(step: str) -> str:
    """``module.function``, the module by its last name, as code of ours calls it."""
    module, _, function = step.partition(":")
    return f"{module.rpartition('.')[2]}.{function}"


def used_by(step: str, root: Path) -> set[str] | None:
    """What a function uses, as `name_of` names it; None where there is no such."""
    module, _, name = step.partition(":")
    path = root / (module.replace(".", "/") + ".py")
    if not path.exists():
        return None
    tree = parsed(path)
    kinds = (ast.FunctionDef, ast.ClassDef)
    functions = {n.name: n for n in ast.walk(tree) if isinstance(n, kinds)}
    if name not in functions:
        return None
    found = names_in(functions[name], functions, seen={name})
    whence = dict(origins(tree))
    return {whence.get(one, one) for one in found}


def origins(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What imported functions are called here, and as `name_of` names them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            module = node.module.rpartition(".")[2]
            for alias in node.names:
                yield alias.asname or alias.name, f"{module}.{alias.name}"


def names_in(
    function: ast.AST, functions: Mapping[str, ast.AST], *, seen: set[str]
) -> set[str]:
    """Names used in a function, and in those of its module that it uses."""
    nodes = list(ast.walk(function))
    found = {n.id for n in nodes if isinstance(n, ast.Name)}
    found |= {
        f"{n.value.id}.{n.attr}"
        for n in nodes
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
    }
    for name in sorted(found & functions.keys() - seen):
        seen.add(name)
        found |= names_in(functions[name], functions, seen=seen)
    return found


def against_the_order() -> list[str]:
    """Imports that `tests.test_architecture` refuses."""
    return architecture.broken(architecture.against_the_order, architecture.ALL)


def table(root: Path) -> list[Row]:
    """Everything that is counted."""
    files = product_files(root)
    folder, most = largest_folder(files)
    repeated = repeated_names(files)
    small = small_and_imported_once(files, root)
    rooms, returns = rooms_and_returns(walk_folders(WALK))
    passed, again = rooms_and_returns(walk_modules(WALK))
    code = [file for file in files if file.suffix in (".py", ".js", ".css")]
    return [
        Row(f"modules in one folder, at most ({folder})", most, 16),
        Row("file names there twice or more", len(repeated), 6, tuple(repeated)),
        Row(
            f"modules under {SMALL} lines with one importer",
            len(small),
            25,
            tuple(file.as_posix() for file in small),
        ),
        Row("slider to SQL: rooms", rooms, 6),
        Row("slider to SQL: returns", returns, 6),
        Row("slider to SQL: modules", passed, None),
        Row("slider to SQL: returns into modules", again, None),
        Row("imports against the order of folders", len(against_the_order()), 0),
        Row("product lines", sum(lines(root / file) for file in code), None),
    ]


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 where a goal is missed or the walk is not as the code is."""
    rows, problems = table(ROOT), check_walk(WALK, ROOT)
    width = max(len(row.what) for row in rows)
    print(f"{'what':<{width}} {'now':>7} {'goal':>7}  ok")
    for row in rows:
        goal = "-" if row.goal is None else f"{row.goal:,}"
        ok = "yes" if row.ok else "no"
        print(f"{row.what:<{width}} {row.now:>7,} {goal:>7}  {ok}")
        if "--verbose" in arguments:
            print("".join(f"    {name}\n" for name in row.named), end="")
    for problem in problems:
        print(f"slider to SQL: {problem}; mend WALK in tests/structure.py")
    return 1 if problems or not all(row.ok for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
