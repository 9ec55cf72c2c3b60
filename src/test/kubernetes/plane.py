"""A control plane on loopback, gone when the program ends: etcd, kube-apiserver, controller manager, scheduler, and a
stand-in for the kubelets; and replicas of the application on PostgreSQL."""
import atexit
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from api import SECRET, Api, Product, Refused, until

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BUILT = pathlib.Path(os.environ.get("KUBERNETES_BUILT", "."))
KUBECTL = str(BUILT / "kubectl")
USERS = {"admin": "system:masters", "kubelet": "system:masters", "manager": "system:masters", "kubectl": "system:masters",
         "system:kube-scheduler": "", "runner": "", "nobody": "", "chaos": "system:masters"}
POLICY = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, users: [runner, kubectl]}
- {level: None}
"""


def say(text):
    print(time.strftime("%H:%M:%S"), text, flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Slow:
    """A TCP relay to the API server that holds each piece of an answer for a time."""

    def __init__(self, target):
        self.target, self.delay = target, 0.0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            for a, b, held in ((client, server, False), (server, client, True)):
                threading.Thread(target=self.pump, args=(a, b, held), daemon=True).start()

    def pump(self, source, sink, held):
        try:
            while piece := source.recv(65536):
                if held and self.delay:
                    time.sleep(self.delay)
                sink.sendall(piece)
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Replica:
    def __init__(self, plane, name, process, port):
        self.plane, self.name, self.process, self.port = plane, name, process, port
        self.product = Product(port)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def peak_mib(self):
        return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text())[1]) // 1024


class Plane:
    def __init__(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="kubernetes-"))
        self.work.chmod(0o755)
        self.running, self.replicas = [], []
        atexit.register(self.stop)
        for ended_by in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(ended_by, lambda *_: sys.exit(130))
        self.port, self.etcd_port, peers, self.reboot_port = (free_port() for _ in range(4))
        self.tokens = {user: f"{user.replace(':', '-')}-{os.urandom(8).hex()}" for user in USERS}
        self.prepare()
        etcd, peer = (f"http://127.0.0.1:{p}" for p in (self.etcd_port, peers))
        self.spawn("etcd", "etcd", "--data-dir", self.work / "etcd", "--listen-client-urls", etcd, "--advertise-client-urls",
                   etcd, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster",
                   "default=" + peer, "--quota-backend-bytes", "4000000000")
        self.start_api_server()
        self.ca = self.work / "certs" / "apiserver.crt"
        self.await_ready()
        self.slow = Slow(self.port)
        self.kubeconfig = self.write_kubeconfig()
        self.start_others()
        self.kubectl("apply", "-f", ROOT / "configs/kubernetes/rbac.yaml", user="admin")
        for role in ("kube-node-progress", "kube-node-progress-delete"):
            self.kubectl("create", "clusterrolebinding", "runner-" + role, "--clusterrole", role, "--user", "runner", user="admin")

    def prepare(self):
        subprocess.run(["openssl", "genrsa", "-out", self.work / "sa.key", "2048"], check=True, capture_output=True)
        lines = [f'{self.tokens[u]},{u},{u}' + (f',"{group}"' if group else "") for u, group in USERS.items()]
        (self.work / "tokens").write_text("\n".join(lines) + "\n")
        (self.work / "policy").write_text(POLICY)

    def spawn(self, name, *command, env=None, cwd=None, **how):
        with open(self.work / (name + ".log"), "ab") as log:
            process = subprocess.Popen([str(c) for c in command], stdout=log, stderr=log, env=env, cwd=cwd, **how)
        self.running.append((name, process))
        return process

    def start_api_server(self, *more):
        self.api_server = self.spawn(
            "apiserver", BUILT / "kube-apiserver", "--etcd-servers", f"http://127.0.0.1:{self.etcd_port}", "--secure-port",
            self.port, "--bind-address", "127.0.0.1", "--cert-dir", self.work / "certs", "--token-auth-file",
            self.work / "tokens", "--authorization-mode", "RBAC", "--disable-admission-plugins", "ServiceAccount",
            "--service-cluster-ip-range", "10.0.0.0/24", "--service-account-issuer", "https://localhost",
            "--service-account-key-file", self.work / "sa.key", "--service-account-signing-key-file", self.work / "sa.key",
            "--endpoint-reconciler-type", "none", "--audit-policy-file", self.work / "policy", "--audit-log-path",
            self.work / "audit.log", "--audit-log-mode", "blocking", "--audit-log-maxsize", "0", *more)

    def await_ready(self):
        def ready():
            if self.api_server.poll() is not None:
                raise RuntimeError("kube-apiserver ended: " + (self.work / "apiserver.log").read_text()[-2000:])
            try:
                return self.admin.get("/readyz") == "ok"
            except (OSError, Refused):
                return False

        until("the API server is there", lambda: self.ca.exists(), 120)
        self.admin = Api(self.port, self.tokens["admin"], self.ca)
        until("the API server is ready", ready, 120)

    def restart_api_server(self, *more, away=0):
        self.api_server.send_signal(signal.SIGKILL)
        self.api_server.wait()
        time.sleep(away)
        self.start_api_server(*more)
        self.await_ready()

    def write_kubeconfig(self):
        servers = {"": self.port, "-slowly": self.slow.port}
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "admin",
                  "clusters": [{"name": "real" + s, "cluster": {"server": f"https://127.0.0.1:{p}",
                                "certificate-authority": str(self.ca)}} for s, p in servers.items()],
                  "users": [{"name": u, "user": {"token": t}} for u, t in self.tokens.items()],
                  "contexts": [{"name": u + s, "context": {"cluster": "real" + s, "user": u}}
                               for u in USERS for s in servers]}
        path = self.work / "kubeconfig"
        path.write_text(json.dumps(config))
        return path

    def account(self, user):
        config = json.loads(self.kubeconfig.read_text())
        config["current-context"] = user
        path = self.work / ("kubeconfig-" + user.replace(":", "-"))
        path.write_text(json.dumps(config))
        return path

    def start_others(self):
        common = ["--leader-elect=false", "--secure-port", 0]
        manager, scheduler = self.account("manager"), self.account("system:kube-scheduler")
        # Nodes send no heartbeats, and pods of owners that are not there have to stay for the scenarios.
        self.spawn("manager", BUILT / "kube-controller-manager", "--kubeconfig", manager, *common,
                   "--controllers", "*,-garbage-collector-controller", "--node-monitor-grace-period", "24h",
                   "--kube-api-qps", 500, "--kube-api-burst", 1000, "--concurrent-deployment-syncs", 20,
                   "--concurrent-replicaset-syncs", 20)
        (self.work / "scheduler.yaml").write_text(json.dumps({
            "apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration",
            "leaderElection": {"leaderElect": False},
            "clientConnection": {"kubeconfig": str(scheduler), "qps": 500, "burst": 1000}}))
        self.spawn("scheduler", BUILT / "kube-scheduler", "--config", self.work / "scheduler.yaml", "--secure-port", 0)
        self.spawn("kubelet", sys.executable, HERE / "kubelet.py", self.port, self.tokens["kubelet"], self.ca, self.reboot_port)

    def kubectl(self, *args, user="kubectl", check=True, timeout=900):
        done = subprocess.run([KUBECTL, "--kubeconfig", str(self.kubeconfig), "--context", user, *map(str, args)],
                              capture_output=True, text=True, timeout=timeout)
        if check and done.returncode:
            raise RuntimeError(f"kubectl {args}: {done.stderr}")
        return done

    def start_postgres(self):
        binaries = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        data, port = self.work / "postgres", free_port()
        data.mkdir()
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        if user:
            shutil.chown(data, "postgres")
        subprocess.run([*user, binaries / "initdb", "-D", data, "-U", "progress", "--auth", "trust", "-E", "UTF8"],
                       check=True, capture_output=True, cwd="/")
        self.spawn("postgres", *user, binaries / "postgres", "-D", data, "-p", port, "-k", "", "-h", "127.0.0.1", cwd="/")
        ready = [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        until("PostgreSQL", lambda: subprocess.run(ready).returncode == 0)
        subprocess.run([binaries / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "progress", "progress"], check=True)
        return port

    def launch(self, name="one", context="runner", **options):
        """A replica of the application; options as its configuration has them, with _ for dots that are none."""
        if not hasattr(self, "postgres"):
            self.postgres = self.start_postgres()
        folder, port = self.work / name, free_port()
        (folder / "routes").mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "docs/examples/22-node-reboot.camel.yaml", folder / "routes")
        given = {"server.port": port, "progress.replica": name, "logging.file.name": "", "jwt.secret": SECRET,
                 "database.type": "postgres", "database.host": "127.0.0.1", "database.port": self.postgres,
                 "database.database": "progress", "database.username": "progress", "database.password": "progress",
                 "clusters[0].name": "real", "clusters[0].type": "kubernetes", "clusters[0].kubeconfig": self.kubeconfig,
                 "clusters[0].context": context, "reboot.url": f"http://127.0.0.1:{self.reboot_port}", **options}
        environment = {k: v for k, v in os.environ.items() if not re.match("(DB|DATABASE|PROGRESS|JWT|SERVER)_", k)}
        process = self.spawn(name, "java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", os.environ["PRODUCT_JAR"],
                             *(f"--{k}={v}" for k, v in given.items()), env=environment, cwd=folder)
        health = Api(port, "", timeout=10)

        def ready():
            if process.poll() is not None:
                raise RuntimeError(f"replica {name} ended: " + (self.work / (name + ".log")).read_text()[-2000:])
            try:
                return health.get("/actuator/health/readiness")
            except (OSError, Refused):
                return None

        until("replica " + name, ready, 300)
        self.replicas.append(Replica(self, name, process, port))
        return self.replicas[-1]

    def end_replicas(self):
        for replica in self.replicas:
            replica.process.terminate()
        for replica in self.replicas:
            try:
                replica.process.wait(40)
            except subprocess.TimeoutExpired:
                replica.process.kill()
        self.replicas = []

    def audit(self, user, since=0):
        """The requests of an account in the audit log from a position on."""
        with open(self.work / "audit.log", "rb") as log:
            log.seek(since)
            events = [json.loads(line) for line in log if line.endswith(b"\n")]
        return [e for e in events if e["user"]["username"] == user]

    def audit_size(self):
        return (self.work / "audit.log").stat().st_size

    def stop(self):
        for _, process in reversed(self.running):
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        end = time.monotonic() + 20
        for _, process in self.running:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
        if os.environ.get("KEEP_LOGS"):
            say(f"logs are kept in {self.work}")
        else:
            shutil.rmtree(self.work, ignore_errors=True)
