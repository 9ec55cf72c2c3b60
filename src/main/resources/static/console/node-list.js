import { element, onePicture } from './dom.js';
import { age, t } from './i18n.js';

const ROW = 42;
const SPARE = 6;

/**
 * A list box of thousands of nodes: only the rows in view are elements. Emits `change` when what is
 * picked or shown changes, and `active` when another node is the one that keys act on.
 */
export class NodeList extends EventTarget {
  #box;
  #rows = document.createElement('div');
  #all = [];
  #byName = new Map();
  #shown = [];
  #active = 0;
  #anchor = 0;
  #empty = '';
  #matches = () => true;
  #queue = onePicture(() => this.#draw());
  #marked = onePicture(() => {
    this.#narrow();
    this.#changed();
  });

  /** @param {HTMLElement} box has the role listbox and a height of its own */
  constructor(box) {
    super();
    /** The picked names. */
    this.picked = new Set();
    this.#box = box;
    this.#rows.className = 'node-rows';
    this.#rows.setAttribute('role', 'presentation');
    box.append(this.#rows);
    box.addEventListener('scroll', () => this.#queue(), { passive: true });
    box.addEventListener('keydown', (event) => this.#key(event));
    box.addEventListener('mousedown', (event) => event.shiftKey && event.preventDefault());
    box.addEventListener('click', (event) => this.#click(event));
    new ResizeObserver(() => this.#queue()).observe(box);
  }

  get total() {
    return this.#all.length;
  }

  get shown() {
    return this.#shown.length;
  }

  /** Other nodes: what was picked and is still there stays picked. */
  setNodes(nodes) {
    this.#all = nodes;
    this.#byName = new Map(nodes.map((node) => [node.name, node]));
    this.picked.forEach((name) => this.#byName.has(name) || this.picked.delete(name));
    this.#narrow();
    this.#active = Math.min(this.#active, Math.max(0, this.#shown.length - 1));
    this.#changed();
  }

  /** The node that keys act on, or null. */
  get active() {
    return this.#shown[this.#active] ?? null;
  }

  /** One node is known to be (un)schedulable now: thousands of frames a second tell so, a picture shows them. */
  mark(name, schedulable) {
    const node = this.#byName.get(name);
    if (node && node.schedulable !== schedulable) {
      node.schedulable = schedulable;
      node.cordon_reason = schedulable ? null : node.cordon_reason;
      this.#marked();
    }
  }

  /** Picks these and no others. */
  pick(names) {
    this.picked = new Set(names.filter((name) => this.#byName.has(name)));
    this.#changed();
  }

  /** What stands in an empty list. */
  setEmpty(text) {
    this.#empty = text;
    this.#queue();
  }

  /**
   * Shows nodes whose name contains a text, or matches it where it has a `*`, and that are as asked.
   *
   * @param {string} pattern
   * @param {(node: object) => boolean} [matches]
   */
  filter(pattern, matches = () => true) {
    this.pattern = pattern;
    this.#matches = matches;
    this.#narrow();
    this.#active = 0;
    this.#anchor = 0;
    this.#box.scrollTop = 0;
    this.#changed();
  }

  #narrow() {
    const text = (this.pattern ?? '').trim().toLowerCase();
    const escaped = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    const whole = new RegExp(`^${escaped.join('.*')}$`);
    this.#shown = this.#all.filter((node) => (text.includes('*') ? whole.test(node.name) : node.name.includes(text)) && this.#matches(node));
  }

  /** Picks all that are shown. */
  pickAll() {
    this.#shown.forEach((node) => this.picked.add(node.name));
    this.#changed();
  }

  pickNone() {
    this.picked.clear();
    this.#changed();
  }

  /** The picked names, in the order of the cluster. */
  names() {
    return this.#all.filter((node) => this.picked.has(node.name)).map((node) => node.name);
  }

  redraw() {
    this.#queue();
  }

  #changed() {
    this.#queue();
    this.dispatchEvent(new Event('change'));
    this.dispatchEvent(new Event('active'));
  }

  #toggle(index) {
    const { name } = this.#shown[index];
    if (!this.picked.delete(name)) {
      this.picked.add(name);
    }
    this.#anchor = index;
  }

  #range(to) {
    const from = Math.min(this.#anchor, to);
    for (let i = from; i <= Math.max(this.#anchor, to); i++) {
      this.picked.add(this.#shown[i].name);
    }
  }

  #click(event) {
    const row = event.target.closest('[data-index]');
    if (!row) {
      return;
    }
    this.#active = Number(row.dataset.index);
    if (event.shiftKey) {
      this.#range(this.#active);
    } else {
      this.#toggle(this.#active);
    }
    this.#changed();
  }

  #key(event) {
    const last = this.#shown.length - 1;
    if (last < 0) {
      return;
    }
    const page = Math.max(1, Math.floor(this.#box.clientHeight / ROW) - 1);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in moves) {
      this.#active = Math.max(0, Math.min(last, this.#active + moves[event.key]));
      if (event.shiftKey) {
        this.#range(this.#active);
      } else {
        this.#anchor = this.#active;
      }
    } else if (event.key === ' ') {
      if (event.shiftKey) {
        this.#range(this.#active);
      } else {
        this.#toggle(this.#active);
      }
    } else if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey)) {
      this.#shown.forEach((node) => this.picked.add(node.name));
    } else {
      return;
    }
    event.preventDefault();
    const top = this.#active * ROW;
    if (top < this.#box.scrollTop) {
      this.#box.scrollTop = top;
    } else if (top + ROW > this.#box.scrollTop + this.#box.clientHeight) {
      this.#box.scrollTop = top + ROW - this.#box.clientHeight;
    }
    this.#changed();
  }

  #draw() {
    const first = Math.max(0, Math.floor(this.#box.scrollTop / ROW) - SPARE);
    const last = Math.min(this.#shown.length,
      first + Math.ceil(this.#box.clientHeight / ROW) + 2 * SPARE);
    this.#rows.style.height = `${this.#shown.length * ROW}px`;
    const rows = [];
    for (let i = first; i < last; i++) {
      rows.push(this.#row(i));
    }
    if (this.#shown.length === 0) {
      rows.push(element('p', { className: 'empty', textContent: this.#empty || t('noNodes') }));
    }
    this.#rows.replaceChildren(...rows);
    if (this.#shown.length > 0) {
      this.#box.setAttribute('aria-activedescendant', `node-option-${this.#active}`);
    } else {
      this.#box.removeAttribute('aria-activedescendant');
    }
  }

  #row(index) {
    const node = this.#shown[index];
    const row = element('div', { className: 'node', id: `node-option-${index}` },
      element('span', { className: 'node-name mono', textContent: node.name }),
      ...marks(node).map(([kind, text]) => element('span', { className: `mark-text ${kind}`, textContent: text })),
      element('span', { className: 'node-more', textContent: summary(node) }));
    row.dataset.index = index;
    row.style.transform = `translateY(${index * ROW}px)`;
    row.setAttribute('role', 'option');
    row.setAttribute('aria-selected', this.picked.has(node.name));
    row.setAttribute('aria-setsize', this.#shown.length);
    row.setAttribute('aria-posinset', index + 1);
    row.classList.toggle('active', index === this.#active);
    return row;
  }
}

function marks(node) {
  return [
    node.ready ? null : ['bad', t('notReady')],
    node.schedulable ? null : ['held', t('cordoned')],
    foreignTaints(node).length > 0 ? ['', t('tainted')] : null,
  ].filter(Boolean);
}

/** Taints but those that follow from its state. */
export function foreignTaints(node) {
  return (node.taints ?? []).filter((taint) => taint.key !== 'node.kubernetes.io/unschedulable');
}

/** What else is known of a node, in one line. */
function summary(node) {
  return [node.cordon_reason, node.roles?.join(', '), node.kubelet_version, node.created_at ? age(node.created_at) : '']
    .filter(Boolean).join(' · ');
}
