"""A roll of 50 nodes, and plans beside what became of them."""
import collections
import threading
import time

import faults
import figures
import world
from api import Refused, until
from plane import say

MAX = 3


class OutOfService:
    """Follows the nodes by a watch: how many of them are cordoned or not Ready at once."""

    def __init__(self, plane, names):
        self.api, self.names, self.most, self.looks = plane.admin, set(names), 0, 0
        self.out, self.stopped = set(), False
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self):
        while not self.stopped:
            found = self.api.get("/api/v1/nodes?limit=5000")
            for n in found["items"]:
                self.look(n)
            for event in self.api.watch("/api/v1/nodes?watch=1&timeoutSeconds=60&resourceVersion="
                                        + found["metadata"]["resourceVersion"]):
                if event["type"] == "ERROR" or self.stopped:
                    break
                self.look(event["object"])

    def look(self, node):
        name = node["metadata"]["name"]
        if name not in self.names:
            return
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])
        (self.out.add if node["spec"].get("unschedulable") or not ready else self.out.discard)(name)
        self.looks += 1
        self.most = max(self.most, len(self.out))


def roll(plane, options):
    """max_unavailable 3, budgets, a node that never comes back, a kill -9 of the owner, a pause and a resume."""
    names = faults.small_world(plane, "roll", 50, 4, 10, 2)
    away, cordoned = names[7], names[11]
    plane.admin.patch("/api/v1/nodes/" + away, {"metadata": {"labels": {"kubenode.test/never-ready": "true"}}})
    first, second = plane.launch("roll-first"), plane.launch("roll-second")
    watch = OutOfService(plane, names)
    began = time.monotonic()
    task_id = first.product.start("roll", names, max_unavailable=MAX, timeout_seconds=300, ready_timeout_seconds=40,
                                  concurrency=10)
    owner, other = faults.owned_by(plane, task_id, first, second)

    def current():
        return other.product.task(task_id)["current"]

    until("ten are rolled", lambda: current() >= 10, 600)
    other.product.admin.post(f"/api/v1/tasks/{task_id}/pause", {})
    until("what ran has ended", lambda: len(watch.out - {away}) == 0, 120)
    paused_at = current()
    time.sleep(8)
    crept = current() - paused_at
    other.product.admin.post(f"/api/v1/tasks/{task_id}/resume", {})
    until("twenty are rolled", lambda: current() >= 20, 600, 0.02)
    epoch, killed = other.product.task(task_id)["epoch"], time.monotonic()
    owner.kill()
    until("another takes over", lambda: other.product.task(task_id)["epoch"] > epoch, 60, 0.02)
    taken = time.monotonic() - killed
    task = other.product.wait(task_id, 1800)
    took = time.monotonic() - began
    watch.stopped = True
    nodes = other.product.nodes(task_id)
    failed = [n["node_name"] for n in nodes if n["status"] == "failed"]
    twice = {n: c for n, c in faults.results_a_node(other.product, task_id).items() if c != 1}
    boots = {n["metadata"]["name"]: n["status"]["nodeInfo"]["bootID"] for n in plane.admin.get("/api/v1/nodes?limit=5000")["items"]}
    not_booted = [n for n in names if n != away and boots[n].startswith("first-")]
    wrong = [text for bad, text in (
        (watch.most > MAX, f"{watch.most} out of service at once"), (failed != [away], f"failed: {failed}"),
        (twice, f"results a node: {twice}"), (crept > 0, f"{crept} nodes while it was paused"),
        (not_booted, f"not rebooted: {not_booted}"), (watch.out != {away}, f"still out of service: {sorted(watch.out)}"),
        (taken > 12, "late take-over")) if bad]
    text = ("| 50 nodes, max_unavailable 3 | |\n|---|---|\n"
            f"| most out of service at once, {watch.looks} changes of nodes watched | {watch.most} |\n"
            f"| whole roll | {took:.0f} s |\n| nodes begun while paused for 8 s | {crept} |\n"
            f"| taken over after kill -9 of the owner | {taken:.1f} s |\n"
            f"| nodes with one final result | {len(names) - len(twice)} |\n| failed | {', '.join(failed)} (never came back) |\n"
            f"| status of the task | {task['status']} |\n| wrong | {'; '.join(wrong) or 'nothing'} |")
    say(text)
    return text, not wrong


def plan(plane, options):
    """Plans of 20 mixed nodes beside the outcome; meanwhile one Deployment is scaled down and one budget shut."""
    names = figures.make_nodes(plane, "plan", 20, "plan")
    others = figures.make_nodes(plane, "plan-spare", 6, "plan")
    for n in names + others:
        plane.admin.patch("/api/v1/nodes/" + n, {"metadata": {"labels": {"scenario": "plan"}}})
    figures.drain_world(plane, "plan", names, others, 10, 8, 2)
    world.workload(plane.admin, "daemonsets", "plan", "agent", 0, on="plan")
    for i, n in enumerate(names):
        if i % 5 == 0:
            world.pod(plane.admin, "plan", f"bare{i}", n)
        if i % 5 == 1:
            world.pod(plane.admin, "plan", f"done{i}", n, phase="Succeeded")
        if i % 5 == 2:
            world.pod(plane.admin, "plan", f"other{i}", n, owner=("example.com/v1", "Database"))
    world.all_running(plane.admin, "plan", 80 + 26)
    replica = plane.launch("plan")
    common = {"ignore_daemonsets": True, "force": True, "timeout_seconds": 120}
    dry, _ = replica.product.run("drain", names, 300, dry_run=True, **common)
    planned = plan_of(replica, dry["task_id"])
    plane.admin.patch("/apis/apps/v1/namespaces/plan/deployments/app0", {"spec": {"replicas": 4}})
    until("scaled down", lambda: len([p for p in world.pods(plane.admin, "plan") if p["metadata"]["name"].startswith("app0-")
                                      and not p["metadata"].get("deletionTimestamp")]) == 4)
    real, _ = replica.product.run("drain", names, 600, **common)
    became = plan_of(replica, real["task_id"])
    counted, unexplained = collections.Counter(), []
    for key, pod in became.items():
        counted[f"{pod['plan']}, {pod['outcome'] or 'stayed'}"] += 1
        before = planned.get(key)
        if pod.get("differs") and not pod.get("waits"):
            unexplained.append(f"{key} {pod}")
        # What the drain moved to a node of the batch that was still open is new there.
        if before and before["plan"] != pod["plan"]:
            unexplained.append(f"{key}: {before['plan']} became {pod['plan']}")
    gone = [k for k in planned if k not in became and planned[k]["plan"] == "evict"]
    explained = [k for k in gone if "/app0-" in k[1]]
    moved = len(gone) - len(explained)
    text = ("| 20 mixed nodes | pods |\n|---|---|\n"
            + "\n".join(f"| {what} | {n} |" for what, n in sorted(counted.items()))
            + f"\n| planned to go, gone before the real drain looked (scaled down meanwhile) | {len(explained)} |"
            + f"\n| planned to go, moved by the drain of another node or by the scaling | {moved} |"
            + f"\n| differences that nothing explains | {len(unexplained)} |")
    for line in unexplained[:5]:
        say("unexplained: " + line)
    say(text)
    return text, not unexplained and real["failed_count"] == 0


def plan_of(replica, task_id):
    """By node and pod."""
    pods, after = {}, None
    while True:
        page = replica.product.api.get(f"/api/v1/tasks/{task_id}/plan?limit=100" + (f"&after={after}" if after else ""))
        for node in page["nodes"]:
            for pod in node["pods"] or []:
                pods[(node["node_name"], pod["namespace"] + "/" + pod["name"])] = pod
        after = page.get("next")
        if after is None:
            return pods


def race(plane, options):
    """Taints of 40 nodes beside somebody who adds and takes away one of his own on each, all the time."""
    rows, right = [], True
    for who in ("the application", f"`{figures.XARGS} kubectl taint`"):
        space = "race" + ("p" if "application" in who else "k")
        names, stop, writes = figures.make_nodes(plane, space, 40, space), threading.Event(), [0]

        def write():
            while not stop.is_set():
                for n in names:
                    node = plane.admin.get("/api/v1/nodes/" + n)
                    others = [t for t in node["spec"].get("taints", []) if t["key"] != "of-others"]
                    mine = [] if len(others) < len(node["spec"].get("taints", [])) else [
                        {"key": "of-others", "value": "1", "effect": "NoSchedule"}]
                    try:
                        plane.admin.patch("/api/v1/nodes/" + n, {"metadata": {"resourceVersion": node["metadata"][
                            "resourceVersion"]}, "spec": {"taints": others + mine or None}})
                        writes[0] += 1
                    except Refused:
                        pass

        for n in names:
            plane.admin.patch("/api/v1/nodes/" + n, {"spec": {"taints": [{"key": "kept", "value": "1", "effect": "NoSchedule"}]}})
        thread = threading.Thread(target=write)
        thread.start()
        if "application" in who:
            replica = plane.launch("race")
            m = figures.by_product(replica, "taint", names, taints=[{"key": "a", "value": "1", "effect": "NoSchedule"}])
        else:
            m = figures.by_kubectl(plane, figures.XARGS, ["taint", "node"], names, 300, ["a=1:NoSchedule"])
        stop.set()
        thread.join()
        found = {n: {t["key"] for t in plane.admin.get("/api/v1/nodes/" + n)["spec"].get("taints", [])} for n in names}
        lost = [n for n, keys in found.items() if not {"a", "kept"} <= keys]
        rows.append(f"| {who} | {m.seconds:.1f} | {m.requests} | {writes[0]} | {len(lost)} | {m.note} |")
        say(rows[-1])
        if "application" in who:
            right = not lost and not m.note
    return ("| form | seconds | requests | writes of the other | nodes without their taints | |\n|---|---|---|---|---|---|\n"
            + "\n".join(rows)), right


PARTS = {"roll": roll, "plan": plan, "race": race}
