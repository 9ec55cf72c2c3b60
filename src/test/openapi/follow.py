"""Starts a batch with the generated client, follows it by its messages, and reads its errors."""

import sys
import time

from knp_client import AuthenticatedClient
from knp_client.api.batches import start_batch
from knp_client.api.tasks import get_task, list_messages, list_task_nodes
from knp_client.models import Accepted, Batch, ListTaskNodesStatus, Problem

url, token = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)

started = start_batch.sync(
    "cordon", client=client, body=Batch(cluster_name="test", node_names=[f"node-{n}" for n in range(1, 21)])
)
assert isinstance(started, Accepted), started

seq, last = 0, None
deadline = time.monotonic() + 60
while last is None or last.type_ == "progress":
    assert time.monotonic() < deadline, "it does not end"
    page = list_messages.sync(started.task_id, client=client, since=seq)
    for frame in page.messages:
        assert frame.seq == seq + 1, (frame.seq, seq)
        seq, last = frame.seq, frame
    time.sleep(0.1)
assert last.type_ == "complete", last

task = get_task.sync(started.task_id, client=client)
assert task.status == "completed" and task.success_count == 19, task
assert [f.node_name for f in task.failed_nodes] == ["node-7"], task.failed_nodes
nodes = list_task_nodes.sync(started.task_id, client=client, status=ListTaskNodesStatus.FAILED)
assert nodes.nodes[0].error, nodes

refused = start_batch.sync("cordon", client=client, body=Batch(cluster_name="test", node_names=["node-1"], concurrency=0))
assert isinstance(refused, Problem) and refused.field == "concurrency", refused
print(f"Python: {seq} messages, node-7: {nodes.nodes[0].error}; refused: {refused.detail}")
