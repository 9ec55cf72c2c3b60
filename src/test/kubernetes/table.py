"""The scenarios. In the arguments of kubectl NODE is the side's first node; the application gets the same by its name."""
import dataclasses
import time
import typing

import world
from api import PATIENCE

MIRROR = {"kubernetes.io/config.mirror": "x", "kubernetes.io/config.source": "file"}
SAYS_REASON = "with a reason also"
REPLACES = "a batch states what shall be"
FINISHED = "they hold no resources, and their logs may still be wanted"
UNTAINTED = "removing what is not there is `already untainted`"
SYSTEM = "Labels of the system (`kubernetes.io/hostname`, zones, …) are removed with `force` only"


@dataclasses.dataclass
class Scenario:
    name: str
    build: typing.Callable
    product: tuple
    kubectl: list
    product_error: bool = False
    kubectl_error: bool = False
    same_end: bool = True
    difference: str = None
    says: str = None
    check: typing.Callable = None
    meanwhile: typing.Callable = None
    requests_at_most: int = None

    @staticmethod
    def state(side):
        return world.end_state(side.api, side.name, side.name)


def nodes(side, **first):
    labels = {"scenario": side.name, **first.pop("labels", {})}
    world.node(side.api, side.a, labels, **first)


def plain(**first):
    return lambda side: nodes(side, **first)


def space(side, **first):
    """Two nodes, of which the second is shut until the pods are there, and a namespace."""
    nodes(side, **first)
    world.node(side.api, side.b, {"scenario": side.name}, unschedulable=True)
    world.namespace(side.api, side.name)


def with_pods(*makes, **first):
    def build(side):
        space(side, **first)
        for make in makes:
            make(side)
        world.schedulable(side.api, side.b)
    return build


def of(kind, replicas, **spec):
    def make(side):
        world.workload(side.api, kind, side.name, "web", replicas, on=side.name, **spec)
        if kind != "daemonsets":
            world.all_running(side.api, side.name, replicas)
        else:
            # It also runs on the node that is shut.
            world.all_running(side.api, side.name, 2)
    return make


def bare(name="bare", **how):
    return lambda side: world.pod(side.api, side.name, name, side.a, **how)


def budget(name="budget", app="web", **spec):
    return lambda side: world.budget(side.api, side.name, name, app, **spec)


def deleted(name):
    def make(side):
        side.api.delete(f"/api/v1/namespaces/{side.name}/pods/{name}")
    return make


def drain(*flags, **options):
    return {"kubectl": ["drain", "NODE", *flags], "product": ("drain", options)}


def label(labels, *args, **more):
    return {"kubectl": ["label", "node", "NODE", *args], "product": ("label", {"labels": labels, **more})}


def taint(taints, *args, **more):
    return {"kubectl": ["taint", "node", "NODE", *args], "product": ("taint", {"taints": taints, **more})}


def t(key, value=None, effect=None, remove=None):
    return {k: v for k, v in {"key": key, "value": value, "effect": effect, "remove": remove}.items() if v is not None}


def later(seconds, act):
    def meanwhile(side):
        time.sleep(seconds)
        act(side)
    return meanwhile


def open_budget(side):
    side.api.patch(f"/apis/policy/v1/namespaces/{side.name}/poddisruptionbudgets/budget", {"spec": {"maxUnavailable": 2}})


def end_namespace(side):
    side.api.delete("/api/v1/namespaces/" + side.name)


def still_there(name):
    def check(side, _):
        found = side.api.has(f"/api/v1/namespaces/{side.name}/pods/{name}")
        return "" if found and not found["metadata"].get("deletionTimestamp") else f"pod {name} was touched"
    return check


def took(at_least, at_most):
    def check(side, _):
        seconds = side.outcome["seconds"]
        return "" if at_least <= seconds <= at_most * PATIENCE else f"took {seconds:.1f} s, not {at_least} to {at_most}"
    return check


CORDON = [
    Scenario("cordon", plain(), ("cordon", {}), ["cordon", "NODE"], says="cordoned", requests_at_most=1),
    Scenario("cordon, cordoned already", plain(unschedulable=True), ("cordon", {}), ["cordon", "NODE"],
             says="already cordoned", requests_at_most=2),
    Scenario("cordon, no such node", lambda side: None, ("cordon", {}), ["cordon", "NODE"], True, True),
    Scenario("cordon, dry run", plain(), ("cordon", {"dry_run": True}), ["cordon", "NODE", "--dry-run=server"],
             says="cordoned (dry run)"),
    Scenario("cordon with a reason", plain(), ("cordon", {"reason": "disk"}), ["cordon", "NODE"], same_end=False,
             difference=SAYS_REASON),
    Scenario("uncordon", plain(unschedulable=True), ("uncordon", {}), ["uncordon", "NODE"], requests_at_most=1),
    Scenario("uncordon, schedulable already", plain(), ("uncordon", {}), ["uncordon", "NODE"], says="already uncordoned"),
    Scenario("uncordon, no such node", lambda side: None, ("uncordon", {}), ["uncordon", "NODE"], True, True),
    Scenario("uncordon takes the reason away",
             plain(unschedulable=True, annotations={"kubenode.org/reason": "disk"}), ("uncordon", {}), ["uncordon", "NODE"],
             same_end=False, difference="takes that annotation away"),
    Scenario("uncordon, dry run", plain(unschedulable=True), ("uncordon", {"dry_run": True}),
             ["uncordon", "NODE", "--dry-run=server"]),
]
LABEL = [
    Scenario("label", plain(), **label({"pool": "a", "example.com/x": ""}, "pool=a", "example.com/x=")),
    Scenario("label, another value", plain(labels={"pool": "a"}), **label({"pool": "b"}, "pool=b"), kubectl_error=True,
             same_end=False, difference=REPLACES),
    Scenario("label, another value with --overwrite", plain(labels={"pool": "a"}), **label({"pool": "b"}, "pool=b", "--overwrite")),
    Scenario("label, removed", plain(labels={"pool": "a"}), **label({"pool": None}, "pool-")),
    Scenario("label, removed that is not there", plain(), **label({"pool": None}, "pool-"), says="already labeled",
             requests_at_most=1),
    Scenario("label, there already", plain(labels={"pool": "a"}), **label({"pool": "a"}, "pool=a"), requests_at_most=1),
    Scenario("label, no label's name", plain(), **label({"a b": "c"}, "a b=c"), product_error=True, kubectl_error=True),
    Scenario("label, no label's value", plain(), **label({"a": "b c"}, "a=b c"), product_error=True, kubectl_error=True),
    Scenario("label of the system, removed", plain(), **label({"kubernetes.io/hostname": None}, "kubernetes.io/hostname-"),
             product_error=True, same_end=False, difference=SYSTEM),
    Scenario("label of the system, removed with force", plain(),
             **label({"kubernetes.io/hostname": None}, "kubernetes.io/hostname-", force=True)),
    Scenario("label, dry run", plain(), **label({"pool": "a"}, "pool=a", "--dry-run=server", dry_run=True)),
]
OLD = [t("old", "1", "NoSchedule")]
TAINT = [
    Scenario("taint", plain(), **taint([t("a", "1", "NoSchedule")], "a=1:NoSchedule")),
    Scenario("taint beside others", plain(taints=OLD), **taint([t("a", "1", "NoSchedule")], "a=1:NoSchedule")),
    Scenario("taint NoExecute", with_pods(of("deployments", 2)), **taint([t("a", "1", "NoExecute")], "a=1:NoExecute")),
    Scenario("taint, another value", plain(taints=OLD), **taint([t("old", "2", "NoSchedule")], "old=2:NoSchedule"),
             kubectl_error=True, same_end=False, difference=REPLACES),
    Scenario("taint, another value with --overwrite", plain(taints=OLD),
             **taint([t("old", "2", "NoSchedule")], "old=2:NoSchedule", "--overwrite")),
    Scenario("taint removed by key and effect", plain(taints=OLD + [t("old", "1", "PreferNoSchedule")]),
             **taint([t("old", effect="NoSchedule", remove=True)], "old:NoSchedule-")),
    Scenario("taint removed by key", plain(taints=OLD + [t("old", "1", "PreferNoSchedule")]),
             **taint([t("old", remove=True)], "old-")),
    Scenario("taint removed that is not there", plain(), **taint([t("gone", remove=True)], "gone-"), kubectl_error=True,
             says="already untainted", difference=UNTAINTED),
    Scenario("taint, no such effect", plain(), **taint([t("a", "1", "Never")], "a=1:Never"), product_error=True,
             kubectl_error=True),
    Scenario("taint, dry run", plain(), **taint([t("a", "1", "NoSchedule")], "a=1:NoSchedule", "--dry-run=server", dry_run=True)),
]
SHUT = budget(maxUnavailable=0)
DRAIN = [
    Scenario("drain of an empty node", plain(), **drain(), says="no pods to evict"),
    Scenario("drain, no such node", lambda side: None, **drain(), product_error=True, kubectl_error=True),
    Scenario("drain of a Deployment's pods", with_pods(of("deployments", 5)), **drain()),
    Scenario("drain of a StatefulSet's pods", with_pods(of("statefulsets", 3)), **drain("--timeout=40s", timeout_seconds=40)),
    Scenario("drain of a Job's pods", with_pods(of("jobs", 2)), **drain()),
    Scenario("drain, bare pod", with_pods(bare(), of("deployments", 2)), **drain(), product_error=True, kubectl_error=True),
    Scenario("drain, bare pod with force", with_pods(bare()), **drain("--force", force=True)),
    Scenario("drain, emptyDir", with_pods(of("deployments", 1, volumes=[{"name": "v", "emptyDir": {}}])), **drain(),
             product_error=True, kubectl_error=True),
    Scenario("drain, emptyDir allowed", with_pods(of("deployments", 1, volumes=[{"name": "v", "emptyDir": {}}])),
             **drain("--delete-emptydir-data", delete_emptydir_data=True)),
    Scenario("drain, DaemonSet", with_pods(of("daemonsets", 1)), **drain(), product_error=True, kubectl_error=True),
    Scenario("drain, DaemonSet ignored", with_pods(of("daemonsets", 1)), **drain("--ignore-daemonsets", ignore_daemonsets=True)),
    Scenario("drain, mirror pod", with_pods(bare(annotations=MIRROR)), **drain(), check=still_there("bare")),
    Scenario("drain, finished pod", with_pods(bare(phase="Succeeded")), **drain(), same_end=False, difference=FINISHED,
             check=still_there("bare")),
    Scenario("drain, DaemonSet of another API group",
             with_pods(bare(owner=("apps.kruise.io/v1alpha1", "DaemonSet"))), **drain()),
    Scenario("drain, controller of another kind", with_pods(bare(owner=("example.com/v1", "Database"))), **drain()),
    Scenario("drain, DaemonSet that is gone", with_pods(bare(owner=("apps/v1", "DaemonSet"))), **drain(), product_error=True,
             kubectl_error=True),
    Scenario("drain, DaemonSet that is gone, with force", with_pods(bare(owner=("apps/v1", "DaemonSet"))),
             **drain("--force", force=True)),
    Scenario("drain, ReplicaSet that is gone", with_pods(bare(owner=("apps/v1", "ReplicaSet"))), **drain()),
    Scenario("drain by pod selector", with_pods(bare("one", labels={"go": "yes"}, owner=("example.com/v1", "Database")),
                                                bare("two", owner=("example.com/v1", "Database"))),
             **drain("--pod-selector=go=yes", pod_selector="go=yes"), check=still_there("two")),
    Scenario("drain, grace period", with_pods(bare(owner=("example.com/v1", "Database"), stops_after=60,
                                                   terminationGracePeriodSeconds=60)),
             **drain("--grace-period=3", grace_period_seconds=3), check=took(2, 15)),
    Scenario("drain of a pod that ends already, with a shorter grace",
             with_pods(bare(owner=("example.com/v1", "Database"), stops_after=600, terminationGracePeriodSeconds=600),
                       deleted("bare")),
             **drain("--grace-period=3", grace_period_seconds=3), check=took(0, 15)),
    Scenario("drain of a pod that should have ended long ago",
             with_pods(bare(owner=("example.com/v1", "Database"), stops_after="never", terminationGracePeriodSeconds=1),
                       deleted("bare"), lambda side: time.sleep(5)),
             **drain("--skip-wait-for-delete-timeout=2", skip_wait_for_delete_timeout_seconds=2), check=took(0, 8)),
    Scenario("drain, a pod that does not end", with_pods(bare(owner=("example.com/v1", "Database"), stops_after="never")),
             **drain("--timeout=8s", timeout_seconds=8), product_error=True, kubectl_error=True, says="timed out"),
    Scenario("drain, budget of one at a time", with_pods(of("deployments", 3), budget(maxUnavailable=1)),
             **drain("--timeout=90s", timeout_seconds=90)),
    Scenario("drain, shut budget", with_pods(of("deployments", 2), SHUT), **drain("--timeout=8s", timeout_seconds=8),
             product_error=True, kubectl_error=True, says="disruption budget"),
    Scenario("drain, shut budget that opens", with_pods(of("deployments", 2), SHUT), **drain("--timeout=60s", timeout_seconds=60),
             meanwhile=later(7, open_budget)),
    Scenario("drain past a shut budget", with_pods(of("deployments", 2), SHUT),
             **drain("--disable-eviction", disable_eviction=True, confirm_disable_eviction=True, admin=True)),
    Scenario("drain, two budgets of one pod", with_pods(of("deployments", 1), budget(maxUnavailable=1),
                                                        budget("second", maxUnavailable=1)),
             **drain("--timeout=10s", timeout_seconds=10), product_error=True, kubectl_error=True,
             says="more than one PodDisruptionBudget"),
    Scenario("drain, unhealthy pod behind a shut budget",
             with_pods(bare(owner=("example.com/v1", "Database"), ready=False),
                       budget(app="bare", minAvailable=1, unhealthyPodEvictionPolicy="AlwaysAllow")),
             **drain("--timeout=20s", timeout_seconds=20)),
    Scenario("drain, the namespace goes meanwhile",
             with_pods(bare(owner=("example.com/v1", "Database"), stops_after=4), budget(app="bare", minAvailable=1)),
             **drain("--timeout=40s", timeout_seconds=40), meanwhile=later(3, end_namespace)),
    Scenario("drain, dry run", with_pods(of("deployments", 2)), **drain("--dry-run=server", dry_run=True), says="would evict 2 pods"),
    Scenario("drain of a cordoned node", with_pods(of("deployments", 2), lambda side: world.schedulable(side.api, side.a, False)),
             **drain()),
    Scenario("drain, many pods", with_pods(of("deployments", 60)), **drain("--timeout=120s", timeout_seconds=120)),
]
SCENARIOS = CORDON + LABEL + TAINT + DRAIN
assert len({s.name for s in SCENARIOS}) == len(SCENARIOS) and len(SCENARIOS) >= 40
