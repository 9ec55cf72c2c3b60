import { $ } from './dom.js';
import { FAILED, Field, INTERRUPTED, PENDING, RUNNING, SUCCEEDED } from './field.js';
import { number, t } from './i18n.js';

const STATES = { waiting: PENDING, running: RUNNING, succeeded: SUCCEEDED, failed: FAILED, interrupted: INTERRUPTED };
const NAMES = Object.fromEntries(Object.entries(STATES).map(([name, state]) => [state, name]));

let field = null;

/** The field of cells of the nodes of one task, in the order of the request. */
export class FieldView {
  #nodes;
  #total = 0;

  /**
   * @param {object} nodes TaskNodes
   * @param {AbortSignal} signal
   */
  constructor(nodes, signal) {
    this.#nodes = nodes;
    field ??= new Field($('field'), showTip);
    nodes.addEventListener('reset', () => this.#draw(), { signal });
    nodes.addEventListener('turn', ({ detail: row }) => field.turn(row.node_name, STATES[row.status]), { signal });
  }

  /** So many nodes, also where their names are not known yet. */
  begin(total) {
    this.#total = total;
    this.#draw();
  }

  #draw() {
    const { rows, whole } = this.#nodes;
    field.reset(this.#total, whole ? rows.map((row) => row.node_name) : null);
    rows.forEach((row) => row.status === 'waiting' || field.turn(row.node_name, STATES[row.status], false));
  }

  /** What it says to those who do not see it. */
  tell({ total, success_count: ok = 0, failed_count: bad = 0, current = 0 }) {
    $('field').setAttribute('aria-label', t('fieldLabel',
      { total: number(total), ok: number(ok), bad: number(bad), rest: number(total - current) }));
  }
}

function showTip(cell, byKey) {
  const tip = $('tip');
  tip.hidden = cell === null;
  if (cell === null) {
    return;
  }
  tip.textContent = `${cell.name ?? t('unknownNode')} · ${t(NAMES[cell.state])}`;
  if (byKey) {
    $('field-tell').textContent = tip.textContent;
  }
  const room = tip.parentElement.clientWidth - tip.offsetWidth;
  tip.style.transform = `translate(${Math.max(0, Math.min(room, cell.x))}px, ${cell.y + 4}px)`;
}
