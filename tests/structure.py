"""Print how the code is divided: ``python -m tests.structure [--verbose]``.

A table of what is counted, its value now and its goal; exits with 1 where one is missed.

Slider to SQL: `WALK` names the functions that carry the value of a slider in the
sidebar to the SQL that counts, in the order in which they run. `check_walk` makes sure
that each is there and that somewhere in its body it calls the next one, or is followed
by it in a function that calls both. Rooms are the different folders on the walk;
returns are the steps into a folder that the walk has been in and has left.
"""

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("app.py", "pages", "morph", "training", "data")
APART = ("__init__.py", "__main__.py")
SMALL = 60  # lines

# "module:function", from the widget to the query; a module by its dotted name.
WALK = (
    "pages.common.sidebar:draw",
    "pages.common.question_blocks:draw",
    "pages.common.urls:read",
    "morph.recipe:from_query",
    "morph.steps:steps",
    "pages.common.urls:read",
    "pages.common.frame:_prepare",
    "morph.funnel:funnel",
    "morph.steps:steps",
    "morph.funnel:funnel",
    "morph.loaded:query",
)


@dataclass(frozen=True)
class Row:
    """One line of the table; lower values are better."""

    what: str
    now: int
    goal: int
    named: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.now <= self.goal


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


def walk_folders(walk: Sequence[str]) -> list[str]:
    """The folder of each function's module."""
    return [step.partition(":")[0].rpartition(".")[0] for step in walk]


def check_walk(walk: Sequence[str], root: Path) -> list[str]:
    """What is wrong with a walk: functions that are not there or do not call on."""
    problems, called = [], {}
    for step in walk:
        calls = calls_of(step, root)
        if calls is None:
            problems.append(f"{step} is not there")
        called[step] = calls or set()
    if problems:
        return problems
    for before, after in pairwise(walk):
        name, caller = (step.partition(":")[2] for step in (after, before))
        together = any({name, caller} <= calls for calls in called.values())
        if not (name in called[before] or caller in called[after] or together):
            problems.append(f"{before} and {after} do not call one another")
    return problems


def calls_of(step: str, root: Path) -> set[str] | None:
    """Names of what a function calls or hands on; None where there is no such."""
    module, _, name = step.partition(":")
    path = root / (module.replace(".", "/") + ".py")
    if not path.exists():
        path = path.with_suffix("") / "__init__.py"
    if not path.exists():
        return None
    tree = parsed(path)
    functions = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    if name not in functions:
        return None
    return _names_in(functions[name], functions, seen={name})


def _names_in(
    function: ast.FunctionDef, functions: dict[str, ast.FunctionDef], *, seen: set[str]
) -> set[str]:
    """Also of the functions of the same module that it uses."""
    found = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
    found |= {n.attr for n in ast.walk(function) if isinstance(n, ast.Attribute)}
    for name in sorted(found & functions.keys() - seen):
        seen.add(name)
        found |= _names_in(functions[name], functions, seen=seen)
    return found


def table(root: Path) -> list[Row]:
    """Everything that is counted."""
    files = product_files(root)
    folder, most = largest_folder(files)
    repeated = repeated_names(files)
    small = small_and_imported_once(files, root)
    rooms, returns = rooms_and_returns(walk_folders(WALK))
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
        Row("product lines", sum(lines(root / file) for file in code), 44_000),
    ]


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 where a goal is missed or the walk is not as the code is."""
    rows, problems = table(ROOT), check_walk(WALK, ROOT)
    width = max(len(row.what) for row in rows)
    print(f"{'what':<{width}} {'now':>7} {'goal':>7}  ok")
    for row in rows:
        ok = "yes" if row.ok else "no"
        print(f"{row.what:<{width}} {row.now:>7,} {row.goal:>7,}  {ok}")
        if row.named and ("--verbose" in arguments or len(row.named) <= row.goal + 20):
            print(*(f"    {name}" for name in row.named), sep="\n")
    for problem in problems:
        print(f"slider to SQL: {problem}; mend WALK in tests/structure.py")
    return 1 if problems or not all(row.ok for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
