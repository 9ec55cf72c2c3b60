"""Small clients: of an API server (JSON over TLS, a connection a thread), and of the application."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import ssl
import threading
import time

SECRET = "for-tests-only-0123456789abcdef0123456789abcdef"
MERGE = "application/merge-patch+json"

# How many times longer than on an idle machine things may take.
PATIENCE = float(os.environ.get("PATIENCE", "1"))


class Refused(Exception):
    def __init__(self, code, text):
        super().__init__(f"{code}: {text[:300]}")
        self.code = code


class Api:
    """Requests with one account, over one connection a thread."""

    def __init__(self, port, token, authority=None, timeout=60):
        self.port, self.token, self.timeout = port, token, timeout
        self.tls = ssl.create_default_context(cafile=authority) if authority else None
        self.local = threading.local()

    def connect(self):
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=self.timeout, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)

    def call(self, method, path, body=None, type="application/json", tries=5):
        kept = getattr(self.local, "connection", None)
        connection, self.local.connection = kept or self.connect(), None
        headers = {"Accept": "application/json", "Content-Type": type}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException) as e:
            connection.close()
            if tries and (kept and not isinstance(e, TimeoutError) or method == "GET"):
                # It was closed while nobody spoke, or may be asked again.
                time.sleep(0 if kept else 1)
                return self.call(method, path, body, type, tries - 1)
            raise
        self.local.connection = connection
        if response.status >= 300:
            raise Refused(response.status, text)
        return json.loads(text) if text.startswith("{") else text

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body):
        return self.call("POST", path, body)

    def patch(self, path, body, type=MERGE):
        return self.call("PATCH", path, body, type)

    def delete(self, path, body=None):
        return self.call("DELETE", path, body)

    def has(self, path):
        try:
            return self.get(path)
        except Refused as e:
            if e.code == 404:
                return None
            raise

    def watch(self, path):
        """Yields the events of one watch until it ends."""
        connection = self.connect()
        try:
            connection.request("GET", path, headers={"Authorization": "Bearer " + self.token})
            response = connection.getresponse()
            if response.status != 200:
                raise Refused(response.status, response.read().decode())
            for line in response:
                yield json.loads(line)
        finally:
            connection.close()


def token(user="1", role="user", **more):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    now = int(time.time())
    claims = {"user_id": user, "username": "user " + user, "role": role, "type": "access", "iat": now,
              "exp": now + 14400, **more}
    signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")).decode()


def until(what, check, seconds=120, every=0.1):
    """Waits for a condition; its value."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(every)


class Product:
    """The HTTP API of one replica."""

    FINAL = ("success", "failed", "error", "cancelled", "partial", "completed")

    def __init__(self, port, cluster="real"):
        self.api = Api(port, token())
        self.admin = Api(port, token("2", "admin"))
        self.cluster = cluster

    def start(self, operation, nodes, admin=False, **options):
        body = {"cluster_name": self.cluster, "node_names": nodes, **options}
        caller = self.admin if admin else self.api
        return caller.post("/api/v1/nodes/batch/" + operation, body)["task_id"]

    def task(self, task_id):
        return self.admin.get("/api/v1/tasks/" + task_id)

    def wait(self, task_id, seconds=600, every=0.1):
        def ended():
            try:
                task = self.task(task_id)
            except (OSError, http.client.HTTPException):
                return None
            return task if task["completed_at"] else None

        return until("task " + task_id, ended, seconds, every)

    def nodes(self, task_id):
        found, after = [], None
        while True:
            page = self.admin.get(f"/api/v1/tasks/{task_id}/nodes?limit=1000" + (f"&after={after}" if after else ""))
            found += page["nodes"]
            after = page["next"]
            if after is None:
                return found

    def run(self, operation, nodes, seconds=600, **options):
        """The finished task and its nodes by name; {'refused': text} where the request is."""
        try:
            task_id = self.start(operation, nodes, **options)
        except Refused as e:
            return {"refused": str(e)}, {}
        task = self.wait(task_id, seconds)
        return task, {n["node_name"]: n for n in self.nodes(task_id)}
