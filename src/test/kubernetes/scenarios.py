"""What both did, side by side: each scenario is built twice, once for kubectl and once for the application, on the
same control plane at the same time. Compared are the end state, whether it was an error, and the requests that name
the node or the namespace (audit log). A difference has to be one of docs/kubernetes.md, by its words."""
import collections
import concurrent.futures
import re
import threading
import time
import traceback

from api import PATIENCE
from plane import ROOT, say
from table import SCENARIOS

AT_ONCE = 4
BY = {"k": "kubectl", "p": "the application"}


class Side:
    """One of the two worlds of a scenario: nodes and a namespace named after it."""

    def __init__(self, plane, replica, number, who):
        self.name = f"s{number}{who}"
        self.who, self.plane, self.api, self.replica = who, plane, plane.admin, replica
        self.a, self.b = self.name + "-a", self.name + "-b"
        self.outcome = None

    def act(self, scenario):
        began = time.monotonic()
        if self.who == "k":
            self.outcome = self.kubectl(scenario.kubectl)
        else:
            operation, options = scenario.product
            self.outcome = self.product(operation, dict(options))
        self.outcome["seconds"] = time.monotonic() - began

    def kubectl(self, args):
        done = self.plane.kubectl(*[a.replace("NODE", self.a) for a in args], check=False)
        text = (done.stdout + done.stderr).strip()
        return {"error": done.returncode != 0, "text": text}

    def product(self, operation, options):
        names = options.pop("node_names", [self.a])
        task, nodes = self.replica.product.run(operation, names, **options)
        if "refused" in task:
            return {"error": True, "text": task["refused"]}
        one = nodes[self.a]
        text = (one["message"] or "") + (one["error"] or "") + (task["error"] or "")
        return {"error": one["status"] != "succeeded", "text": text}

    def requests(self, events):
        """By verb and resource; with the code where it was refused."""
        counted = collections.Counter()
        for event in events:
            if re.search(self.name + r"\b", event["requestURI"]):
                about = event["objectRef"]
                what = about["resource"] + ("/" + about["subresource"] if "subresource" in about else "")
                code = event["responseStatus"]["code"]
                counted[event["verb"] + " " + what + (f" {code}" if code >= 400 else "")] += 1
        return counted


def requests_text(counted):
    return ", ".join(f"{n} {what}" for what, n in sorted(counted.items())) or "none"


class Suite:
    def __init__(self, plane, replica):
        self.plane, self.replica = plane, replica
        self.document = re.sub(r"\s+", " ", (ROOT / "docs/kubernetes.md").read_text())
        self.lock = threading.Lock()
        self.done = 0

    def run(self, only=()):
        chosen = [(n, s) for n, s in enumerate(SCENARIOS, 1) if not only or s.name in only]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(lambda one: self.one(*one, len(chosen)), chosen))
        self.count_requests(results)
        wrong = [r for r in results if r["wrong"]]
        say(f"{len(results)} scenarios, {len(wrong)} wrong")
        for r in wrong:
            say(f"WRONG {r['name']}: {r['wrong']}")
        return results

    def one(self, number, scenario, of):
        result = {"name": scenario.name, "difference": scenario.difference, "wrong": "", "sides": {}}
        sides = [Side(self.plane, self.replica, number, who) for who in "kp"]
        result["sides"] = {s.who: s for s in sides}
        try:
            with concurrent.futures.ThreadPoolExecutor(2) as pair:
                list(pair.map(scenario.build, sides))
                helpers = [h for h in (scenario.meanwhile and [pair_start(scenario.meanwhile, s) for s in sides] or [])]
                list(pair.map(lambda s: s.act(scenario), sides))
                for helper in helpers:
                    helper.join(120)
                states = self.settled(scenario, pair, sides)
            result["wrong"] = self.judge(scenario, sides, states)
        except Exception as e:  # noqa: BLE001 - one scenario must not end the others
            result["wrong"] = f"{type(e).__name__}: {e} {traceback.format_exc(limit=-2)}"
        with self.lock:
            self.done += 1
            say(f"[{self.done}/{of}] {scenario.name}: {'WRONG ' + result['wrong'] if result['wrong'] else 'ok'}")
        return result

    @staticmethod
    def settled(scenario, pair, sides):
        """The end of both sides; controllers may still be at work, so it is looked at for a while."""
        end = time.monotonic() + 20 * PATIENCE
        while True:
            states = list(pair.map(scenario.state, sides))
            if (states[0] == states[1]) == scenario.same_end or time.monotonic() > end:
                return states
            time.sleep(1)

    def judge(self, scenario, sides, states):
        wrong = []
        kubectl, product = sides
        if scenario.difference and scenario.difference not in self.document:
            wrong.append(f"docs/kubernetes.md does not say '{scenario.difference}'")
        for side, expected in ((kubectl, scenario.kubectl_error), (product, scenario.product_error)):
            if side.outcome["error"] != expected:
                wrong.append(f"{BY[side.who]}: error is {side.outcome['error']}, text {side.outcome['text'][:300]}")
        if scenario.says and scenario.says not in product.outcome["text"]:
            wrong.append(f"the application says '{product.outcome['text'][:300]}', not '{scenario.says}'")
        if (states[0] == states[1]) != scenario.same_end:
            wrong.append(f"end states are {'the same' if states[0] == states[1] else 'others'}: {states[0]} / {states[1]}")
        more = scenario.check and scenario.check(product, states[1])
        if more:
            wrong.append(more)
        return "; ".join(wrong)

    def count_requests(self, results):
        events = {"k": self.plane.audit("kubectl"), "p": self.plane.audit("runner")}
        for r in results:
            r["requests"] = {who: side.requests(events[who]) for who, side in r["sides"].items()}
            if not r["wrong"] and scenario_named(r["name"]).requests_at_most:
                most, sent = scenario_named(r["name"]).requests_at_most, sum(r["requests"]["p"].values())
                if sent > most:
                    r["wrong"] = f"{sent} requests, allowed {most}: {requests_text(r['requests']['p'])}"


def scenario_named(name):
    return next(s for s in SCENARIOS if s.name == name)


def pair_start(call, side):
    thread = threading.Thread(target=call, args=(side,), daemon=True)
    thread.start()
    return thread


def table(results):
    lines = ["| scenario | kubectl: end, requests | here: end, requests | difference on purpose |", "|---|---|---|---|"]
    for r in results:
        cells = []
        for who in "kp":
            outcome = r["sides"][who].outcome or {"error": True, "seconds": 0}
            cells.append(f"{'error' if outcome['error'] else 'done'}, {outcome['seconds']:.1f} s: "
                         f"{requests_text(r['requests'][who])}")
        lines.append(f"| {r['name']}{' **WRONG**' if r['wrong'] else ''} | {cells[0]} | {cells[1]} | {r['difference'] or ''} |")
    return "\n".join(lines)
