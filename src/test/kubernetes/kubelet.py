#!/usr/bin/env python3
"""Stands in for the kubelets of all nodes: starts what is bound, ends what is deleted, reboots on request.

A pod runs as soon as it is bound. One that is deleted ends after the seconds of its annotation
`kubenode.test/stops-after` (1 where it has none), at the latest when its grace period is over; one that is marked
`never` stays. POST /nodes/NAME/reboot makes a node NotReady for a second, then Ready with another boot id;
a node labelled `kubenode.test/never-ready` stays away.

Usage: kubelet.py API_PORT TOKEN CA_FILE REBOOT_PORT
"""
import concurrent.futures
import datetime
import http.client
import http.server
import json
import sys
import threading
import time
import uuid

from api import Api, Refused

STOPS_AFTER = "kubenode.test/stops-after"
STRATEGIC = "application/strategic-merge-patch+json"


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Kubelet:
    def __init__(self, api):
        self.api = api
        self.seen = {}
        self.workers = concurrent.futures.ThreadPoolExecutor(16)

    def follow(self):
        while True:
            try:
                pods = self.api.get("/api/v1/pods?fieldSelector=spec.nodeName!%3D")
                for pod in pods["items"]:
                    self.look(pod)
                version = pods["metadata"]["resourceVersion"]
                path = "/api/v1/pods?watch=1&timeoutSeconds=300&fieldSelector=spec.nodeName!%3D&resourceVersion="
                for event in self.api.watch(path + version):
                    if event["type"] == "ERROR":
                        break
                    if event["type"] == "DELETED":
                        self.seen.pop(event["object"]["metadata"]["uid"], None)
                    else:
                        self.look(event["object"])
            except (OSError, http.client.HTTPException, Refused, ValueError):
                time.sleep(0.2)

    def look(self, pod):
        meta, status = pod["metadata"], pod.get("status", {})
        if meta.get("annotations", {}).get("kubenode.test/left-alone"):
            return
        if meta.get("deletionTimestamp"):
            grace = meta.get("deletionGracePeriodSeconds", 30)
            wanted = meta.get("annotations", {}).get(STOPS_AFTER, "1")
            if wanted == "never":
                return
            # The end of its grace by the server's clock; a second deletion may have shortened it.
            ends = datetime.datetime.fromisoformat(meta["deletionTimestamp"].replace("Z", "+00:00")).timestamp()
            state = self.seen.setdefault(meta["uid"], {})
            since = state.setdefault("since", ends - grace)
            at = min(ends, since + float(wanted))
            if state.get("ends") is None or at < state["ends"]:
                state["ends"] = at
                self.later(at - time.time(), self.end, meta["namespace"], meta["name"], meta["uid"])
        elif status.get("phase") == "Pending" and meta["uid"] not in self.seen:
            self.seen[meta["uid"]] = {}
            self.workers.submit(self.tried, self.begin, meta["namespace"], meta["name"], pod["spec"]["containers"])

    def later(self, seconds, call, *args):
        timer = threading.Timer(max(0, seconds), lambda: self.workers.submit(self.tried, call, *args))
        timer.daemon = True
        timer.start()

    def tried(self, call, *args):
        for pause in (0.2, 0.5, 1, 2, 4, 8, 8, 8, 8, 8):
            try:
                return call(*args)
            except Refused as e:
                if e.code in (404, 409, 422):
                    return None
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(pause)

    def begin(self, namespace, name, containers):
        conditions = [{"type": t, "status": "True", "lastTransitionTime": now()}
                      for t in ("Initialized", "PodScheduled", "ContainersReady", "Ready")]
        running = [{"name": c["name"], "image": c["image"], "imageID": "", "ready": True, "restartCount": 0,
                    "state": {"running": {"startedAt": now()}}} for c in containers]
        self.api.patch(f"/api/v1/namespaces/{namespace}/pods/{name}/status", {"status": {
            "phase": "Running", "startTime": now(), "conditions": conditions, "containerStatuses": running}}, STRATEGIC)

    def end(self, namespace, name, uid):
        self.api.delete(f"/api/v1/namespaces/{namespace}/pods/{name}", {
            "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0, "preconditions": {"uid": uid}})

    def reboot(self, node):
        self.ready(node, False)
        if "kubenode.test/never-ready" not in self.api.get("/api/v1/nodes/" + node)["metadata"].get("labels", {}):
            self.later(1, self.ready, node, True, str(uuid.uuid4()))

    def ready(self, node, is_ready, boot_id=None):
        status = {"conditions": [{"type": "Ready", "status": "True" if is_ready else "False", "reason": "StandIn",
                                  "lastHeartbeatTime": now(), "lastTransitionTime": now()}]}
        if boot_id:
            status["nodeInfo"] = {"bootID": boot_id}
        self.api.patch(f"/api/v1/nodes/{node}/status", {"status": status}, STRATEGIC)


def serve_reboots(kubelet, port):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kubelet.workers.submit(kubelet.tried, kubelet.reboot, self.path.split("/")[2])
            body = json.dumps({"accepted": True}).encode()
            self.send_response(202)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


if __name__ == "__main__":
    stand_in = Kubelet(Api(int(sys.argv[1]), sys.argv[2], sys.argv[3], timeout=330))
    serve_reboots(stand_in, int(sys.argv[4]))
    stand_in.follow()
