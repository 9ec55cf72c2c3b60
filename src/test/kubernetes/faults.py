"""An API server that freezes, restarts, answers slowly or has too much to do; an owner that is killed; a budget."""
import collections
import signal
import subprocess
import threading
import time

import figures
import world
from api import Refused, until
from plane import say


def small_world(plane, name, count=20, pods=5, spare=6, max_unavailable=3, stops_after=None):
    """Nodes with pods of one Deployment a node's worth of five, each with a budget."""
    names = figures.make_nodes(plane, name, count, name)
    others = figures.make_nodes(plane, name + "-spare", spare, name)
    for n in names + others:
        plane.admin.patch("/api/v1/nodes/" + n, {"metadata": {"labels": {"scenario": name}}})
    figures.drain_world(plane, name, names, others, count, pods, max_unavailable)
    return names


def wrong_end(plane, space, names, task, nodes):
    """What is not as it should be after a drain of all of them; empty for nothing."""
    left = [p["metadata"]["name"] for p in world.pods(plane.admin, space) if p["spec"].get("nodeName") in set(names)
            and not p["metadata"].get("deletionTimestamp")]
    failed = [f"{n['node_name']}: {n['error']}" for n in nodes if n["status"] != "succeeded"]
    wrong = []
    if left:
        wrong.append(f"{len(left)} pods left")
    if failed:
        wrong.append(f"{len(failed)} nodes not drained, such as {failed[0]}")
    if task["success_count"] != len(names):
        wrong.append(f"success_count is {task['success_count']} of {len(names)}")
    return "; ".join(wrong)


def results_a_node(product, task_id):
    """How many final results each node has among the messages."""
    counted, since = collections.Counter(), 0
    while True:
        page = product.admin.get(f"/api/v1/tasks/{task_id}/messages?since={since}&limit=1000")
        for m in page["messages"]:
            if m.get("node_status") in ("succeeded", "failed"):
                counted[m["current_node"]] += 1
            since = m["seq"]
        if not page["more"]:
            return counted


def places(replica):
    """free + taken places of the cluster: what the limiter allows now."""
    text = replica.product.admin.get("/actuator/prometheus")
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
               if line.startswith("progress_cluster_places{") and ('"free"' in line or '"taken"' in line))


def watch_places(replica):
    seen, stop = [], threading.Event()

    def look():
        while not stop.wait(0.25):
            try:
                seen.append((time.monotonic(), places(replica)))
            except (OSError, Refused):
                pass

    threading.Thread(target=look, daemon=True).start()
    return seen, stop


def under(plane, title, context, disturb, space, relieved=None, count=20):
    """A drain and, 3 s after the trouble began, cordons of three other nodes; then how long until all places are back."""
    names = small_world(plane, space, count)
    others = figures.make_nodes(plane, space + "-other", 3, space)
    replica = plane.launch(space, context)
    seen, stop = watch_places(replica)
    began = time.monotonic()
    task_id = replica.product.start("drain", names, timeout_seconds=600)
    time.sleep(1.5)
    ended = {}

    def trouble():
        disturb()
        ended["at"] = time.monotonic()

    thread = threading.Thread(target=trouble)
    thread.start()
    time.sleep(3)
    cordon_began = time.monotonic()
    cordon, _ = replica.product.run("cordon", others, 300)
    cordon_took = time.monotonic() - cordon_began
    task = replica.product.wait(task_id, 900)
    took = time.monotonic() - began
    thread.join()
    if relieved:
        relieved()
        ended["at"] = time.monotonic()
    # The places grow with answers: a little work goes on.
    until("all places are back", lambda: replica.product.run("label", others, labels={"x": str(time.time())})
          and places(replica) >= 100, 60, 0.2)
    stop.set()
    low = min((p for _, p in seen), default=100)
    back = next((t for t, p in seen if t >= ended["at"] and p >= 100), time.monotonic()) - ended["at"]
    nodes = replica.product.nodes(task_id)
    wrong = wrong_end(plane, space, names, task, nodes)
    twice = {n: c for n, c in results_a_node(replica.product, task_id).items() if c != 1}
    if twice:
        wrong += f"; results a node: {twice}"
    if cordon["success_count"] != 3:
        wrong += f"; cordons: {cordon['error'] or cordon['success_count']}"
    row = f"| {title} | {took:.1f} | {cordon_took:.1f} | {low:.0f} | {max(0, back):.1f} | {wrong or 'all drained, one result a node'} |"
    say(row)
    plane.end_replicas()
    return row, not wrong and back <= 10


HEAD = ("| API server | drain of 20 nodes, s | cordon of 3 others, s | places at the lowest | all 100 back after, s | end |\n"
        "|---|---|---|---|---|---|\n")


def freeze(plane, seconds):
    def disturb():
        plane.api_server.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        plane.api_server.send_signal(signal.SIGCONT)
    return disturb


def troubles(plane, options):
    def slowly(seconds):
        plane.slow.delay = seconds

    cases = [("well", "runner", lambda: None, None),
             ("frozen for 15 s", "runner", freeze(plane, 15), None),
             ("killed, away for 5 s", "runner", lambda: plane.restart_api_server(away=5), None)]
    for delay in (0.3, 1, 5):
        cases.append((f"answers {delay} s late", "runner-slowly", lambda d=delay: slowly(d), lambda: slowly(0)))
    rows, right = [], True
    for number, (title, context, disturb, relieved) in enumerate(cases):
        row, good = under(plane, title, context, disturb, f"trouble{number}", relieved)
        rows.append(row)
        right = right and good
    row, good = tight(plane)
    return HEAD + "\n".join(rows + [row]), right and good


LEVEL = "/apis/flowcontrol.apiserver.k8s.io/v1/"


def tight(plane):
    """One request at once for the application's account, none waits: the others are answered 429."""
    name = "kube-node-progress-tight"
    plane.restart_api_server("--max-requests-inflight", "60", "--max-mutating-requests-inflight", "30")

    def disturb():
        plane.admin.post(LEVEL + "prioritylevelconfigurations", {"metadata": {"name": name}, "spec": {
            "type": "Limited", "limited": {"nominalConcurrencyShares": 1, "lendablePercent": 0, "borrowingLimitPercent": 0,
                                           "limitResponse": {"type": "Reject"}}}})
        plane.admin.post(LEVEL + "flowschemas", {"metadata": {"name": name}, "spec": {
            "priorityLevelConfiguration": {"name": name}, "matchingPrecedence": 100, "rules": [{
                "subjects": [{"kind": "User", "user": {"name": "runner"}}],
                "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True,
                                   "namespaces": ["*"]}]}]}})

    def relieved():
        plane.admin.delete(LEVEL + "flowschemas/" + name)
        plane.admin.delete(LEVEL + "prioritylevelconfigurations/" + name)

    since = plane.audit_size()
    row, good = under(plane, "priority and fairness: one seat, the rest 429", "runner", disturb, "tight", relieved)
    # What it turns away is not in the audit log; the level's own counter has it.
    metrics = plane.admin.get("/metrics")
    turned = sum(float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines()
                 if line.startswith("apiserver_flowcontrol_rejected_requests_total") and name in line)
    say(f"priority and fairness turned {turned:.0f} requests away, {len(plane.audit('runner', since))} went through")
    return row.replace("the rest 429", f"{turned:.0f} answered 429"), good and turned > 0


def owner(plane, options):
    """kill -9 of the owner in the middle of a drain of 50 nodes, lease 10 s."""
    rows, right = [], True
    for round in range(1, options.rounds + 1):
        space = f"owner{round}"
        names = small_world(plane, space, 50, 5, 10, 1, stops_after=3)
        first = plane.launch(space + "-first")
        second = plane.launch(space + "-second")
        task_id = first.product.start("drain", names, timeout_seconds=600)
        owner, other = owned_by(plane, task_id, first, second)
        until("a third is done", lambda: owner.product.task(task_id)["current"] >= 15, 300, 0.05)
        done = {n["node_name"] for n in other.product.nodes(task_id) if n["status"] == "succeeded"}
        position = plane.audit_size()
        killed = time.monotonic()
        owner.kill()
        epoch = other.product.task(task_id)["epoch"]
        until("another takes over", lambda: other.product.task(task_id)["epoch"] > epoch, 60, 0.05)
        taken = time.monotonic() - killed
        until("it goes on", lambda: len(plane.audit("runner", position)) > 0, 60, 0.02)
        task = other.product.wait(task_id, 900)
        wrong = wrong_end(plane, space, names, task, other.product.nodes(task_id))
        twice = {n: c for n, c in results_a_node(other.product, task_id).items() if c != 1}
        again = {n for n in done for e in plane.audit("runner", position) if f"/nodes/{n}?" in e["requestURI"]}
        if twice or again:
            wrong += f" results a node: {twice}; asked again though recorded: {again}"
        rows.append(f"| {round} | {len(done)} | {taken:.2f} | {len(twice)} | {len(again)} | {wrong or 'all drained'} |")
        say(rows[-1])
        right = right and not wrong and taken <= 12
        plane.end_replicas()
    return ("| round | recorded before | taken over after, s | nodes with other than one result | recorded, and asked again | end |\n"
            "|---|---|---|---|---|---|\n" + "\n".join(rows)), right


def owned_by(plane, task_id, first, second):
    """Who works on a task: the row says so."""
    query = ["psql", "-h", "127.0.0.1", "-p", str(plane.postgres), "-U", "progress", "-Atc",
             f"SELECT owner FROM progress_tasks WHERE task_id = '{task_id}'"]

    def name():
        return subprocess.run(query, capture_output=True, text=True).stdout.strip()

    owner = until("the task has an owner", name, 30)
    return (first, second) if owner.startswith(first.name) else (second, first)


def spent(plane, options):
    """An eviction whose uid is of an earlier pod: what it takes from the budget, and what the application makes of that."""
    rows = []
    names = figures.make_nodes(plane, "spent", 2, "spent")
    for n in names:
        plane.admin.patch("/api/v1/nodes/" + n, {"metadata": {"labels": {"scenario": "spent"}}})
    world.namespace(plane.admin, "spent")
    world.workload(plane.admin, "statefulsets", "spent", "web", 2, on="spent")
    world.all_running(plane.admin, "spent", 2)
    path = world.budget(plane.admin, "spent", "web", "web", maxUnavailable=1)

    def status():
        return plane.admin.get(path)["status"]

    until("one may go", lambda: status()["disruptionsAllowed"] == 1)
    try:
        plane.admin.post("/api/v1/namespaces/spent/pods/web-0/eviction", {
            "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "web-0", "namespace": "spent"},
            "deleteOptions": {"preconditions": {"uid": "of-an-earlier-pod"}}})
        answer = 201
    except Refused as e:
        answer = e.code
    after, began = status(), time.monotonic()
    rows.append(f"| asked directly, uid of an earlier pod | {answer} | 1 to {after['disruptionsAllowed']} | "
                f"{', '.join(after.get('disruptedPods', {})) or 'none'} |")
    until("it may again", lambda: status()["disruptionsAllowed"] == 1, 300, 1)
    rows.append(f"| the budget allows one again | | after {time.monotonic() - began:.0f} s | |")
    say(rows[-2])
    say(rows[-1])
    text, conflicts, spends = through_the_application(plane, status)
    return ("| eviction | answer | disruptionsAllowed | held as disrupted |\n|---|---|---|---|\n" + "\n".join(rows) + "\n" + text,
            answer == 409 and conflicts >= 0 and spends == 0)


def through_the_application(plane, status):
    """Drains beside somebody who has the same pods made again all the time: 409, and budgets held by a pod that stays."""
    replica = plane.launch("spent", "runner")
    since, stop = plane.audit_size(), threading.Event()

    def remake():
        while not stop.wait(0.4):
            for pod in ("web-0", "web-1"):
                try:
                    plane.admin.delete(f"/api/v1/namespaces/spent/pods/{pod}", {"gracePeriodSeconds": 0})
                except Refused:
                    pass

    threading.Thread(target=remake, daemon=True).start()
    rounds = 12
    for i in range(rounds):
        node = f"spent-{i % 2}"
        replica.product.run("drain", [node], 200, timeout_seconds=60)
        world.schedulable(plane.admin, node)
    stop.set()
    events = [e for e in plane.audit("runner", since) if e.get("objectRef", {}).get("subresource") == "eviction"]
    codes = collections.Counter(e["responseStatus"]["code"] for e in events)
    world.all_running(plane.admin, "spent", 2)
    time.sleep(2)
    held = status().get("disruptedPods", {})
    line = (f"| {rounds} drains, the pods made again every 0.4 s | "
            f"{', '.join(f'{n} times {c}' for c, n in sorted(codes.items())) or 'none sent'} | "
            f"{status()['disruptionsAllowed']} after them | {', '.join(held) or 'none'} |")
    say(line)
    return line, codes[409], len(held)


PARTS = {"troubles": troubles, "owner": owner, "spent": spent}
