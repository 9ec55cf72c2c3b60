const PAGE = 1_000;
const FINAL = ['succeeded', 'failed'];

/**
 * The nodes of one task in the order of the request, each with its state, what was told of it last and when: read from
 * `/tasks/{task_id}/nodes`, and kept up to date by frames. Emits `reset` when the list as a whole is another one, and
 * `turn` with a row as `detail` when one node changed.
 */
export class TaskNodes extends EventTarget {
  #api;
  #byName = new Map();
  #turn = 0;
  #taskId = null;

  /** The rows, as the API names their fields. */
  rows = [];

  /** Whether `rows` has every node in its place. */
  whole = false;

  constructor(api) {
    super();
    this.#api = api;
  }

  /**
   * Another task.
   *
   * @param {?string} taskId
   * @param {?string[]} names its nodes in their order, where they are known
   */
  begin(taskId, names = null) {
    this.#turn++;
    this.#taskId = taskId;
    this.#put((names ?? []).map((name, i) => waiting(name, i + 1)), names !== null);
  }

  row(name) {
    return this.#byName.get(name) ?? null;
  }

  /**
   * Reads what the rows say now; what frames told meanwhile is newer and stays.
   *
   * @returns {Promise<boolean>} false when another reading or another task came in between
   */
  async load() {
    const turn = ++this.#turn;
    const read = [];
    let after = null;
    do {
      const page = await this.#api.get(`/tasks/${encodeURIComponent(this.#taskId)}/nodes?limit=${PAGE}${after === null ? '' : `&after=${after}`}`);
      if (turn !== this.#turn) {
        return false;
      }
      read.push(...page.nodes);
      after = page.next ?? null;
      if (after !== null && this.rows.length < read.length) {
        this.#put(read.map((row) => this.#newer(row)), false);
      }
    } while (after !== null);
    this.#put(read.map((row) => this.#newer(row)), true);
    return true;
  }

  #newer(row) {
    const live = this.#byName.get(row.node_name);
    return live?.updated_at && live.updated_at > (row.updated_at ?? '')
      ? { ...row, ...live, position: row.position, started_at: row.started_at ?? live.started_at } : row;
  }

  #put(rows, whole) {
    this.rows = rows;
    this.whole = whole;
    this.#byName = new Map(rows.map((row) => [row.node_name, row]));
    this.dispatchEvent(new Event('reset'));
  }

  /** A frame told of a node. */
  take({ current_node: name, node_status: status, message, node_error: error, timestamp }) {
    const row = this.#row(name);
    if (status === 'running' && FINAL.includes(row.status)) {
      return;
    }
    if (status === 'running') {
      row.started_at ??= timestamp;
    }
    if (waitingPod(message) !== waitingPod(row.message)) {
      row.waitsSince = timestamp;
    }
    Object.assign(row, { status, message, error: error ?? null, updated_at: timestamp, ended_at: status === 'running' ? null : timestamp });
    this.#turned(row);
  }

  /** What a snapshot or an end lists: results without a time. */
  takeState(task) {
    const set = (name, status, more) => {
      const row = this.#row(name);
      if (row.status !== status && !(status === 'running' && FINAL.includes(row.status))) {
        Object.assign(row, { status, ...more });
        this.#turned(row);
      }
    };
    task.nodes.forEach((error, name) => set(name, error === null ? 'succeeded' : 'failed', { error }));
    task.running.forEach((message, name) => set(name, 'running', { message }));
  }

  /** The task has ended: what had begun and has no result was interrupted. */
  settle() {
    for (const row of this.rows) {
      if (row.status === 'running') {
        row.status = 'interrupted';
        this.#turned(row);
      }
    }
  }

  #row(name) {
    let row = this.#byName.get(name);
    if (!row) {
      row = waiting(name, null);
      this.rows.push(row);
      this.#byName.set(name, row);
    }
    return row;
  }

  #turned(row) {
    this.dispatchEvent(new CustomEvent('turn', { detail: row }));
  }
}

function waiting(name, position) {
  return {
    position, node_name: name, status: 'waiting', message: null, error: null,
    started_at: null, ended_at: null, updated_at: null, attempts: null, change: null,
  };
}

/** The pod that a drain waits for, by its message; null for none. */
export function waitingPod(message) {
  return /(?:^|[;:] )(\S+) waits: /.exec(message ?? '')?.[1] ?? null;
}
