/**
 * A client of Kube Node Progress: every message of a user's tasks, in order, once, over a WebSocket
 * or, where a proxy refuses WebSockets, over Server-Sent Events. No dependency, no build step; it
 * needs a browser, or any runtime with `WebSocket`, `fetch`, `EventTarget` and `CustomEvent`.
 *
 * ```js
 * import { ProgressClient } from './progress-client.js';
 *
 * const client = new ProgressClient({ token: () => sessionStorage.getItem('token') });
 * client.addEventListener('task', (event) => {
 *   const task = event.detail.task;
 *   console.log(task.task_id, task.current, task.total, task.status);
 *   if (task.ended) client.ack(task.task_id);
 * });
 * client.addEventListener('state', (event) => console.log(event.detail.state));
 * client.start();
 * ```
 *
 * @module progress-client
 */

/** What a client may say in one text frame, in bytes; more closes the socket with 1009. */
export const MAX_CLIENT_FRAME_BYTES = 4096;

/**
 * A line on which nothing came for so long is dead, in milliseconds: the server sends something
 * every 20 s, so two heartbeats are missing.
 */
export const SILENCE_MS = 45_000;

/** Why the server closed, where that decides what comes next. */
export const CloseCode = Object.freeze({
  /** The server, or its route, restarts: come back soon. */
  RESTART: 1012,
  /** Too slow, or too many sockets: come back later. */
  TRY_AGAIN: 1013,
  /** The token is missing, wrong or has expired: a new one is needed. */
  UNAUTHENTICATED: 4401,
  /** The role does not allow it: trying again changes nothing. */
  FORBIDDEN: 4403,
});

const SUBPROTOCOL = 'progress.v1';
const TERMINAL = new Set(['complete', 'error']);
const SOCKET_FAILURES_BEFORE_STREAM = 2;
const STREAM_FAILURES_BEFORE_SOCKET = 2;
const STABLE_MS = 5_000;
const OPEN_TIMEOUT_MS = 10_000;
const PAGE = 1_000;
const ATTEMPTS_TO_COMPLETE = 5;

/**
 * One frame of a task, as the server sends it.
 *
 * @typedef {object} Frame
 * @property {string} task_id
 * @property {'progress'|'complete'|'error'|'connected'} type
 * @property {string} action the operation
 * @property {string} cluster_name
 * @property {number} epoch how often the task has changed its owner
 * @property {number} seq 1, 2, 3 … within the task
 * @property {number} current nodes that have a final result
 * @property {number} total
 * @property {number} progress percent
 * @property {?string} current_node the node that the frame is about
 * @property {?('succeeded'|'failed'|'interrupted'|'running')} node_status
 * @property {?string} node_error
 * @property {number} success_count
 * @property {number} failed_count
 * @property {string} message one line for people
 * @property {string} [error] why the batch itself ended
 * @property {string} timestamp ISO 8601
 * @property {boolean} [snapshot] it replaces the state
 * @property {boolean} [durable] false: not in the database yet
 * @property {number} [skipped_from] the first seq that was skipped before this frame
 * @property {string[]} [success_nodes]
 * @property {{node_name: string, error: string}[]} [failed_nodes]
 * @property {boolean} [truncated] the lists were cut
 */

/** What is known of one task. Read it; only {@link TaskState#apply} changes it. */
export class TaskState {
  /** @param {string} taskId */
  constructor(taskId) {
    this.task_id = taskId;
    this.epoch = 0;
    this.seq = 0;
    /** The last seq that is in the database: what a resume names. */
    this.durableSeq = 0;
    this.action = null;
    this.cluster_name = null;
    this.user_id = null;
    this.current = 0;
    this.total = 0;
    this.success_count = 0;
    this.failed_count = 0;
    this.message = null;
    this.error = null;
    this.timestamp = null;
    /** The type of the last frame. */
    this.type = null;
    /** The server does not know the task any more. */
    this.gone = false;
    /** Seqs from here on were skipped, so that `nodes` is not whole; null when none were. */
    this.missingFrom = null;
    /** The lists of the last snapshot or end were cut, so that `nodes` is not whole. */
    this.cut = false;
    /** The final result of each node that is known: null where it succeeded, else why it failed. */
    this.nodes = new Map();
    /** Nodes being worked on, with what was last said of them. */
    this.running = new Map();
  }

  /** Whether nothing more will come. */
  get ended() {
    return TERMINAL.has(this.type);
  }

  /** `running`, `completed`, or `stopped` where the batch failed or was cancelled. */
  get status() {
    return this.type === 'complete' ? 'completed' : this.type === 'error' ? 'stopped' : 'running';
  }

  /** Whether `nodes` lacks what frames left out: see {@link ProgressClient#complete}. */
  get incomplete() {
    return this.cut || this.missingFrom !== null;
  }

  /** Whether a frame is newer than what was applied; a snapshot may be as new. */
  accepts(frame) {
    const newer = frame.epoch - this.epoch || frame.seq - this.seq;
    return frame.snapshot ? newer >= 0 : newer > 0;
  }

  /**
   * The whole algorithm of a client: a frame counts when its (epoch, seq) is higher than the last
   * one's; a snapshot counts when it is equal or higher, and replaces the state.
   *
   * @param {Frame} frame
   * @returns {boolean} whether it counted
   */
  apply(frame) {
    if (!this.accepts(frame)) {
      if (frame.epoch === this.epoch && frame.seq <= this.seq && frame.durable !== false) {
        // What was shown before it was in the database is there now.
        this.durableSeq = Math.max(this.durableSeq, frame.seq);
      }
      return false;
    }
    if (frame.snapshot) {
      this.nodes.clear();
      this.running.clear();
      this.missingFrom = null;
    }
    for (const name of ['epoch', 'seq', 'type', 'action', 'cluster_name', 'user_id', 'current',
      'total', 'success_count', 'failed_count', 'message', 'timestamp']) {
      this[name] = frame[name];
    }
    this.error = frame.error ?? null;
    if (frame.durable !== false) {
      this.durableSeq = frame.seq;
    }
    this.#results(frame);
    if (frame.skipped_from != null && !frame.success_nodes) {
      this.missingFrom = Math.min(this.missingFrom ?? frame.skipped_from, frame.skipped_from);
    }
    if (frame.success_nodes) {
      this.missingFrom = null;
      this.cut = Boolean(frame.truncated);
    }
    if (this.ended) {
      this.running.clear();
    }
    return true;
  }

  /**
   * Takes in the node results of older frames, such as those that `skipped_from` names, read from
   * `GET /api/v1/tasks/{task_id}/messages?since=`.
   *
   * @param {Frame[]} frames
   */
  fill(frames) {
    for (const frame of frames) {
      if (frame.node_status === 'succeeded' || frame.node_status === 'failed') {
        this.#node(frame);
      }
    }
  }

  /**
   * Takes in what `GET /api/v1/tasks/{task_id}/nodes` says.
   *
   * @param {{node_name: string, status: string, message: ?string, error: ?string}[]} nodes
   */
  fillNodes(nodes) {
    for (const { node_name: node, status, message, error } of nodes) {
      if (status === 'succeeded' || status === 'failed') {
        this.running.delete(node);
        this.nodes.set(node, status === 'failed' ? error ?? '' : null);
      } else if (status === 'running' && !this.ended && !this.nodes.has(node)) {
        this.running.set(node, message);
      }
    }
  }

  #results(frame) {
    for (const node of frame.success_nodes ?? []) {
      this.nodes.set(node, null);
    }
    for (const { node_name: node, error } of frame.failed_nodes ?? []) {
      this.nodes.set(node, error ?? '');
    }
    if (frame.current_node != null) {
      this.#node(frame);
    }
  }

  #node(frame) {
    const node = frame.current_node;
    if (frame.node_status === 'running') {
      if (!this.nodes.has(node)) {
        this.running.set(node, frame.message);
      }
      return;
    }
    this.running.delete(node);
    if (frame.node_status === 'succeeded' || frame.node_status === 'failed') {
      this.nodes.set(node, frame.node_status === 'failed' ? frame.node_error ?? '' : null);
    }
  }
}

/**
 * Full jitter: anything between nothing and a bound that doubles with each attempt. A thousand
 * clients of a lost replica then do not come back in the same moment.
 *
 * @param {number} attempt 0, 1, 2 …
 * @param {number} [base] the bound of the first attempt, in milliseconds
 * @param {number} [cap] the highest bound, in milliseconds
 * @param {() => number} [random] 0 to 1
 */
export function backOff(attempt, base = 500, cap = 30_000, random = Math.random) {
  return Math.round(random() * Math.min(cap, base * 2 ** Math.min(attempt, 20)));
}

/**
 * The frames of a resume: as few as hold all tasks, none over 4 KiB, all but the last with
 * `"more": true`.
 *
 * @param {Iterable<[string, number]>} tasks each task's id and last durable seq
 * @returns {string[]} at least one frame
 */
export function resumeFrames(tasks) {
  const groups = [[]];
  const frameOf = (entries) =>
    `{"type":"resume","more":true,"tasks":{${entries.join(',')}}}`;
  for (const [taskId, seq] of tasks) {
    const entry = `${JSON.stringify(taskId)}:${seq}`;
    const group = groups[groups.length - 1];
    const bytes = new TextEncoder().encode(frameOf([...group, entry])).length;
    if (group.length > 0 && bytes > MAX_CLIENT_FRAME_BYTES) {
      groups.push([entry]);
    } else {
      group.push(entry);
    }
  }
  return groups.map((entries, i) =>
    i < groups.length - 1 ? frameOf(entries) : `{"type":"resume","tasks":{${entries.join(',')}}}`);
}

/**
 * Reads an event stream.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {(event: {id: ?string, data: string}) => void} onEvent
 * @param {() => void} [onBytes] called for anything that arrives, comments included
 */
export async function readEvents(body, onEvent, onBytes = () => {}) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let id = null;
  let data = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    onBytes();
    const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) {
          onEvent({ id, data: data.join('\n') });
        }
        data = [];
      } else if (line.startsWith('data:')) {
        data.push(line.slice(line[5] === ' ' ? 6 : 5));
      } else if (line.startsWith('id:')) {
        id = line.slice(line[3] === ' ' ? 4 : 3);
      }
    }
  }
}

/**
 * Connects, resumes, acknowledges and comes back.
 *
 * Events (all `CustomEvent`):
 * - `state`, detail `{state, transport, code, reason, retryInMs, silentSince}`: see
 *   {@link ProgressClient#state}; `silentSince` (milliseconds since 1970) where nothing came since;
 * - `connected`, detail `{frame, handshakeMs, receivedAt}`: a replica greeted us;
 * - `task`, detail `{task, frame, receivedAt}`: a frame counted, `task` is the {@link TaskState}
 *   after it;
 * - `nodes`, detail `{task}`: what frames had left out of `task.nodes` was read;
 * - `gone`, detail `{task_id}`: the server does not know this task.
 */
export class ProgressClient extends EventTarget {
  #options;
  #state = 'stopped';
  #transport = null;
  #attempt = 0;
  #socketFailures = 0;
  #streamFailures = 0;
  #socket = null;
  #abort = null;
  #timers = new Map();
  #lastEventId = null;
  #running = false;
  #heardAt = 0;
  #silentSince = null;
  #completing = new Set();

  /**
   * @param {object} options
   * @param {() => string} options.token gives the JWT; asked before each connection
   * @param {string} [options.base] where the API is; default: this page's origin
   * @param {'own'|'all'} [options.scope] whose tasks; default: the server's for the role
   * @param {boolean} [options.conflate] false: be closed rather than skip a message
   * @param {'auto'|'websocket'|'sse'} [options.transport] default: `auto`
   * @param {string[]} [options.tasks] only these
   * @param {string} [options.cluster] only tasks of this one
   * @param {'failed'} [options.only] only failed nodes and ends
   * @param {number} [options.forgetAfter] so many ended tasks are remembered; default 200
   * @param {number} [options.silenceAfter] milliseconds of silence after which the line is dead;
   *   default {@link SILENCE_MS}
   */
  constructor(options) {
    super();
    this.#options = {
      base: globalThis.location?.origin, transport: 'auto', forgetAfter: 200, silenceAfter: SILENCE_MS, ...options,
    };
    /** @type {Map<string, TaskState>} */
    this.tasks = new Map();
    this.replica = null;
    this.online = () => this.retry();
  }

  /**
   * `connecting`, `open`, `waiting` (for the next attempt), `unauthenticated` (a new token is
   * needed; call {@link ProgressClient#start} again), `forbidden`, or `stopped`.
   */
  get state() {
    return this.#state;
  }

  /** Connects, and stays connected until {@link ProgressClient#stop}. */
  start() {
    if (this.#running) {
      return;
    }
    this.#running = true;
    this.#attempt = 0;
    globalThis.addEventListener?.('online', this.online);
    this.#connect();
  }

  /** Connects now where it waits for its next attempt. */
  retry() {
    if (this.#running && this.#state === 'waiting') {
      this.#connect();
    }
  }

  /** Disconnects. What is known of tasks stays, so that a later start resumes. */
  stop() {
    this.#end('stopped');
  }

  /**
   * Tells the server that the end of a task was seen, so that it is not sent to new sockets.
   * Without a connection nothing happens: the end comes again, and so does the chance.
   *
   * @param {string} taskId an ended task
   */
  ack(taskId) {
    const task = this.tasks.get(taskId);
    if (!task?.ended || task.durableSeq < task.seq) {
      return;
    }
    if (this.#socket?.readyState === 1) {
      this.#socket.send(JSON.stringify({ type: 'ack', task_id: taskId, seq: task.seq }));
    } else if (this.#state === 'open') {
      fetch(`${this.#options.base}/api/v1/tasks/${encodeURIComponent(taskId)}/ack`, {
        method: 'POST', headers: this.#authorization(),
      }).catch(() => {});
    }
  }

  /** Asks for a snapshot of tasks that the server would not send by itself. */
  ask(taskIds) {
    if (this.#socket?.readyState === 1) {
      for (const frame of resumeFrames(taskIds.map((id) => [id, 0]))) {
        this.#socket.send(frame);
      }
    }
  }

  /** Shows the server what `token` now gives, before the old one expires. */
  renew() {
    if (this.#socket?.readyState === 1) {
      this.#socket.send(JSON.stringify({ type: 'token', token: this.#options.token() }));
    } else if (this.#running && this.#transport === 'sse') {
      // A stream says nothing: it is opened again where it was.
      this.#abort?.abort();
    }
  }

  /**
   * Reads what frames left out of a task's nodes: lists that were cut, and messages that were
   * skipped. Done by itself for each task that a frame tells of; a `nodes` event follows.
   *
   * @param {TaskState} task
   */
  async complete(task) {
    // By the state, not by its id: of one task there may be a second, of which we do not know.
    if (this.#completing.has(task)) {
      return;
    }
    this.#completing.add(task);
    try {
      for (let attempt = 0; task.incomplete && attempt < ATTEMPTS_TO_COMPLETE;) {
        try {
          await (task.cut ? this.#readNodes(task) : this.#readMessages(task));
          this.#emit('nodes', { task });
        } catch {
          attempt++;
          await new Promise((resolve) => { setTimeout(resolve, backOff(attempt)); });
        }
      }
    } finally {
      this.#completing.delete(task);
    }
  }

  async #readNodes(task) {
    task.cut = false;
    task.missingFrom = null;
    try {
      let after = null;
      do {
        const page = await this.#page(task, `nodes?limit=${PAGE}${after === null ? '' : `&after=${after}`}`);
        task.fillNodes(page.nodes);
        after = page.next ?? null;
      } while (after !== null);
    } catch (error) {
      task.cut = true;
      throw error;
    }
  }

  async #readMessages(task) {
    let since = task.missingFrom - 1;
    task.missingFrom = null;
    try {
      let more = true;
      while (more) {
        const page = await this.#page(task, `messages?since=${since}&limit=${PAGE}`);
        task.fill(page.messages);
        since = page.messages.at(-1)?.seq ?? since;
        more = page.more;
      }
      if (task.missingFrom !== null && task.missingFrom <= since) {
        // Skipped meanwhile, and read.
        task.missingFrom = null;
      }
    } catch (error) {
      task.missingFrom = Math.min(task.missingFrom ?? since + 1, since + 1);
      throw error;
    }
  }

  async #page(task, rest) {
    const url = `${this.#options.base}/api/v1/tasks/${encodeURIComponent(task.task_id)}/${rest}`;
    const response = await fetch(url, { headers: this.#authorization(), cache: 'no-store' });
    if (!response.ok) {
      throw new Error(`status ${response.status}`);
    }
    return response.json();
  }

  #connect() {
    this.#clearTimers();
    const { transport } = this.#options;
    const stream = transport === 'sse'
      || (transport === 'auto' && this.#socketFailures >= SOCKET_FAILURES_BEFORE_STREAM);
    this.#transport = stream ? 'sse' : 'websocket';
    this.#become('connecting');
    if (stream) {
      this.#openStream();
    } else {
      this.#openSocket();
    }
  }

  #url(path, params) {
    const url = new URL(`/api/v1/progress/${path}`, this.#options.base);
    const { scope, conflate, cluster, only, tasks = [] } = this.#options;
    const all = { heartbeat: '1', scope, conflate: conflate === false ? '0' : null, cluster, only, ...params };
    for (const [name, value] of Object.entries(all)) {
      if (value != null) {
        url.searchParams.set(name, value);
      }
    }
    tasks.forEach((taskId) => url.searchParams.append('task', taskId));
    return url;
  }

  /** From now on silence means that the line is dead. */
  #listen(drop) {
    const { silenceAfter } = this.#options;
    this.#heardAt = Date.now();
    const look = () => {
      const left = silenceAfter - (Date.now() - this.#heardAt);
      if (left <= 0) {
        this.#silentSince = this.#heardAt;
        drop();
      } else {
        this.#after('silence', Math.min(left, silenceAfter), look);
      }
    };
    this.#after('silence', silenceAfter, look);
  }

  #authorization() {
    return { Authorization: `Bearer ${this.#options.token()}` };
  }

  #openSocket() {
    const known = this.#resumable();
    const url = this.#url('ws', known.length > 0 ? { resume: '1' } : {});
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const began = performance.now();
    let socket;
    try {
      socket = new WebSocket(url, [SUBPROTOCOL, `bearer.${this.#options.token()}`]);
    } catch (error) {
      // A token that is no token at all cannot stand in a header.
      this.#end('unauthenticated', { reason: error.message });
      return;
    }
    this.#socket = socket;
    let greeted = false;
    this.#after('open', OPEN_TIMEOUT_MS, () => socket.close());
    socket.onmessage = (event) => {
      if (socket !== this.#socket) {
        return;
      }
      this.#heardAt = Date.now();
      const frame = JSON.parse(event.data);
      if (frame.type === 'connected') {
        greeted = true;
        this.#socketFailures = 0;
        if (known.length > 0) {
          resumeFrames(known).forEach((text) => socket.send(text));
        }
        this.#listen(() => {
          // It would wait for an answer to its close, which does not come either.
          this.#socket = null;
          socket.close();
          this.#closed(1006, '');
        });
      }
      this.#receive(frame, performance.now() - began);
    };
    socket.onclose = (event) => {
      if (socket !== this.#socket) {
        return;
      }
      this.#socket = null;
      if (!greeted && event.code === 1006) {
        this.#socketFailures++;
      }
      this.#closed(event.code, event.reason);
    };
  }

  async #openStream() {
    const abort = new AbortController();
    this.#abort = abort;
    const began = performance.now();
    try {
      this.#listen(() => abort.abort());
      const response = await fetch(this.#url('stream'), {
        headers: {
          ...this.#authorization(),
          Accept: 'text/event-stream',
          ...(this.#lastEventId == null ? {} : { 'Last-Event-ID': this.#lastEventId }),
        },
        cache: 'no-store',
        signal: abort.signal,
      });
      if (response.status === 401 || response.status === 403) {
        this.#abort = null;
        this.#closed(response.status === 401 ? CloseCode.UNAUTHENTICATED : CloseCode.FORBIDDEN, '');
        return;
      }
      if (!response.ok) {
        throw new Error(`status ${response.status}`);
      }
      await readEvents(response.body, ({ id, data }) => {
        this.#lastEventId = id ?? this.#lastEventId;
        this.#streamFailures = 0;
        this.#receive(JSON.parse(data), performance.now() - began);
      }, () => { this.#heardAt = Date.now(); });
    } catch (error) {
      this.#streamFailures++;
    }
    if (abort === this.#abort) {
      this.#abort = null;
      if (this.#streamFailures >= STREAM_FAILURES_BEFORE_SOCKET) {
        this.#socketFailures = 0;
        this.#streamFailures = 0;
      }
      this.#closed(1006, '');
    }
  }

  #receive(frame, handshakeMs) {
    const receivedAt = Date.now();
    if (frame.type === 'connected') {
      this.replica = frame.replica;
      this.#clearTimer('open');
      this.#after('stable', STABLE_MS, () => { this.#attempt = 0; });
      this.#silentSince = null;
      this.#become('open');
      this.#emit('connected', { frame, handshakeMs, receivedAt });
      return;
    }
    if (frame.gone) {
      const known = this.tasks.get(frame.task_id);
      if (known) {
        known.gone = true;
        this.tasks.delete(frame.task_id);
      }
      this.#emit('gone', { task_id: frame.task_id });
      return;
    }
    if (!frame.task_id) {
      return;
    }
    let task = this.tasks.get(frame.task_id);
    if (!task) {
      task = new TaskState(frame.task_id);
      this.tasks.set(frame.task_id, task);
    }
    if (task.apply(frame)) {
      this.#emit('task', { task, frame, receivedAt });
      if (task.ended) {
        this.#forgetOld();
      }
      // What was not asked for is not missing.
      if (task.incomplete && (task.cut || !this.#options.only)) {
        this.complete(task);
      }
    }
  }

  /** Tasks that may still have something to say, and what we have of them. */
  #resumable() {
    return [...this.tasks.values()]
      .filter((task) => !task.ended || task.durableSeq < task.seq)
      .map((task) => [task.task_id, task.durableSeq]);
  }

  #forgetOld() {
    let ended = [...this.tasks.values()].filter((task) => task.ended).length;
    for (const [id, task] of this.tasks) {
      if (ended <= this.#options.forgetAfter) {
        return;
      }
      if (task.ended) {
        this.tasks.delete(id);
        ended--;
      }
    }
  }

  #closed(code, reason) {
    this.#clearTimers();
    if (!this.#running) {
      return;
    }
    if (code === CloseCode.UNAUTHENTICATED || code === CloseCode.FORBIDDEN) {
      this.#end(code === CloseCode.FORBIDDEN ? 'forbidden' : 'unauthenticated', { code, reason });
      return;
    }
    // Too slow or too many: the first bound is higher, or we would be among the too many again.
    const base = code === CloseCode.TRY_AGAIN ? 2_000 : 500;
    const retryInMs = backOff(this.#attempt++, base);
    this.#become('waiting', { code, reason, retryInMs });
    this.#after('retry', retryInMs, () => this.#connect());
  }

  #end(state, detail) {
    this.#running = false;
    globalThis.removeEventListener?.('online', this.online);
    this.#clearTimers();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    const abort = this.#abort;
    this.#abort = null;
    abort?.abort();
    this.#become(state, detail);
  }

  #become(state, detail = {}) {
    this.#state = state;
    const silence = this.#silentSince === null ? {} : { silentSince: this.#silentSince };
    this.#emit('state', { state, transport: this.#transport, ...silence, ...detail });
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #after(name, ms, action) {
    this.#clearTimer(name);
    this.#timers.set(name, setTimeout(action, ms));
  }

  #clearTimer(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #clearTimers() {
    [...this.#timers.keys()].forEach((name) => this.#clearTimer(name));
  }
}
