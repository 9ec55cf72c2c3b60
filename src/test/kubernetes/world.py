"""What the scenarios stand on: nodes, pods and their owners, budgets; and what is there in the end."""
import re

from api import until
from kubelet import STOPS_AFTER, now

# A controller's, by the number of nodes.
TTL = "node.alpha.kubernetes.io/ttl"
IMAGE = "registry.invalid/app:1"
READY = [{"type": "Ready", "status": "True", "reason": "StandIn", "lastHeartbeatTime": now(), "lastTransitionTime": now()}]


def node(api, name, labels=None, taints=None, unschedulable=None, annotations=None):
    api.post("/api/v1/nodes", {"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})},
                                            "annotations": annotations or {}}})
    size = {"cpu": "64", "memory": "256Gi", "pods": "1000"}
    api.patch(f"/api/v1/nodes/{name}/status", {"status": {
        "capacity": size, "allocatable": size, "conditions": READY, "nodeInfo": {"bootID": "first-" + name}}},
        "application/strategic-merge-patch+json")
    # The admission taints a new node as not ready, and the controller takes that away in its own time.
    api.patch("/api/v1/nodes/" + name, {"spec": {"taints": taints or None, "unschedulable": unschedulable}})


def namespace(api, name):
    api.post("/api/v1/namespaces", {"metadata": {"name": name}})


def template(labels, stops_after=None, annotations=None, **spec):
    notes = dict(annotations or {})
    if stops_after is not None:
        notes[STOPS_AFTER] = str(stops_after)
    return {"metadata": {"labels": labels, "annotations": notes}, "spec": {
        "containers": [{"name": "app", "image": IMAGE}], "terminationGracePeriodSeconds": 5, **spec}}


def pod(api, space, name, on, owner=None, phase=None, annotations=None, stops_after=None, labels=None, ready=True, **spec):
    """A pod of nobody, or of an owner as (apiVersion, kind), bound to a node."""
    body = template({"app": name, **(labels or {})}, stops_after, annotations, nodeName=on, **spec)
    body["metadata"]["name"] = name
    if owner:
        body["metadata"]["ownerReferences"] = [{"apiVersion": owner[0], "kind": owner[1], "name": "owner", "uid": "o-" + name,
                                                "controller": True}]
    if phase:
        body["metadata"]["annotations"]["kubenode.test/left-alone"] = "true"
    if phase or not ready:
        body["spec"]["restartPolicy"] = "Never"
    api.post(f"/api/v1/namespaces/{space}/pods", body)
    if phase:
        api.patch(f"/api/v1/namespaces/{space}/pods/{name}/status", {"status": {"phase": phase}})
    else:
        until("pod " + name, lambda: running(api, space, name))
    if not ready:
        api.patch(f"/api/v1/namespaces/{space}/pods/{name}/status", {"status": {
            "conditions": [{"type": "Ready", "status": "False"}]}}, "application/strategic-merge-patch+json")


def running(api, space, name):
    found = api.has(f"/api/v1/namespaces/{space}/pods/{name}")
    return found and found["status"].get("phase") == "Running"


def pods(api, space):
    return api.get(f"/api/v1/namespaces/{space}/pods")["items"]


def all_running(api, space, count):
    def there():
        found = [p for p in pods(api, space) if p["status"].get("phase") == "Running"
                 and not p["metadata"].get("deletionTimestamp")]
        return len(found) >= count

    until(f"{count} pods of {space}", there)


def workload(api, kind, space, name, replicas, on=None, stops_after=None, **spec):
    """A Deployment, StatefulSet, DaemonSet or Job of real controllers; `on` is a label of its nodes."""
    labels = {"app": name}
    if on:
        spec["nodeSelector"] = {"scenario": on}
    body = {"metadata": {"name": name}, "spec": {"template": template(labels, stops_after, **spec)}}
    group = "batch" if kind == "jobs" else "apps"
    if kind == "jobs":
        body["spec"]["template"]["spec"]["restartPolicy"] = "Never"
        body["spec"].update(parallelism=replicas, completions=replicas)
    else:
        body["spec"]["selector"] = {"matchLabels": labels}
    if kind in ("deployments", "statefulsets"):
        body["spec"]["replicas"] = replicas
    if kind == "statefulsets":
        body["spec"].update(serviceName=name, podManagementPolicy="Parallel")
    api.post(f"/apis/{group}/v1/namespaces/{space}/{kind}", body)


def budget(api, space, name, app, **spec):
    path = f"/apis/policy/v1/namespaces/{space}/poddisruptionbudgets"
    api.post(path, {"metadata": {"name": name}, "spec": {"selector": {"matchLabels": {"app": app}}, **spec}})
    until("the budget is counted", lambda: api.get(f"{path}/{name}").get("status", {}).get("observedGeneration"))
    return f"{path}/{name}"


def schedulable(api, name, value=True):
    api.patch("/api/v1/nodes/" + name, {"spec": {"unschedulable": None if value else True}})


def end_state(api, space, side):
    """The nodes and pods of one side, without what differs by name and time."""
    nodes = {}
    for n in api.get("/api/v1/nodes?labelSelector=scenario%3D" + side)["items"]:
        spec, meta = n["spec"], n["metadata"]
        taints = sorted(f"{t['key']}={t.get('value', '')}:{t['effect']}" for t in spec.get("taints", [])
                        if not t["key"].startswith("node.kubernetes.io/"))
        labels = {k: v for k, v in meta["labels"].items() if k not in ("scenario",)}
        nodes[meta["name"]] = {"unschedulable": bool(spec.get("unschedulable")), "taints": taints, "labels": labels,
                               "annotations": {k: v for k, v in meta.get("annotations", {}).items() if k != TTL}}
    left = sorted(f"{plain(p['metadata']['name'])} on {p['spec'].get('nodeName', '-')}"
                  for p in (pods(api, space) if api.has("/api/v1/namespaces/" + space) else [])
                  if not p["metadata"].get("deletionTimestamp"))
    text = repr({"nodes": nodes, "pods": left})
    return eval(text.replace(side, "SIDE"))  # noqa: S307 - our own text


def plain(name):
    """web-7d9f8b6c5-x2x4q is web-*: pods of Deployments, DaemonSets and Jobs have random names."""
    return re.sub(r"^([a-z]+)(-[a-z0-9]{5,10})?-[a-z0-9]{5}$", r"\1-*", name)
