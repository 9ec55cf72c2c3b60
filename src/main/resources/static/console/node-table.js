import { $, element, write } from './dom.js';
import { csv, save } from './download.js';
import { duration, moment, number, t } from './i18n.js';
import { serverText } from './server-texts.js';

const PAGE = 50;
const EVERY_MS = 250;
const STATUSES = ['failed', 'waiting', 'running', 'succeeded', 'interrupted'];
const COLUMNS = ['position', 'node_name', 'status', 'message', 'error', 'started_at', 'ended_at', 'updated_at', 'attempts', 'change'];
const SORTS = {
  position: (row) => row.position ?? Infinity,
  node: (row) => row.node_name,
  state: (row) => STATUSES.indexOf(row.status),
  words: (row) => row.error ?? row.message ?? '',
  since: (row) => row.updated_at ?? '',
  took: (row) => took(row) ?? -1,
  attempts: (row) => row.attempts ?? 0,
};

/** The nodes of the task as a table, a page of it at a time however many there are. */
export class NodeTable {
  #nodes;
  #clusters;
  #watched;
  #labels = null;
  #group = '';
  #status = '';
  #search = '';
  #sort = 'position';
  #down = false;
  #page = 0;
  #drawnAt = 0;
  #later = null;

  /**
   * @param {object} parts
   * @param {object} parts.nodes TaskNodes
   * @param {object} parts.clusters for the labels of nodes
   * @param {() => object} parts.watched the task on the screen
   * @param {(cluster: string, names: string[]) => void} parts.onUse picks nodes for a new batch
   * @param {(cluster: string, node: string) => void} parts.onHistory shows what was done to a node
   */
  constructor({ nodes, clusters, watched, onUse, onHistory, signal }) {
    this.#nodes = nodes;
    this.#clusters = clusters;
    this.#watched = watched;
    const on = (id, type, listener) => $(id).addEventListener(type, listener, { signal });
    const narrowed = (change) => (event) => {
      change(event.target.value);
      this.#page = 0;
      this.draw(true);
    };
    on('table-status', 'change', narrowed((value) => { this.#status = value; }));
    on('table-search', 'input', narrowed((value) => { this.#search = value.trim().toLowerCase(); }));
    on('table-group', 'focus', () => this.#readLabels());
    on('table-group', 'change', narrowed((value) => { this.#group = value; }));
    on('table-head', 'click', (event) => this.#sortBy(event.target.closest('button')?.dataset.sort));
    on('table-rows', 'click', ({ target }) => {
      const name = target.closest('button')?.textContent;
      name && onHistory(this.#watched().shown.cluster_name, name);
    });
    on('table-back', 'click', () => this.#turnPage(-1));
    on('table-on', 'click', () => this.#turnPage(1));
    on('table-part', 'toggle', () => this.draw(true));
    on('table-use', 'click', () => onUse(this.#watched().shown.cluster_name, this.#found().map((row) => row.node_name)));
    on('table-csv', 'click', () => save(this.#file('csv'), 'text/csv;charset=utf-8', csv(COLUMNS, this.#exported())));
    on('table-json', 'click', () => save(this.#file('json'), 'application/json', JSON.stringify(this.#exported(), null, 1)));
    nodes.addEventListener('turn', () => this.draw(), { signal });
    signal.addEventListener('abort', () => clearTimeout(this.#later));
    this.retranslate();
  }

  /** Another task. */
  begin() {
    this.#labels = null;
    this.#group = '';
    this.#page = 0;
    this.retranslate();
  }

  retranslate() {
    const options = (id, all, value) => {
      $(id).replaceChildren(...all.map(([key, textContent]) => element('option', { value: key, textContent })));
      $(id).value = value;
    };
    options('table-status', [['', t('anyState')], ...STATUSES.map((status) => [status, t(status)])], this.#status);
    options('table-group', [['', t('noGroups')], ...this.#keys().map((key) => [key, key])], this.#group);
    this.draw(true);
  }

  /** Draws a few times a second at most. */
  draw(now = false) {
    const wait = EVERY_MS - (performance.now() - this.#drawnAt);
    clearTimeout(this.#later);
    if (now || wait <= 0 || !$('table-rows').firstChild) {
      this.#drawnAt = performance.now();
      this.#draw();
    } else {
      this.#later = setTimeout(() => this.draw(), wait);
    }
  }

  #file(extension) {
    const { taskId, shown } = this.#watched();
    return [shown.action, shown.cluster_name, taskId, this.#status].filter(Boolean).join('-').concat('.', extension);
  }

  #exported() {
    return this.#found().map((row) => Object.fromEntries(COLUMNS.map((name) => [name, row[name] ?? null])));
  }

  #found() {
    const value = SORTS[this.#sort];
    const sign = this.#down ? -1 : 1;
    const has = (text) => text?.toLowerCase().includes(this.#search);
    const group = (row) => (this.#group ? this.#labelOf(row) : '');
    return this.#nodes.rows
      .filter((row) => (!this.#status || row.status === this.#status)
        && (!this.#search || has(row.node_name) || has(row.message) || has(row.error)))
      .map((row) => [group(row), value(row), row])
      .sort(([g1, a], [g2, b]) => compare(g1, g2) || sign * compare(a, b))
      .map(([, , row]) => row);
  }

  #labelOf(row) {
    return this.#labels?.get(row.node_name)?.[this.#group] ?? '';
  }

  /** Labels that make groups: of one value for all, or another for each node, there is nothing to see. */
  #keys() {
    const values = new Map();
    for (const { node_name: name } of this.#labels ? this.#nodes.rows : []) {
      for (const [key, value] of Object.entries(this.#labels.get(name) ?? {})) {
        values.set(key, (values.get(key) ?? new Set()).add(value));
      }
    }
    return [...values].filter(([, all]) => all.size <= 100).map(([key]) => key).sort();
  }

  async #readLabels() {
    if (this.#labels || !this.#watched().shown) {
      return;
    }
    const { taskId, shown } = this.#watched();
    const nodes = await this.#clusters.nodes(shown.cluster_name).catch(() => []);
    if (taskId === this.#watched().taskId) {
      this.#labels = new Map(nodes.map((node) => [node.name, node.labels]));
      this.retranslate();
    }
  }

  #sortBy(name) {
    if (name) {
      this.#down = this.#sort === name && !this.#down;
      this.#sort = name;
      this.draw(true);
    }
  }

  #turnPage(by) {
    this.#page += by;
    this.draw(true);
  }

  #draw() {
    if (!$('table-part').open || !this.#watched()?.shown) {
      return;
    }
    const found = this.#found();
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    this.#page = Math.min(Math.max(0, this.#page), pages - 1);
    const first = this.#page * PAGE;
    const rows = found.slice(first, first + PAGE);
    for (const button of $('table-head').querySelectorAll('[data-sort]')) {
      const by = button.dataset.sort === this.#sort;
      button.parentElement.ariaSort = by ? (this.#down ? 'descending' : 'ascending') : 'none';
    }
    write($('table-count'), t('tableCount', {
      from: number(rows.length > 0 ? first + 1 : 0), to: number(first + rows.length), of: number(found.length), all: number(this.#nodes.rows.length),
    }));
    $('table-back').disabled = this.#page === 0;
    $('table-on').disabled = this.#page === pages - 1;
    $('table-use').disabled = found.length === 0;
    $('table-use').textContent = t('useShown', { n: number(found.length) });
    this.#fill(rows, found);
  }

  #fill(rows, found) {
    const { ended, asOf, taskId } = this.#watched();
    const body = $('table-rows');
    const lines = [];
    let group = null;
    for (const row of rows) {
      if (this.#group && this.#labelOf(row) !== group) {
        group = this.#labelOf(row);
        lines.push({ group, of: found.filter((one) => this.#labelOf(one) === group) });
      }
      lines.push({ row });
    }
    lines.forEach((line, i) => {
      const kind = line.row ? 'node' : 'group';
      let tr = body.children[i];
      if (tr?.dataset.kind !== kind) {
        const made = kind === 'node' ? nodeRow() : element('tr', {}, element('th', { colSpan: 7, scope: 'rowgroup' }));
        made.dataset.kind = kind;
        tr ? tr.replaceWith(made) : body.append(made);
        tr = made;
      }
      if (kind === 'group') {
        const count = (status) => number(line.of.filter((row) => row.status === status).length);
        write(tr.firstChild, t('groupCount', { group: line.group || t('noValue'), n: number(line.of.length), ok: count('succeeded'), bad: count('failed') }));
      } else {
        fillNode(tr, line.row, { ended, now: asOf ?? Date.now(), taskId });
      }
    });
    while (body.children.length > lines.length) {
      body.lastChild.remove();
    }
  }
}

function nodeRow() {
  return element('tr', {}, ...['num', 'mono', '', 'words', '', 'num', 'num']
    .map((className, i) => element('td', { className }, ...(i === 1 ? [element('button', { type: 'button', className: 'task-link' })]
      : i === 2 ? [element('span')] : []))));
}

function fillNode(tr, row, { ended, now }) {
  const [position, name, state, words, since, time, attempts] = tr.children;
  write(position, row.position === null ? '' : number(row.position));
  write(name.firstChild, row.node_name);
  state.firstChild.className = `state node-${row.status}`;
  write(state.firstChild, t(row.status === 'waiting' && ended ? 'untried' : row.status));
  write(words, serverText(row.error ?? row.message ?? ''));
  write(since, row.updated_at ? moment(row.updated_at) : '');
  write(time, duration(took(row) ?? (row.status === 'running' && row.started_at ? Math.max(0, now - Date.parse(row.started_at)) / 1000 : NaN)));
  write(attempts, row.attempts === null ? '' : number(row.attempts));
}

/** Seconds from its start to its end; null where one of them is not known. */
function took(row) {
  return row.started_at && row.ended_at ? Math.max(0, Date.parse(row.ended_at) - Date.parse(row.started_at)) / 1000 : null;
}

function compare(a, b) {
  return typeof a === 'string' && typeof b === 'string' ? a.localeCompare(b, 'en', { numeric: true }) : a < b ? -1 : a > b ? 1 : 0;
}
