"""A server on loopback that does what real ones do on bad days."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from worldlore.experience import (
    Generate,
    Message,
    Sampling,
)

KEY = "sk-verysecret-0123456789"
CHAT, COMPLETIONS, EMBEDDINGS, MODELS_LIST = (
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/models",
)


class Answer:
    """One scripted response."""

    def __init__(self, body, status=200, delay=0.0, kind="application/json", **headers):
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status, self.delay, self.kind, self.headers = status, delay, kind, headers


def wrong(status, message="no", code=None, **headers):
    return Answer({"error": {"message": message, "code": code}}, status, **headers)


def chat(text="go to desk 1", finish="stop", logprobs=None, usage=True, **more):
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish, **more}
    if logprobs:
        choice["logprobs"] = {"content": [{"token": "x", "logprob": value} for value in logprobs]}
    body = {"id": "1", "object": "chat.completion", "model": "tiny", "choices": [choice]}
    if usage:
        body["usage"] = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    return Answer(body)


def listing(*names):
    return Answer({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


class Server(ThreadingHTTPServer):
    """Plays the answers scripted for a path in order, the last one again and again."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        self.script = {}
        self.seen = []
        self.flying = self.most = 0
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"

    def on(self, path, *answers):
        self.script[path] = list(answers)

    def asked(self, path):
        return [body for where, body, _ in self.seen if where == path]


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(None)

    def do_POST(self):
        self.answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def answer(self, body):
        server = self.server
        with server.lock:
            server.seen.append((self.path, body, {k.lower(): v for k, v in self.headers.items()}))
            server.flying += 1
            server.most = max(server.most, server.flying)
            script = server.script.get(self.path) or [wrong(404, "no such page")]
            answer = script.pop(0) if len(script) > 1 else script[0]
        if callable(answer):
            answer = answer(body)
        time.sleep(answer.delay)
        with server.lock:
            server.flying -= 1
        try:
            self.send_response(answer.status)
            self.send_header("content-type", answer.kind)
            self.send_header("content-length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:
            pass  # the client has gone


def asked(text="what now?", **sampling):
    return Generate((Message("system", "be brief"), Message("user", text)), Sampling(**sampling))
