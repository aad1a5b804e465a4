"""Names in addresses that leave a folder, and requests that other sites send."""

from pathlib import Path
from urllib.parse import quote

from tests.security.attempts import Row
from tests.security.served_home import SECRET, client, hide_secrets

_UP = "../../outside/secret.txt"
NAMES = (
    *(_UP, f"../{_UP}", f"../../../{_UP}", "..", ".", "../", "./../outside/secret.txt"),
    *("/etc/passwd", "//etc/passwd", "/outside/secret.txt", "\\outside\\secret.txt"),
    *("..\\..\\outside\\secret.txt", "....//....//outside/secret.txt", "~root", "~"),
    *("linked", "linked/secret.txt", "mine/../linked", "linked\0", "secret.txt\0.png"),
    *("\0", "a\0b", "%2e%2e%2foutside", "%252e%252e%252f", "..%00/", "..;/outside"),
    *("file:///etc/passwd", "C:\\Windows\\win.ini", "\\\\host\\share", "nul", "-rf"),
    *(".hidden", "a" * 300, "A", "é", "＿", "．．／outside", "‥/outside", "\u202e"),
    *("mine\n", " mine", "mine ", "*", "?", "mine;ls", "$(id)", "`id`", "|id"),
)
# Sent as they are: paths that a client would tidy up.
RAW = (
    "/run/%2e%2e/%2e%2e/outside/secret.txt",
    "/run/linked/report.html",
    "/run/mine/report.html",
    "/run/mine/model_card.md",
    "/run/mine/log.txt",
    "/run/mine/config.json",
    "/run/..%2f..%2foutside/report.html",
    "/picture/linked/secret.png",
    "/thumb/linked/secret.jpg",
)
FOREIGN = (
    {"host": "rebound.example"},
    {"host": "rebound.example:8501", "origin": "http://rebound.example:8501"},
    {"host": "localhost.rebound.example:8501"},
    {"host": ""},
    {"host": "localhost:8501", "origin": "https://other.example"},
    {"host": "localhost:8501", "origin": "http://localhost:9000"},
    {"host": "localhost:8501", "origin": "null"},
    {"host": "localhost:8501", "origin": "http://localhost:8501.other.example"},
)


def names(root: Path) -> Row:
    """Hostile names on every route, and what of them was answered with a file."""
    found = Row("hostile names: a file outside was answered")
    hide_secrets(root)
    with client() as web:
        for name in NAMES:
            part = quote(name, safe="")
            for path in (
                f"/thumb/{part}/{part}.jpg",
                f"/picture/{part}/{part}.png",
                f"/subset/{part}",
                f"/label/{part}/image/{part}",
                f"/run/{part}/report.html",
                f"/run/mine/{part}",
            ):
                _try(found, web, path)
        for path in RAW:
            _try(found, web, path)
    return found


def _try(found: Row, web, path: str) -> None:
    answer = web.get(path, follow_redirects=False)
    leaked = SECRET in answer.text or "root:" in answer.text
    found.add(path, leaked or answer.status_code in (200, 500))


def other_sites(root: Path) -> Row:
    """Requests with a foreign Host or Origin that were answered, on every route."""
    found = Row("foreign Host, Origin, frame: answered")
    store = next(one for one in (root / "cutouts").iterdir() if not one.is_symlink())
    paths = (
        "/thumb/small-demo/x.jpg",
        f"/picture/{store.name}/x.png",
        "/subset/abcde.fits",
        "/label/abcde/image/0",
        "/run/mine/report.html",
        "/",
        "/_stcore/health",
    )
    with client() as web:
        for path in paths:
            for headers in FOREIGN:
                answer = web.get(path, headers=headers)
                found.add(f"{path} {headers}", answer.status_code != 403)
            own = web.get(path)
            policy = own.headers.get("content-security-policy", "")
            framed = own.headers.get("x-frame-options") != "SAMEORIGIN"
            found.add(f"{path} in a frame", framed)
            closed = "img-src 'self'" in policy or "default-src 'none'" in policy
            found.add(f"{path} with foreign images", not closed)
    return found
