import { $, element, onePicture } from './dom.js';
import { HistorySearch } from './history-search.js';
import { duration, moment, number, operationName, t } from './i18n.js';
import { serverText } from './server-texts.js';
import { elapsed, isEnded, shortId, statusOf } from './task-status.js';

const PAGE = 20;

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
  #search;
  #asOf = null;
  #queue = onePicture(() => this.#fillChanged());
  #reload = null;
  #turn = 0;

  constructor({ api, session, stateOf, onChosen, onScope }) {
    this.#api = api;
    this.#session = session;
    this.#stateOf = stateOf;
    this.#onChosen = onChosen;
    this.#onScope = onScope;
    const { signal } = this.#stop;
    this.#search = new HistorySearch(() => this.load(), signal);
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
    this.#search.retranslate();
    $('history-scope').hidden = !this.#session.seesAll;
    $('history-scope').replaceChildren(...[['own', t('own')], ['all', t('everybody')]]
      .map(([value, textContent]) => element('option', { value, textContent })));
    $('history-scope').value = this.#session.scope;
  }

  /** Since when nothing that runs is live, or null. */
  lineGone(since) {
    this.#asOf = since;
    this.#tasks.forEach((task) => this.#touch(task.task_id));
  }

  /**
   * Reads a page.
   *
   * @param {boolean} [more] the next one instead of the first
   * @returns {Promise<object[]>} all tasks now listed
   */
  async load(more = false) {
    const turn = ++this.#turn;
    const query = new URLSearchParams({ limit: PAGE, scope: this.#session.scope, ...this.#search.query() });
    if (more && this.#next) {
      query.set('before', this.#next);
    }
    try {
      const { tasks, next } = await this.#api.get(`/tasks?${query}`);
      if (turn === this.#turn) {
        const known = new Set(this.#tasks.map((task) => task.task_id));
        $('history-problem').textContent = '';
        this.#tasks = more ? [...this.#tasks, ...tasks.filter((task) => !known.has(task.task_id))] : tasks;
        this.#next = next;
        this.#draw();
      }
    } catch (error) {
      if (turn === this.#turn) {
        $('history-problem').textContent = serverText(error.message);
        $('history-empty').hidden = true;
      }
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
    this.#queue();
  }

  #fillChanged() {
    this.#changed.forEach((id) => {
      const task = this.#tasks.find((known) => known.task_id === id);
      const row = this.#rows.get(id);
      if (task && row) {
        this.#fill(row, task);
      }
    });
    this.#changed.clear();
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
    const button = element('button', { type: 'button', className: 'task-link' });
    button.addEventListener('click', () => this.#onChosen(task));
    const row = element('tr', {},
      element('td', { className: 'col-state' }, element('span')),
      element('td', { className: 'col-task' }, button, element('span', { className: 'task-why' }), element('span', { className: 'mono task-id' })),
      element('td', { className: 'col-nodes' }, element('span'),
        element('div', { className: 'mini' }, element('i', { className: 'ok' }), element('i', { className: 'bad' }))),
      element('td', { className: 'num' }),
      element('td', { className: 'num' }, element('span'), element('span', { className: 'task-took' })));
    row.dataset.task = task.task_id;
    this.#fill(row, task);
    return row;
  }

  #fill(row, task) {
    const live = this.#stateOf(task.task_id);
    const now = live && (live.epoch > (task.epoch ?? 0) || live.seq >= (task.seq ?? 0)) ? live : task;
    const { current = 0, total, success_count: ok = 0, failed_count: bad = 0 } = now;
    const status = statusOf(task, live);
    const [state, name, nodes, failed, started] = row.children;
    state.firstChild.className = `state state-${status}`;
    const stale = this.#asOf !== null && !isEnded(status);
    state.firstChild.textContent = stale ? t('stAsOf', { status: t(`st${status}`), time: moment(this.#asOf) }) : t(`st${status}`);
    const button = name.firstChild;
    button.textContent = `${operationName(task.action)} · ${task.cluster_name}`;
    button.title = task.task_id;
    button.setAttribute('aria-pressed', task.task_id === this.#marked);
    name.children[1].textContent = [task.username, task.reason].filter(Boolean).join(' · ');
    name.lastChild.textContent = [
      shortId(task.task_id),
      task.retry_of ? t('retryOf', { id: shortId(task.retry_of) }) : '',
      task.cancelled_by ? t('cancelledByShort', { name: task.cancelled_by }) : '',
      this.#unseen.has(task.task_id) ? t('unseenEnd') : '',
    ].filter(Boolean).join(' · ');
    nodes.firstChild.textContent = `${number(current)} / ${number(total)}`;
    const [okBar, badBar] = nodes.lastChild.children;
    okBar.style.width = `${(100 * ok) / Math.max(1, total)}%`;
    badBar.style.width = `${(100 * bad) / Math.max(1, total)}%`;
    failed.textContent = bad > 0 ? number(bad) : '';
    failed.classList.toggle('bad-text', bad > 0);
    started.firstChild.textContent = moment(task.created_at);
    started.lastChild.textContent = task.completed_at ? duration(elapsed(task))
      : isEnded(status) ? '' : duration(elapsed(task, this.#asOf ?? Date.now()));
    row.classList.toggle('marked', task.task_id === this.#marked);
  }
}
