import { $, element, onePicture } from './dom.js';
import { csv, save } from './download.js';
import { moment, number, t } from './i18n.js';
import { serverText } from './server-texts.js';

const READ = 1_000;
const PAGE = 100;
const COLUMNS = ['timestamp', 'epoch', 'seq', 'current_node', 'kind', 'message', 'error'];
const KINDS = ['failed', 'succeeded', 'running', 'interrupted', 'task'];

/** Every message of a task by time, the newest first; it follows while the task goes on. */
export class Timeline {
  #api;
  #watched;
  #messages = [];
  #taskId = null;
  #reading = false;
  #again = false;
  #page = 0;
  #problem = '';
  #queue = onePicture(() => this.#draw());

  constructor({ api, watched, signal }) {
    this.#api = api;
    this.#watched = watched;
    const on = (id, type, listener) => $(id).addEventListener(type, listener, { signal });
    on('timeline', 'toggle', () => this.#read());
    on('timeline-node', 'input', () => this.#turnTo(0));
    on('timeline-kind', 'change', () => this.#turnTo(0));
    on('timeline-back', 'click', () => this.#turnTo(this.#page - 1));
    on('timeline-on', 'click', () => this.#turnTo(this.#page + 1));
    on('timeline-csv', 'click', () => save(this.#file('csv'), 'text/csv;charset=utf-8', csv(COLUMNS, this.#found())));
    on('timeline-json', 'click', () => save(this.#file('json'), 'application/json', JSON.stringify(this.#found(), null, 1)));
    this.retranslate();
  }

  /** Another task. */
  begin() {
    this.#messages = [];
    this.#taskId = this.#watched().taskId;
    this.#page = 0;
    this.#problem = '';
    this.#reading = false;
    this.#read();
    this.#queue();
  }

  retranslate() {
    const value = $('timeline-kind').value;
    $('timeline-kind').replaceChildren(element('option', { value: '', textContent: t('anyKind') }),
      ...KINDS.map((kind) => element('option', { value: kind, textContent: t(kind === 'task' ? 'kindTask' : kind) })));
    $('timeline-kind').value = value;
    this.#queue();
  }

  /** A frame of the task. */
  take(frame) {
    if (!$('timeline').open) {
      return;
    }
    const last = this.#messages.at(-1)?.seq ?? 0;
    if (!frame.snapshot && frame.durable !== false && frame.seq === last + 1 && !this.#reading) {
      this.#messages.push(entry(frame));
      this.#queue();
    } else if (frame.seq > last) {
      this.#read();
    }
  }

  draw() {
    $('timeline').hidden = this.#taskId === null;
  }

  /** From the last one that is known on. */
  async #read() {
    if (!$('timeline').open || this.#taskId === null) {
      return;
    }
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    const taskId = this.#taskId;
    try {
      let more = true;
      while (more && taskId === this.#taskId) {
        const since = this.#messages.at(-1)?.seq ?? 0;
        const page = await this.#api.get(`/tasks/${encodeURIComponent(taskId)}/messages?since=${since}&limit=${READ}`);
        if (taskId !== this.#taskId) {
          return;
        }
        this.#messages.push(...page.messages.map(entry));
        more = page.more && page.messages.length > 0;
        this.#problem = '';
        this.#queue();
      }
    } catch (error) {
      this.#problem = error.message;
      this.#queue();
    } finally {
      if (taskId === this.#taskId) {
        this.#reading = false;
        if (this.#again) {
          this.#again = false;
          setTimeout(() => this.#read(), 500);
        }
      }
    }
  }

  #turnTo(page) {
    this.#page = Math.max(0, page);
    this.#queue();
  }

  #file(extension) {
    return `messages-${this.#taskId}.${extension}`;
  }

  #found() {
    const node = $('timeline-node').value.trim().toLowerCase();
    const kind = $('timeline-kind').value;
    return this.#messages.filter((one) => (!kind || one.kind === kind) && (!node || one.current_node?.toLowerCase().includes(node)));
  }

  #draw() {
    if (!$('timeline').open) {
      return;
    }
    const found = this.#found();
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    this.#page = Math.min(this.#page, pages - 1);
    const end = found.length - this.#page * PAGE;
    const shown = found.slice(Math.max(0, end - PAGE), end).reverse();
    $('timeline-count').textContent = this.#problem ? serverText(this.#problem) : t('tableCount', {
      from: number(shown.length > 0 ? this.#page * PAGE + 1 : 0), to: number(this.#page * PAGE + shown.length),
      of: number(found.length), all: number(this.#messages.length),
    });
    $('timeline-back').disabled = this.#page === 0;
    $('timeline-on').disabled = this.#page === pages - 1;
    $('timeline-rows').replaceChildren(...shown.map((one) => element('tr', {},
      element('td', { className: 'mono time', textContent: moment(one.timestamp) }),
      element('td', { className: 'mono', textContent: one.current_node ?? '' }),
      element('td', {}, element('span', { className: `state node-${one.kind}`, textContent: t(one.kind === 'task' ? 'kindTask' : one.kind) })),
      element('td', { className: 'words', textContent: serverText([one.message, one.error].filter(Boolean).join(' ')) }))));
  }
}

/** What is kept of a frame. */
function entry({ timestamp, epoch, seq, current_node: node, node_status: status, message, error, node_error: why }) {
  return { timestamp, epoch, seq, current_node: node ?? null, kind: node == null ? 'task' : status, message, error: error ?? why ?? null };
}
