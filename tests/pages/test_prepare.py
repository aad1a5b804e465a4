"""What is imported when the dashboard starts, so that no visit of a page waits."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLOW_TO_IMPORT = ("scipy.stats", "scipy.signal", "torch", "sklearn")  # needed by none


def imported_by_pages() -> set[str]:
    """Our modules that the scripts of pages, and of the frame, import."""
    scripts = [
        path for path in ROOT.glob("pages/*/*.py") if path.stem == path.parent.name
    ]
    names = set()
    for path in [*scripts, ROOT / "pages/common/frame/shell.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                modules = [f"{node.module}.{alias.name}" for alias in node.names]
                names |= {node.module, *modules}
    return {
        name
        for name in names
        if (ROOT / f"{name.replace('.', '/')}.py").exists()
        and name.split(".")[0] in ("pages", "morph")
    }


@pytest.mark.slow  # it imports everything
def test_pages_find_their_modules_loaded():
    wanted = imported_by_pages()
    assert len(wanted) > 40
    code = (
        "import sys, app; app.prepare()\n"
        f"print(*[name for name in {sorted(wanted)} if name not in sys.modules])\n"
        f"print(*[name for name in {SLOW_TO_IMPORT} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    missing, needless = done.stdout.splitlines()
    assert (missing, needless) == ("", "")
