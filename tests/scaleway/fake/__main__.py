"""fake PORT - the part of Scaleway's API that modules/scaleway uses, for tests.

Written from the calls of provider 2.81.0. It is strict: a route that it does not know
answers 501 and is kept for the test to see, a body without a field that the real API
requires is refused, what is in use cannot be deleted. Servers, gateways and what hangs on
them take time to change. admin.py is what the tests ask of the fake itself.
"""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import admin  # noqa: F401
from api import CALLS, FAULTS, LOCK, ROUTES, UNKNOWN, Refused, check_fields, settle

SECRET = "11111111-2222-4333-8444-555555555555"
DENIED = Refused(401, type="denied_authentication", method="api_key", reason="not_found",
                 message="authentication is denied")
MESSAGES = {429: ("too_many_requests", "quota(s) exceeded for this resource"),
            500: ("internal_error", "internal error")}


def check_faults(method, path):
    for fault in FAULTS:
        if fault.get("method") == method and re.search(fault["path"], path) and fault["times"] > 0:
            fault["times"] -= 1
            kind, message = MESSAGES[fault["status"]]
            raise Refused(fault["status"], type=kind, message=message)


def answer(method, path, query, body, token):
    """Status, body and headers of one call."""
    if not path.startswith("/_fake/"):
        if token != SECRET and not path.startswith("/marketplace/"):
            raise DENIED
        check_faults(method, path)
    for verb, regex, needed, function in ROUTES:
        match = regex.match(path)
        if verb == method and match:
            check_fields(body, needed)
            said = function(body=body, query=query, **match.groupdict())
            said = said if isinstance(said, tuple) else (said,)
            return said + (200, {})[len(said) - 1:]
    UNKNOWN.append(f"{method} {path}")
    raise Refused(501, type="not_implemented", message=f"the fake has no {method} {path}")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one(self):
        url = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        with LOCK:
            settle()
            try:
                is_json = raw and self.headers.get("Content-Type", "").startswith("application/json")
                said, status, headers = answer(self.command, url.path, query, (json.loads(raw) if is_json else raw) or {},
                                               self.headers.get("X-Auth-Token"))
            except Refused as refused:
                said, status, headers = refused.body, refused.status, {}
            status = 204 if said is None else status
            if not url.path.startswith("/_fake/"):
                CALLS.append([self.command, self.path, status])
            self.reply(said, status, headers)

    def reply(self, said, status, headers):
        text = said if isinstance(said, str) else json.dumps(said)
        data = b"" if said is None else text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(said, str) else "application/json")
        for name, value in [*headers.items()] + ([("Content-Length", str(len(data)))] if status != 204 else []):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_one

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
