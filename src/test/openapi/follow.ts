// Starts a batch with the generated types, follows it by its messages, and reads its errors.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const [url, token] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });

function check(holds: unknown, what: unknown): asserts holds {
  if (!holds) throw new Error(JSON.stringify(what));
}

const node_names = Array.from({ length: 20 }, (_, i) => `node-${i + 1}`);
const operation = { path: { operation: "cordon" } };
const started = await api.POST("/api/v1/nodes/batch/{operation}", {
  params: operation,
  body: { cluster_name: "test", node_names },
});
check(started.data, started.error);
const of = { task_id: started.data.task_id };

let seq = 0;
let type = "progress";
const deadline = Date.now() + 60_000;
while (type === "progress") {
  check(Date.now() < deadline, "it does not end");
  const page = await api.GET("/api/v1/tasks/{task_id}/messages", { params: { path: of, query: { since: seq } } });
  check(page.data, page.error);
  for (const frame of page.data.messages) {
    check(frame.seq === seq + 1, frame);
    seq = frame.seq;
    type = frame.type;
  }
  await new Promise((later) => setTimeout(later, 100));
}
check(type === "complete", type);

const task = await api.GET("/api/v1/tasks/{task_id}", { params: { path: of } });
check(task.data?.status === "completed" && task.data.success_count === 19, task);
const nodes = await api.GET("/api/v1/tasks/{task_id}/nodes", { params: { path: of, query: { status: "failed" } } });
// CSV would be a text.
check(nodes.data && typeof nodes.data !== "string" && nodes.data.nodes[0].node_name === "node-7", nodes);

const refused = await api.POST("/api/v1/nodes/batch/{operation}", {
  params: operation,
  body: { cluster_name: "test", node_names, concurrency: 0 },
});
check(refused.error?.field === "concurrency", refused);
console.log(`TypeScript: ${seq} messages, node-7: ${nodes.data.nodes[0].error}; refused: ${refused.error.detail}`);
