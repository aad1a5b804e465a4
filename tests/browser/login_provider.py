"""A provider of OpenID Connect for tests: it believes whoever a visitor says to be."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

CLIENT = {"client_id": "morph", "client_secret": "known to both"}
DISCOVERY = "/.well-known/openid-configuration"
_PATIENCE_S = 30


class _Provider:
    """The answers of the provider at ``issuer``, and the codes that it gave out."""

    def __init__(self, issuer: str, people: tuple[str, ...]) -> None:
        self.issuer, self.people = issuer, people
        self.key = RSAKey.generate_key(2048, {"kid": "only"})
        self.codes: dict[str, dict[str, str]] = {}

    def discovery(self, _request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    def authorize(self, request: Request) -> HTMLResponse:
        """A link for each person, back to the dashboard with a code."""
        asked, links = request.query_params, ['<link rel="icon" href="data:,">']
        for email in self.people:
            code = secrets.token_urlsafe()
            self.codes[code] = {"email": email, "nonce": asked.get("nonce", "")}
            query = urlencode({"code": code, "state": asked["state"]})
            links.append(f'<a href="{asked["redirect_uri"]}?{query}">{email}</a>')
        return HTMLResponse("<br>".join(links))

    async def token(self, request: Request) -> JSONResponse:
        form = await request.form()
        person = self.codes.pop(str(form["code"]), None)
        if person is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT["client_id"],
            "sub": person["email"],
            "iat": now,
            "exp": now + 600,
            "email_verified": True,
            **person,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "only"}, claims, self.key)
        return JSONResponse(
            {"access_token": "none", "token_type": "Bearer", "id_token": signed}
        )

    def jwks(self, _request: Request) -> JSONResponse:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})


@contextmanager
def login_provider(port: int, people: tuple[str, ...]) -> Iterator[str]:
    """Serve it until the block ends; gives the address of its description."""
    issuer = f"http://127.0.0.1:{port}"
    provider = _Provider(issuer, people)
    routes = [
        Route(DISCOVERY, provider.discovery),
        Route("/authorize", provider.authorize),
        Route("/token", provider.token, methods=["POST"]),
        Route("/jwks", provider.jwks),
    ]
    app = Starlette(routes=routes)
    server = uvicorn.Server(
        uvicorn.Config(app, "127.0.0.1", port, log_level="warning", lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + _PATIENCE_S
    while not server.started:
        assert thread.is_alive() and time.monotonic() < end, "the provider stays away"
        time.sleep(0.02)
    try:
        yield issuer + DISCOVERY
    finally:
        server.should_exit = True
        thread.join()
