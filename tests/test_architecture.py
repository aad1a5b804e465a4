"""What may import what, and what no module may do, read from the syntax trees."""

import ast
import subprocess
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# app, pages -> morph <- training, morph <- data: who may not import whom.
LEARNING = {"torch", "torchvision", "timm", "lightning", "lightning_fabric"}
FORBIDDEN: dict[str, set[str]] = {
    "app.py": {"training", "data", *LEARNING},
    "pages": {"training", "data", *LEARNING},
    "morph": {"app", "pages", "training", "data", "streamlit", *LEARNING},
    "training": {"app", "pages", "data", "streamlit", "duckdb"},
    "data": {"app", "pages", "training", "streamlit", *LEARNING},
}
# Simulated images are rendered with torch; nothing else in data/ may import it.
EXCEPTIONS: dict[str, set[str]] = {"data/simulation/*.py": {"torch"}}

# Inside a package, bottom to top: a folder or module imports only what stands before it
# or, joined by "|", beside it.
ORDER: dict[str, str] = {
    "morph": "errors|home|atomic|sandbox|wording|sky|typed_json trees posterior "
    "geometry|tables runs evaluation release published images similar odd catalogue "
    "selection subsets new_run|analysis figures export labels crowd report learning",
    "training": "network pixels apply fit survey_differences judge adapt finetune "
    "failures encode convert stages __main__",
    "data": "progress_lines tables|simulation published|cutouts|survey|synthetic|demo|"
    "pictures|sky new_run|printing|load_or_wait|status "
    "runs|store_commands|label_commands|execute "
    "download arguments|release_commands simulated_commands __main__",
    "pages.common": "words|keys|toasts|here|rows pins server "
    "figures|figure_file|small_figure components address "
    "answer_controls|samples|galaxies similar|subsets planes frame",
}

# They run code out of files or text: a table or a checkpoint must never be able to.
CODE_LOADERS = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
}
BANNED_CALLS = {"eval", "exec", "compile", "torch.load", "yaml.load", "pd.read_pickle"}
# The one place, a limited process, that reads tensors out of pickles.
TENSORS_ONLY = "training/convert/torch_file.py"
BANNED_METHODS = {"read_pickle", "to_pickle"}
BANNED_KEYWORDS = {"allow_pickle", "shell"}  # only as =False

SQL = ("SELECT ", "INSERT INTO", "DELETE FROM", "CREATE TABLE", "DROP TABLE", "UPDATE ")


def sources(*folders: str) -> list[Path]:
    """Our Python files under these folders (or files), without tests."""
    found: list[Path] = []
    for name in folders:
        path = ROOT / name
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return [path for path in found if "local" not in path.relative_to(ROOT).parts]


ALL = sources(*FORBIDDEN)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(tree: ast.AST, *, members: bool = False) -> Iterator[tuple[str, int]]:
    """Dotted names of all imports, inside functions too, and their lines.

    With ``members``, of each name that a module is asked for as well.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names = [f"{module}.{alias.name}" for alias in node.names]
            yield from ((n, node.lineno) for n in (names if members else [module]))
        elif isinstance(node, ast.Call) and dotted(node.func).endswith(
            ("import_module", "__import__")
        ):
            name = node.args[0] if node.args else None
            yield (name.value if isinstance(name, ast.Constant) else "?"), node.lineno


def dotted(node: ast.AST) -> str:
    """``torch.load`` of the expression that says so, else ""."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return ""


def forbidden_imports(path: Path, tree: ast.AST) -> list[str]:
    name = named(path)
    forbidden = set(FORBIDDEN[name.split("/")[0]])
    for pattern, allowed in EXCEPTIONS.items():
        if path.match(pattern):
            forbidden -= allowed
    return [
        f"{name}:{line} imports {module}"
        for module, line in imported(tree)
        if module.split(".")[0] in forbidden or module.startswith(("?", "."))
    ]


def room(module: str, package: str) -> str:
    """The folder or module directly in ``package`` that ``module`` belongs to."""
    return module.removeprefix(f"{package}.").split(".")[0]


def against_the_order(path: Path, tree: ast.AST) -> list[str]:
    """Imports of a folder that stands above the importing one."""
    name, found = named(path)[:-3].replace("/", "."), []
    for package, rooms in ORDER.items():
        if not name.startswith(f"{package}."):
            continue
        level = {
            one: place
            for place, group in enumerate(rooms.split())
            for one in group.split("|")
        }
        here = room(name, package)
        for module, line in imported(tree, members=True):
            if not module.startswith(f"{package}."):
                continue
            there = room(module, package)
            if there != here and level.get(there, len(level)) > level[here]:
                found.append(f"{named(path)}:{line} imports {module}")
    return found


def circle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """Modules that import one another in a circle; none if there is no circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def modules_imported(tree: ast.AST, modules: Container[str]) -> set[str]:
    """Those of ``modules`` that a module imports, or imports names of."""
    found = set()
    for name, _line in imported(tree, members=True):
        if name not in modules:
            name = name.rpartition(".")[0]
        if name in modules:
            found.add(name)
    return found


def code_of_a_folder(path: Path, tree: ast.Module) -> list[str]:
    """What an __init__.py holds besides its docstring, imports and __all__.

    A component of the pages is a folder with a script, and its __init__.py a module.
    """
    if path.name != "__init__.py" or "components" in path.parts:
        return []
    return [
        f"{named(path)}:{node.lineno} holds code"
        for node in tree.body[1:]
        if not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Assign) and dotted(node.targets[0]) == "__all__")
    ]


def other_pages(path: Path, tree: ast.AST) -> list[str]:
    """Imports of another page's folder."""
    parts = named(path).split("/")
    own = {"common", parts[1] if len(parts) > 2 else "", ""}
    return [
        f"{named(path)}:{line} imports {module}"
        for module, line in imported(tree)
        if module.startswith("pages.") and module.split(".")[1] not in own
    ]


def reads_tensors_only(name: str, call: ast.Call) -> bool:
    """Whether a call is ``torch.load(..., weights_only=True)``, in its one place."""
    sure = any(
        keyword.arg == "weights_only"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is True
        for keyword in call.keywords
    )
    return sure and name == TENSORS_ONLY and dotted(call.func) == "torch.load"


def dangerous_calls(path: Path, tree: ast.AST) -> list[str]:
    name, found = named(path), []
    for module, line in imported(tree):
        if module.split(".")[0] in CODE_LOADERS:
            found.append(f"{name}:{line} imports {module}")
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = dotted(node.func)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        # DataFrame.eval(text) and .query(text) run Python; a network's eval() has no
        # argument, and a KDTree's query says how many neighbours it wants.
        counts_neighbours = any(keyword.arg == "k" for keyword in node.keywords)
        if (
            (called in BANNED_CALLS and not reads_tensors_only(name, node))
            or method in BANNED_METHODS
            or (method == "eval" and node.args)
            or (method == "query" and not counts_neighbours)
        ):
            found.append(f"{name}:{node.lineno} calls {called or method}")
        for keyword in node.keywords:
            off = isinstance(keyword.value, ast.Constant) and not keyword.value.value
            if keyword.arg in BANNED_KEYWORDS and not off:
                found.append(f"{name}:{node.lineno} sets {keyword.arg}")
    return found


def sql_text(path: Path, tree: ast.AST) -> list[str]:
    return [
        f"{named(path)}:{node.lineno} holds SQL: {node.value.strip()[:40]!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.lstrip().startswith(SQL)
    ]


def broken(rule: Callable[[Path, ast.AST], list[str]], paths: list[Path]) -> list[str]:
    return [found for path in paths for found in rule(path, parsed(path))]


def test_there_is_something_to_check():
    assert {named(path).split("/")[0] for path in ALL} == set(FORBIDDEN)


def test_imports_point_the_right_way():
    assert broken(forbidden_imports, ALL) == []


def test_folders_import_only_those_below_them():
    assert broken(against_the_order, ALL) == []


@cache
def import_graph() -> dict[str, set[str]]:
    """Each of our modules and folders by its dotted name, with those it imports."""
    paths = {
        named(path)[:-3].replace("/", ".").removesuffix(".__init__"): path
        for path in ALL
    }
    return {
        name: modules_imported(parsed(path), paths) - {name}
        for name, path in paths.items()
    }


def test_no_modules_import_one_another_in_a_circle():
    """Folders that stand beside one another may import one another, modules not."""
    assert circle(import_graph()) == []


def test_every_module_is_imported_or_started():
    """What tests alone use is dead; a process or a page is started by its name."""
    used = set().union(*import_graph().values())
    for path in ALL:
        texts = (n.value for n in ast.walk(parsed(path)) if isinstance(n, ast.Constant))
        used.update(text for text in texts if isinstance(text, str))
    unused = [
        named(path)
        for path in ALL
        if path.stem not in ("__init__", "__main__")
        and named(path) != f"pages/{path.stem}/{path.stem}.py"
        and not used & {named(path), named(path)[:-3].replace("/", ".")}
    ]
    assert unused == []


def test_folders_hold_their_code_in_modules():
    assert broken(code_of_a_folder, ALL) == []


def test_every_folder_has_its_place_in_the_order():
    for package, rooms in ORDER.items():
        folder = ROOT / package.replace(".", "/")
        inside = {p.name for p in folder.iterdir() if any(p.rglob("*.py"))}
        inside |= {p.stem for p in folder.glob("*.py")} - {"__init__"}
        ordered = [one for group in rooms.split() for one in group.split("|")]
        assert inside - {"__pycache__", "local"} == set(ordered), package
        assert len(ordered) == len(set(ordered))


def test_pages_import_no_other_page():
    assert broken(other_pages, sources("pages")) == []


def test_nothing_runs_code_out_of_files_or_text():
    assert broken(dangerous_calls, ALL) == []


def test_sql_stays_in_morph():
    outside = [path for path in ALL if not named(path).startswith("morph/")]
    assert broken(sql_text, outside) == []


def test_every_module_says_what_it_is_for():
    silent = [path for path in ALL if not ast.get_docstring(parsed(path))]
    assert [named(path) for path in silent] == []


def test_pages_lie_in_groups():
    """A .py directly in pages/ makes Streamlit skip app.py at a deep link."""
    assert [named(path) for path in (ROOT / "pages").glob("*.py")] == []


def test_importing_morph_loads_neither_torch_nor_streamlit():
    """The dashboard starts without torch, and morph works without a page."""
    modules = [named(path)[:-3].replace("/", ".") for path in sources("morph")]
    modules = [name.removesuffix(".__init__") for name in modules]
    unwanted = sorted(FORBIDDEN["morph"])
    code = (
        f"import sys, {', '.join(modules)}\n"
        f"print(*[name for name in {unwanted} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.returncode) == ("", 0), done.stderr


def test_the_rules_find_what_they_are_for():
    """Each rule, on a line that breaks it."""
    page, rendering = ROOT / "pages/a/b.py", ROOT / "data/simulation/x.py"
    loader = ROOT / "data/tables/read.py"
    breaks_imports = [
        (page, "import training.fit.loop"),
        (page, "def f():\n    from data.status import status"),
        (page, "__import__('torch')"),
        (page, "importlib.import_module(name)"),
        (page, "from . import other"),
        (page, "from .other import draw"),
        (loader, "import torch"),
        (rendering, "import training"),
        (ROOT / "training/fit/loop.py", "import duckdb"),
        (ROOT / "morph/figures/histogram_figures.py", "import streamlit as st"),
    ]
    for path, line in breaks_imports:
        assert forbidden_imports(path, ast.parse(line)), line
    assert not forbidden_imports(rendering, ast.parse("import torch"))
    above = ast.parse("from morph.selection import url")
    assert against_the_order(ROOT / "morph/trees/decision_tree.py", above)
    assert not against_the_order(ROOT / "morph/export/code.py", above)
    unplaced = ast.parse("from morph.elsewhere import url")
    assert against_the_order(ROOT / "morph/report/page.py", unplaced)
    modules = ("a", "a.b", "a.c")
    for text, expected in (
        ("from a import b", {"a.b"}),
        ("from a import name", {"a"}),
        ("import a.c", {"a.c"}),
        ("from a.b import name", {"a.b"}),
        ("def f():\n    from a.c import name", {"a.c"}),
    ):
        assert modules_imported(ast.parse(text), modules) == expected
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert not circle({"a": {"b", "c"}, "b": {"c"}, "c": set()})
    folder = ROOT / "morph/sky/__init__.py"
    assert code_of_a_folder(folder, ast.parse("'Of it.'\ndef f():\n    pass"))
    for line in ("from a import b", "__all__ = ['b']"):
        assert not code_of_a_folder(folder, ast.parse(f"'Of it.'\n{line}"))
    assert other_pages(page, ast.parse("from pages.map import map_zoom"))
    assert not other_pages(page, ast.parse("from pages.common import words"))
    breaks_calls = [
        "import pickle",
        "eval(text)",
        "torch.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=flag)",
        "subprocess.run(line, shell=True)",
        "frame.query('a > 1')",
        "frame.eval('a + 1')",
    ]
    for line in breaks_calls:
        assert dangerous_calls(page, ast.parse(line)), line
    for line in ("model.eval()", "np.load(path, allow_pickle=False)"):
        assert not dangerous_calls(page, ast.parse(line)), line
    for line, bad in (
        ("torch.load(path)", True),
        ("torch.load(path, weights_only=flag)", True),
        ("torch.load(path, weights_only=True)", False),
    ):
        assert bool(dangerous_calls(ROOT / TENSORS_ONLY, ast.parse(line))) == bad
    assert dangerous_calls(page, ast.parse("torch.load(path, weights_only=True)"))
    assert sql_text(page, ast.parse("con.execute(f'SELECT {x} FROM r1')"))
