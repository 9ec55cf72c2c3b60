import { moment, number, operationName, t } from './i18n.js';
import { shortId } from './watch.js';

const $ = (id) => document.getElementById(id);
const PAGE = 20;
const STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'];

/** The tasks there are, newest first, those that run with live figures. */
export class History {
  #api;
  #session;
  #stateOf;
  #onChosen;
  #onScope;
  #stop = new AbortController();
  #tasks = [];
  #next = null;
  #marked = null;
  #unseen = new Set();
  #rows = new Map();
  #changed = new Set();
  #queued = false;
  #reload = null;
  #turn = 0;

  constructor({ api, session, stateOf, onChosen, onScope }) {
    this.#api = api;
    this.#session = session;
    this.#stateOf = stateOf;
    this.#onChosen = onChosen;
    this.#onScope = onScope;
    const { signal } = this.#stop;
    $('history-status').addEventListener('change', () => this.load(), { signal });
    $('history-scope').addEventListener('change', () => {
      this.#onScope($('history-scope').value);
      this.load();
    }, { signal });
    $('more').addEventListener('click', () => this.load(true), { signal });
    this.#filters();
  }

  end() {
    this.#stop.abort();
    clearTimeout(this.#reload);
    $('history-rows').replaceChildren();
  }

  retranslate() {
    this.#filters();
    this.#draw();
  }

  #filters() {
    const option = (value, text) => Object.assign(document.createElement('option'), { value, textContent: text });
    const status = $('history-status').value;
    $('history-status').replaceChildren(option('', t('anyStatus')), ...STATUSES.map((s) => option(s, t(`st${s}`))));
    $('history-status').value = status;
    $('history-scope').hidden = !this.#session.seesAll;
    $('history-scope').replaceChildren(option('own', t('own')), option('all', t('everybody')));
    $('history-scope').value = this.#session.scope;
  }

  /**
   * Reads a page.
   *
   * @param {boolean} [more] the next one instead of the first
   * @returns {Promise<object[]>} all tasks now listed
   */
  async load(more = false) {
    const turn = ++this.#turn;
    const query = new URLSearchParams({ limit: PAGE, scope: this.#session.scope });
    if ($('history-status').value) {
      query.set('status', $('history-status').value);
    }
    if (more && this.#next) {
      query.set('before', this.#next);
    }
    try {
      const { tasks, next } = await this.#api.get(`/tasks?${query}`);
      if (turn === this.#turn) {
        const known = new Set(this.#tasks.map((task) => task.task_id));
        this.#tasks = more ? [...this.#tasks, ...tasks.filter((task) => !known.has(task.task_id))] : tasks;
        this.#next = next;
        this.#draw();
      }
    } catch (error) {
      $('history-empty').hidden = this.#tasks.length > 0;
      $('history-empty').textContent = error.message;
    }
    return this.#tasks;
  }

  /** A task that was just started here. */
  add(task) {
    if (!this.#tasks.some((known) => known.task_id === task.task_id)) {
      this.#tasks.unshift({
        ...task, current: 0, success_count: 0, failed_count: 0, completed_at: null,
        created_at: new Date().toISOString(),
      });
      this.#draw();
    }
  }

  /** Which one is on the screen. */
  mark(taskId) {
    this.#marked = taskId;
    this.#rows.forEach((row, id) => {
      row.classList.toggle('marked', id === taskId);
      row.querySelector('button').setAttribute('aria-pressed', id === taskId);
    });
  }

  /** The end of a task was seen. */
  seen(taskId) {
    if (this.#unseen.delete(taskId)) {
      this.#touch(taskId);
    }
  }

  /** A frame of a task counted, of a node or of the task as a whole. */
  update(task, whole) {
    if (task.ended && task.task_id !== this.#marked) {
      this.#unseen.add(task.task_id);
    }
    if (this.#rows.has(task.task_id)) {
      this.#touch(task.task_id);
      if (!whole) {
        return;
      }
    }
    // A task that is not listed, and how one stands as a whole, is in the rows.
    clearTimeout(this.#reload);
    this.#reload = setTimeout(() => this.#tasks.length <= PAGE && this.load(), 400);
  }

  #touch(taskId) {
    this.#changed.add(taskId);
    if (!this.#queued) {
      this.#queued = true;
      requestAnimationFrame(() => {
        this.#queued = false;
        this.#changed.forEach((id) => {
          const task = this.#tasks.find((known) => known.task_id === id);
          const row = this.#rows.get(id);
          if (task && row) {
            this.#fill(row, task);
          }
        });
        this.#changed.clear();
      });
    }
  }

  #draw() {
    const focused = document.activeElement?.closest('tr')?.dataset.task;
    this.#rows = new Map(this.#tasks.map((task) => [task.task_id, this.#row(task)]));
    $('history-rows').replaceChildren(...this.#rows.values());
    this.#rows.get(focused)?.querySelector('button').focus({ preventScroll: true });
    $('history-empty').hidden = this.#tasks.length > 0;
    $('history-empty').textContent = t('historyEmpty');
    $('more').hidden = !this.#next;
  }

  #row(task) {
    const row = document.createElement('tr');
    row.dataset.task = task.task_id;
    const cells = ['col-state', 'col-task', 'col-nodes', 'num', 'num'].map((name) => {
      const cell = document.createElement('td');
      cell.className = name;
      row.append(cell);
      return cell;
    });
    cells[0].append(document.createElement('span'));
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'task-link' });
    button.addEventListener('click', () => this.#onChosen(task));
    const id = document.createElement('span');
    id.className = 'mono task-id';
    cells[1].append(button, id);
    const bar = document.createElement('div');
    bar.className = 'mini';
    bar.append(Object.assign(document.createElement('i'), { className: 'ok' }),
      Object.assign(document.createElement('i'), { className: 'bad' }));
    cells[2].append(document.createElement('span'), bar);
    this.#fill(row, task);
    return row;
  }

  #fill(row, task) {
    const live = this.#stateOf(task.task_id);
    const now = live && (live.epoch > (task.epoch ?? 0) || live.seq >= (task.seq ?? 0)) ? live : task;
    const { current = 0, total, success_count: ok = 0, failed_count: bad = 0 } = now;
    const ended = task.completed_at ? task.status : live?.ended ? live.status : null;
    const status = ended === 'completed' && bad > 0 ? 'partly'
      : ended ?? (task.paused_at ? 'paused' : task.needs_approval && !task.approved_by ? 'approval' : task.status === 'pending' && current === 0 ? 'pending' : 'running');
    const [state, name, nodes, failed, started] = row.children;
    state.firstChild.className = `state state-${status}`;
    state.firstChild.textContent = t(`st${status}`);
    const button = name.firstChild;
    button.textContent = `${operationName(task.action)} · ${task.cluster_name}`;
    button.title = task.task_id;
    button.setAttribute('aria-pressed', task.task_id === this.#marked);
    name.lastChild.textContent = [
      shortId(task.task_id),
      task.retry_of ? t('retryOf', { id: shortId(task.retry_of) }) : '',
      this.#session.scope === 'all' && task.user_id != null ? t('ofUser', { id: task.user_id }) : '',
      this.#unseen.has(task.task_id) ? t('unseenEnd') : '',
    ].filter(Boolean).join(' · ');
    nodes.firstChild.textContent = `${number(current)} / ${number(total)}`;
    const [okBar, badBar] = nodes.lastChild.children;
    okBar.style.width = `${(100 * ok) / Math.max(1, total)}%`;
    badBar.style.width = `${(100 * bad) / Math.max(1, total)}%`;
    failed.textContent = bad > 0 ? number(bad) : '';
    failed.classList.toggle('bad-text', bad > 0);
    started.textContent = moment(task.created_at);
    row.classList.toggle('marked', task.task_id === this.#marked);
  }
}
