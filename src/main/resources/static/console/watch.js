import { TaskState } from '../progress-client.js';
import { FAILED, Field, PENDING, RUNNING, SUCCEEDED } from './field.js';
import { Latency } from './latency.js';
import { number, operationName, t } from './i18n.js';
import { PodPlan } from './pod-plan.js';

const $ = (id) => document.getElementById(id);
const NAMES_KEPT = 8;
const NAMES_SHOWN = 40;
const RATE_WINDOW_MS = 8_000;

let field = null;
let latency = null;
let pointed = null;

/** The task on the screen, as it happens. */
export class Watch {
  #api;
  #session;
  #announce;
  #stateOf;
  #complete;
  #onSeen;
  #onStarted;
  #stop = new AbortController();
  #task = null;
  #row = null;
  #queued = false;
  #rebuild = false;
  #samples = [];
  #quarter = 0;
  #finalStatus = null;
  #cancelling = false;
  #ticker = null;
  #failuresDrawn = '';
  #pods;

  /** The watched task's id, or null. */
  taskId = null;

  constructor({ api, session, announce, stateOf, complete, onSeen, onStarted }) {
    this.#api = api;
    this.#session = session;
    this.#announce = announce;
    this.#stateOf = stateOf;
    this.#complete = complete;
    this.#onSeen = onSeen;
    this.#onStarted = onStarted;
    field ??= new Field($('field'), (cell) => showTip(cell));
    latency ??= new Latency($('latency'), showLatency);
    const { signal } = this.#stop;
    $('approve').addEventListener('click', () => this.#change($('approve'), 'approve'), { signal });
    $('pause').addEventListener('click', () => this.#change($('pause'), this.#row?.paused_at ? 'resume' : 'pause'), { signal });
    this.#pods = new PodPlan(api, signal);
    $('cancel').addEventListener('click', () => this.#cancel(), { signal });
    $('retry').addEventListener('click', () => this.#retry(), { signal });
    $('copy-failed').addEventListener('click', () => this.#copy(), { signal });
    document.addEventListener('visibilitychange', () => this.#queue(), { signal });
    this.#ticker = setInterval(() => this.#task && !this.#task.ended && this.#queue(), 1000);
    this.#queue();
  }

  end() {
    this.#stop.abort();
    clearInterval(this.#ticker);
    this.taskId = null;
    this.#task = null;
    this.#queue();
  }

  retranslate() {
    this.#pods.retranslate();
    this.#failuresDrawn = '';
    this.#queue();
  }

  /** Keeps the nodes of a task, in their order, over reloads of this tab. */
  remember(taskId, names) {
    if (!names) {
      return;
    }
    try {
      const kept = JSON.parse(sessionStorage.getItem('names') ?? '[]').filter(([id]) => id !== taskId);
      kept.push([taskId, names]);
      sessionStorage.setItem('names', JSON.stringify(kept.slice(-NAMES_KEPT)));
    } catch {
      // No room: cells are then taken in the order in which nodes end.
    }
  }

  /**
   * Shows a task.
   *
   * @param {string} taskId
   * @param {?object} row what the list knows of it
   * @param {boolean} focus whether to go there
   */
  async show(taskId, row, focus) {
    this.taskId = taskId;
    this.#row = row;
    this.#finalStatus = row?.completed_at ? row.status : null;
    this.#cancelling = false;
    this.#samples = [];
    this.#task = this.#stateOf(taskId);
    this.#quarter = this.#task ? Math.floor(percentOf(this.#task) / 25) : 0;
    this.#failuresDrawn = '';
    this.#rebuild = true;
    this.#queue();
    if (focus) {
      $('watch-title').focus({ preventScroll: true });
      if ($('watch').getBoundingClientRect().top > innerHeight / 2) {
        $('watch').scrollIntoView({ block: 'start' });
      }
    }
    if (!this.#task || this.#task.incomplete) {
      await this.#load(taskId);
    }
  }

  /** A frame of any task counted. */
  update({ task, frame, receivedAt }) {
    if (!frame.snapshot && frame.skipped_from == null) {
      latency.add(frame.timestamp, receivedAt);
    }
    if (task.task_id !== this.taskId) {
      return;
    }
    if (task !== this.#task) {
      this.#task = task;
      this.#rebuild = true;
    }
    if (frame.snapshot || frame.success_nodes) {
      this.#rebuild = this.#rebuild || field.size !== task.total;
      this.#turnAll(!frame.snapshot);
    } else if (frame.current_node != null && !this.#rebuild) {
      field.turn(frame.current_node, stateOfNode(task, frame.current_node));
    }
    if (frame.current_node == null && !task.ended) {
      // Of the task as a whole: it may have been paused, or goes on.
      this.#load(task.task_id);
    }
    if (!frame.snapshot) {
      this.#samples.push([performance.now(), task.current]);
    }
    if (task.ended) {
      field.settle();
      this.#load(task.task_id);
    }
    this.#queue();
  }

  greeted({ frame, handshakeMs, receivedAt }) {
    latency.greeted(frame.timestamp, receivedAt, handshakeMs);
  }

  gone(taskId) {
    if (taskId === this.taskId && !this.#task?.ended) {
      this.#announce(t('gone'));
      this.#load(taskId);
    }
  }

  /** Reads a task that no message told of, and what messages cannot tell: how it ended. */
  async #load(taskId) {
    let row;
    try {
      row = await this.#api.get(`/tasks/${encodeURIComponent(taskId)}`);
    } catch (error) {
      if (taskId === this.taskId && !this.#task) {
        $('watch-empty').textContent = error.status === 404 ? t('gone') : error.message;
      }
      return;
    }
    if (taskId !== this.taskId) {
      return;
    }
    this.#row = row;
    this.#finalStatus = row.completed_at ? row.status : null;
    const live = this.#stateOf(taskId);
    const task = live ?? new TaskState(taskId);
    task.apply({
      ...row,
      snapshot: true,
      type: row.completed_at === null ? 'progress' : row.status === 'completed' ? 'complete' : 'error',
      message: row.message ?? task.message,
      timestamp: row.updated_at,
    });
    if (task.ended) {
      task.running.clear();
    }
    this.#task = task;
    this.#rebuild = true;
    this.#queue();
    if (task.incomplete) {
      this.#complete(task);
    }
  }

  /** What frames had left out of a task's nodes was read. */
  completed(task) {
    if (task === this.#task) {
      this.#turnAll(false);
      this.#failuresDrawn = '';
      this.#queue();
    }
  }

  #turnAll(glow) {
    const task = this.#task;
    task.nodes.forEach((error, name) => field.turn(name, error === null ? SUCCEEDED : FAILED, glow));
    task.running.forEach((_, name) => field.turn(name, RUNNING, glow));
  }

  #queue() {
    if (!this.#queued) {
      this.#queued = true;
      requestAnimationFrame(() => {
        this.#queued = false;
        this.#draw();
      });
    }
  }

  #draw() {
    const task = this.#task;
    const shown = task ?? this.#row;
    $('watch-body').hidden = !shown;
    $('watch-empty').hidden = Boolean(shown);
    if (!shown) {
      $('watch-title').textContent = t('progress');
      $('watch-sub').textContent = '';
      $('watch-empty').textContent = t('watchEmpty');
      $('approve').hidden = true;
      $('pause').hidden = true;
      $('cancel').hidden = true;
      $('retry').hidden = true;
      return;
    }
    if (this.#rebuild && task) {
      this.#rebuild = false;
      const names = JSON.parse(sessionStorage.getItem('names') ?? '[]').find(([id]) => id === this.taskId)?.[1];
      field.reset(task.total, names ?? null);
      this.#turnAll(false);
    }
    this.#head(shown);
    this.#figures(shown);
    this.#failures(task);
    this.#pods.offer(this.taskId, shown.action, this.#ended());
    if (task) {
      this.#tell(task);
      if (task.ended && !document.hidden) {
        this.#onSeen(task.task_id);
      }
    }
  }

  #head(shown) {
    const op = operationName(shown.action);
    $('watch-title').textContent = `${op} · ${shown.cluster_name}`;
    const status = this.#status();
    const chip = document.createElement('span');
    chip.className = `state state-${status}`;
    chip.textContent = t(`st${status}`);
    $('watch-title').append(' ', chip);
    const row = this.#row;
    const parts = [this.taskId];
    if (row?.retry_of) {
      parts.push(t('retryOf', { id: shortId(row.retry_of) }));
    }
    if (this.#session.scope === 'all' && shown.user_id !== undefined && shown.user_id !== null) {
      parts.push(t('ofUser', { id: shown.user_id }));
    }
    $('watch-sub').textContent = parts.join('  ·  ');
    const ended = this.#ended();
    const { mayStart } = this.#session;
    $('approve').hidden = this.#status() !== 'approval' || !mayStart;
    $('pause').hidden = ended || !mayStart;
    $('pause').textContent = t(row?.paused_at ? 'resume' : 'pause');
    $('cancel').hidden = ended || !mayStart;
    $('cancel').disabled = this.#cancelling;
    $('cancel').textContent = t(this.#cancelling ? 'cancelling' : 'cancel');
    const rest = shown.total - shown.success_count;
    $('retry').hidden = !ended || !mayStart || rest <= 0 || shown.success_count === undefined;
    $('retry').textContent = t(rest === 1 ? 'retryFailed1' : 'retryFailed', { n: number(rest) });
  }

  #ended() {
    return Boolean(this.#task?.ended || this.#finalStatus);
  }

  #status() {
    const task = this.#task;
    if (this.#finalStatus) {
      return this.#finalStatus === 'completed' && task?.failed_count > 0 ? 'partly' : this.#finalStatus;
    }
    if (task?.ended) {
      return task.status === 'completed' && task.failed_count > 0 ? 'partly' : task.status;
    }
    if (this.#row?.paused_at) {
      return 'paused';
    }
    if (this.#row?.needs_approval && !this.#row.approved_by) {
      return 'approval';
    }
    return this.#row?.status === 'pending' && !(task?.current > 0) ? 'pending' : 'running';
  }

  #figures(shown) {
    const { current = 0, total, success_count: ok = 0, failed_count: bad = 0 } = shown;
    const percent = percentOf({ current, total });
    $('percent').textContent = percent === 100 || percent === 0 ? percent : percent.toFixed(percent < 10 ? 1 : 0);
    $('done').textContent = `${number(current)} / ${number(total)}`;
    $('succeeded').textContent = number(ok);
    $('failed').textContent = number(bad);
    $('failed').parentElement.classList.toggle('some', bad > 0);
    $('meter').setAttribute('aria-valuenow', Math.floor(percent));
    $('meter').setAttribute('aria-valuetext', `${number(current)} / ${number(total)}`);
    $('meter-ok').style.width = `${(100 * ok) / Math.max(1, total)}%`;
    $('meter-bad').style.width = `${(100 * bad) / Math.max(1, total)}%`;
    $('meter').classList.toggle('ended', this.#ended());
    const ended = this.#ended();
    const rate = ended ? this.#wholeRate() : this.#rate();
    $('rate').textContent = rate > 0 ? t('perSecond', { n: rate < 10 ? rate.toFixed(1) : number(Math.round(rate)) }) : '–';
    $('left-name').textContent = t(ended ? 'took' : 'left');
    $('left').textContent = ended ? duration(this.#took()) : rate > 0 ? `~ ${duration((total - current) / rate)}` : '–';
    $('message').textContent = [
      shown.error ?? (ended ? shown.message : lastWord(this.#task)) ?? '',
      this.#row?.durable === false && !this.#task?.durableSeq ? t('notDurable') : '',
    ].filter(Boolean).join(' ');
    $('message').classList.toggle('bad-text', Boolean(shown.error));
    $('field').setAttribute('aria-label', t('fieldLabel',
      { total: number(total), ok: number(ok), bad: number(bad), rest: number(total - current) }));
  }

  /** Nodes a second over the last seconds. */
  #rate() {
    const now = performance.now();
    while (this.#samples.length > 2 && now - this.#samples[0][0] > RATE_WINDOW_MS) {
      this.#samples.shift();
    }
    if (this.#samples.length < 2) {
      return 0;
    }
    const [from, done] = this.#samples[0];
    const last = this.#samples[this.#samples.length - 1];
    return ((last[1] - done) * 1000) / Math.max(1, now - from);
  }

  #took() {
    const row = this.#row;
    // The beginning is by a replica's clock, the end by the database's.
    return row?.completed_at ? Math.max(0, Date.parse(row.completed_at) - Date.parse(row.created_at)) / 1000 : NaN;
  }

  #wholeRate() {
    const took = this.#took();
    return took > 0 ? (this.#task?.current ?? 0) / took : 0;
  }

  #failures(task) {
    const count = task?.failed_count ?? 0;
    $('failures').hidden = count === 0;
    const key = `${this.taskId} ${task?.nodes.size} ${count}`;
    if (!task || count === 0 || key === this.#failuresDrawn) {
      return;
    }
    this.#failuresDrawn = key;
    const groups = new Map();
    task.nodes.forEach((error, name) => {
      if (error !== null) {
        groups.set(error, [...(groups.get(error) ?? []), name]);
      }
    });
    $('failures-title').textContent = t('failuresTitle', { n: number(count) });
    $('failure-groups').replaceChildren(...[...groups].sort((a, b) => b[1].length - a[1].length).slice(0, 50).map(([error, names]) => {
      const group = document.createElement('div');
      group.className = 'failure';
      const why = document.createElement('p');
      why.textContent = error;
      const who = document.createElement('p');
      who.className = 'mono failure-nodes';
      const more = names.length - NAMES_SHOWN;
      who.textContent = names.slice(0, NAMES_SHOWN).join('  ') + (more > 0 ? `  ${t('moreNames', { n: number(more) })}` : '');
      group.append(who, why);
      return group;
    }));
  }

  /** Says little: each quarter, and the end. */
  #tell(task) {
    const quarter = Math.floor(percentOf(task) / 25);
    if (task.ended) {
      if (this.#quarter < 5 && this.#samples.length > 0) {
        this.#announce(t('announceEnd', {
          op: operationName(task.action), status: t(`st${this.#status()}`),
          ok: number(task.success_count), bad: number(task.failed_count),
        }));
      }
      this.#quarter = 5;
    } else if (quarter > this.#quarter) {
      this.#quarter = quarter;
      this.#announce(t('announceAt', { p: quarter * 25, bad: number(task.failed_count) }));
    }
  }

  async #change(button, what) {
    const taskId = this.taskId;
    button.disabled = true;
    try {
      await this.#api.post(`/tasks/${encodeURIComponent(taskId)}/${what}`);
    } catch (error) {
      this.#announce(error.message);
    } finally {
      button.disabled = false;
      this.#load(taskId);
    }
  }

  async #cancel() {
    this.#cancelling = true;
    this.#queue();
    try {
      await this.#api.post(`/tasks/${encodeURIComponent(this.taskId)}/cancel`);
    } catch (error) {
      this.#cancelling = false;
      if (error.status === 409) {
        this.#load(this.taskId);
      } else {
        this.#announce(error.message);
        $('message').textContent = error.message;
      }
    }
  }

  async #retry() {
    $('retry').disabled = true;
    try {
      const task = await this.#api.post(`/tasks/${encodeURIComponent(this.taskId)}/retry`);
      const before = JSON.parse(sessionStorage.getItem('names') ?? '[]').find(([id]) => id === this.taskId)?.[1];
      const names = before?.filter((name) => this.#task?.nodes.get(name) !== null) ?? null;
      this.#onStarted(task, names?.length === task.total ? names : null);
    } catch (error) {
      this.#announce(error.message);
      $('message').textContent = error.message;
    } finally {
      $('retry').disabled = false;
    }
  }

  async #copy() {
    const names = [...this.#task.nodes].filter(([, error]) => error !== null).map(([name]) => name);
    try {
      await navigator.clipboard.writeText(names.join('\n'));
      this.#announce(t('copied'));
      $('copy-failed').textContent = t('copied');
      setTimeout(() => { $('copy-failed').textContent = t('copyNames'); }, 1500);
    } catch (error) {
      this.#announce(error.message);
    }
  }
}

function stateOfNode(task, name) {
  const error = task.nodes.get(name);
  return error === undefined ? (task.running.has(name) ? RUNNING : PENDING) : error === null ? SUCCEEDED : FAILED;
}

function percentOf({ current, total }) {
  return total === 0 ? 100 : Math.floor((1000 * current) / total) / 10;
}

/** The first and last part of a task's id: the first alone is its time. */
export function shortId(id) {
  return `${id.slice(0, 8)}…${id.slice(-4)}`;
}

function lastWord(task) {
  return (task?.running.size > 0 ? [...task.running.values()].pop() : null) ?? task?.message;
}

function duration(seconds) {
  if (!Number.isFinite(seconds)) {
    return '–';
  }
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = whole % 60;
  return h > 0 ? `${h} h ${m} min` : m > 0 ? `${m} min ${s} s` : `${s} s`;
}

function showTip(cell) {
  const tip = $('tip');
  tip.hidden = cell === null;
  if (cell === null) {
    return;
  }
  pointed = cell;
  const states = { [PENDING]: 'pending', [RUNNING]: 'running', [SUCCEEDED]: 'succeeded', [FAILED]: 'failed' };
  tip.textContent = `${pointed.name ?? t('unknownNode')} · ${t(states[pointed.state])}`;
  const room = tip.parentElement.clientWidth - tip.offsetWidth;
  tip.style.transform = `translate(${Math.max(0, Math.min(room, pointed.x))}px, ${pointed.y + 4}px)`;
}

function showLatency({ count, last, p50, max }) {
  $('latency-now').textContent = `${Math.round(last)} ms`;
  $('latency').setAttribute('aria-label', t('latencyLabel', { n: count, p50: Math.round(p50), max: Math.round(max) }));
}
