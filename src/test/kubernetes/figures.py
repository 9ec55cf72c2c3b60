"""Many nodes: the application beside kubectl and beside xargs -P 10 kubectl, in one run on one control plane."""
import concurrent.futures
import os
import subprocess
import threading
import time

import world
from api import until
from plane import KUBECTL, say

PODS, BUDGET_PODS = 20, 10
XARGS = "xargs -P 10 -n 1"


def make_nodes(plane, prefix, count, role):
    def one(i):
        world.node(plane.admin, f"{prefix}-{i}", {"role": role})

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(count)))
    return [f"{prefix}-{i}" for i in range(count)]


class Measured:
    """A form of the same work: seconds, requests, refused evictions, peak memory of what did it."""

    def __init__(self, plane, user):
        self.plane, self.user = plane, user

    def __enter__(self):
        self.since, self.began = self.plane.audit_size(), time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.began
        events = self.plane.audit(self.user, self.since)
        self.requests = len(events)
        self.refused = sum(e["responseStatus"]["code"] == 429 for e in events)
        self.evictions = sum(e["objectRef"].get("subresource") == "eviction" for e in events if "objectRef" in e)


def peak_of_children():
    """Reads the peak memory of the biggest kubectl, and of all at once, while they run."""
    peaks = {"all": 0}
    stop = threading.Event()

    def look():
        while not stop.wait(0.2):
            now = 0
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{pid}/cmdline") as line:
                        if not line.read().startswith(KUBECTL):
                            continue
                    with open(f"/proc/{pid}/status") as status:
                        now += next(int(x.split()[1]) for x in status if x.startswith("VmRSS")) // 1024
                except (OSError, StopIteration):
                    continue
            peaks["all"] = max(peaks["all"], now)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    return peaks, stop


def by_kubectl(plane, how, command, names, most, after=()):
    """One form of kubectl over many nodes; gives up after `most` seconds, as the figure then says."""
    base = [KUBECTL, "--kubeconfig", str(plane.kubeconfig), "--context", "kubectl"]
    peaks, stop = peak_of_children()
    with Measured(plane, "kubectl") as measured:
        try:
            if how == XARGS:
                form = ["xargs", "-P", "10", "-I", "NODE"] if after else XARGS.split()
                named = ["NODE", *after] if after else []
                done = subprocess.run(form + base + command + named, input="\n".join(names), text=True, capture_output=True,
                                      timeout=most)
            else:
                done = subprocess.run(base + command + names, text=True, capture_output=True, timeout=most)
            measured.note = "" if done.returncode == 0 else f"exit {done.returncode}: {done.stderr[-200:]}"
        except subprocess.TimeoutExpired:
            measured.note = f"given up after {most} s"
    stop.set()
    measured.peak = peaks["all"]
    return measured


def by_product(replica, operation, names, **options):
    with Measured(replica.plane, "runner") as measured:
        task = replica.product.wait(replica.product.start(operation, names, **options), 3000)
        measured.note = "" if task["failed_count"] == 0 else f"{task['failed_count']} failed: {task['error']}"
    measured.peak = replica.peak_mib()
    return measured


def lines(rows):
    out = ["| form | seconds | requests | evictions | of them refused | peak MiB | |", "|---|---|---|---|---|---|---|"]
    for name, m in rows:
        out.append(f"| {name} | {m.seconds:.1f} | {m.requests} | {m.evictions} | {m.refused} | {m.peak} | {m.note} |")
    return "\n".join(out)


def all_cordoned(plane, names, value=True):
    wanted = set(names)
    found = plane.admin.get("/api/v1/nodes?limit=5000")["items"]
    wrong = [n["metadata"]["name"] for n in found
             if n["metadata"]["name"] in wanted and bool(n["spec"].get("unschedulable")) != value]
    return not wrong


def uncordon(plane, names):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: world.schedulable(plane.admin, n), names))


def cordon(plane, options):
    names = make_nodes(plane, "many", options.nodes, "many")
    replica = plane.launch("cordon")
    by_product(replica, "cordon", names[:20])
    uncordon(plane, names[:20])
    rows, right = [], True
    for round in range(1, options.rounds + 1):
        forms = [("the application", lambda: by_product(replica, "cordon", names)),
                 ("the application, `concurrency: 10`", lambda: by_product(replica, "cordon", names, concurrency=10)),
                 (f"`{XARGS} kubectl cordon`", lambda: by_kubectl(plane, XARGS, ["cordon"], names, 300)),
                 ("`kubectl cordon`, all names", lambda: by_kubectl(plane, "all", ["cordon"], names, 180))]
        for name, form in forms if round == 1 else forms[2::-1]:
            measured = form()
            rows.append((f"{name}, round {round}", measured))
            say(f"{name}: {measured.seconds:.1f} s, {measured.requests} requests {measured.note}")
            if "application" in name:
                right = right and all_cordoned(plane, names) and not measured.note
            uncordon(plane, names)
            time.sleep(2)
    return lines(rows), right


def drain_world(plane, space, nodes, spare, count, app_pods, max_unavailable):
    """`count` Deployments over the nodes, each with a budget; where their pods go afterwards is shut until then."""
    world.namespace(plane.admin, space)
    for name in spare:
        world.schedulable(plane.admin, name, False)

    def one(i):
        world.workload(plane.admin, "deployments", space, f"app{i}", app_pods, on=space)
        if max_unavailable is not None:
            world.budget(plane.admin, space, f"app{i}", f"app{i}", maxUnavailable=max_unavailable)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(count)))
    until("all pods run", lambda: len([p for p in world.pods(plane.admin, space)
                                       if p["status"].get("phase") == "Running"]) >= count * app_pods, 900, 2)
    for name in spare:
        world.schedulable(plane.admin, name)


def drains(plane, title, key, max_unavailable, concurrency):
    """100 nodes with 20 pods each, three times: a world for each form."""
    nodes_count, spare_count = 100, 30
    rows, right = [], True
    replica = plane.launch("drain-" + key)
    forms = [("the application", None), (f"`{XARGS} kubectl drain`", XARGS), ("`kubectl drain`, all names", "all")]
    for number, (name, how) in enumerate(forms):
        space = f"{key}{number}"
        names = make_nodes(plane, space, nodes_count, space)
        spare = make_nodes(plane, space + "-spare", spare_count, space)
        for n in names + spare:
            plane.admin.patch("/api/v1/nodes/" + n, {"metadata": {"labels": {"scenario": space}}})
        drain_world(plane, space, names, spare, nodes_count * PODS // BUDGET_PODS, BUDGET_PODS, max_unavailable)
        if how:
            m = by_kubectl(plane, how, ["drain", "--timeout=1200s"], names, 900 if how == XARGS else 300)
        else:
            m = by_product(replica, "drain", names, timeout_seconds=1200, **({"concurrency": concurrency} if concurrency else {}))
        left = [p for p in world.pods(plane.admin, space) if p["spec"].get("nodeName") in set(names)
                and not p["metadata"].get("deletionTimestamp")]
        if left:
            m.note += f" {len(left)} pods left"
        rows.append((f"{name}, {title}", m))
        say(f"{name}, {title}: {m.seconds:.1f} s, {m.requests} requests, {m.refused} refused {m.note}")
        if not how:
            right = right and not m.note
        plane.admin.delete("/api/v1/namespaces/" + space)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda n: plane.admin.delete("/api/v1/nodes/" + n), names + spare))
        until("the world is gone", lambda: not plane.admin.has("/api/v1/namespaces/" + space), 300, 1)
    return lines(rows), right


def drain_open(plane, options):
    return drains(plane, "budgets that allow", "wide", BUDGET_PODS, None)


def drain_tight(plane, options):
    return drains(plane, "budgets that bind", "tight", 2, None)


PARTS = {"cordon": cordon, "drain": drain_open, "drain-tight": drain_tight}
