import { t } from './i18n.js';

const ROW = 26;
const SPARE = 6;

/**
 * A list box of thousands of nodes: only the rows in view are elements. Emits `change` when what is
 * picked or shown changes.
 */
export class NodeList extends EventTarget {
  #box;
  #rows = document.createElement('div');
  #all = [];
  #shown = [];
  #active = 0;
  #anchor = 0;
  #queued = false;
  #empty = '';

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
    const names = new Set(nodes.map((node) => node.name));
    this.picked.forEach((name) => names.has(name) || this.picked.delete(name));
    this.filter(this.pattern ?? '');
  }

  /** What stands in an empty list. */
  setEmpty(text) {
    this.#empty = text;
    this.#queue();
  }

  /** Shows nodes whose name contains a text, or matches it where it has a `*`. */
  filter(pattern) {
    this.pattern = pattern;
    const text = pattern.trim().toLowerCase();
    if (text.includes('*')) {
      const escaped = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
      const whole = new RegExp(`^${escaped.join('.*')}$`);
      this.#shown = this.#all.filter((node) => whole.test(node.name));
    } else {
      this.#shown = this.#all.filter((node) => node.name.includes(text));
    }
    this.#active = 0;
    this.#anchor = 0;
    this.#box.scrollTop = 0;
    this.#changed();
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
    const first = Math.max(0, Math.floor(this.#box.scrollTop / ROW) - SPARE);
    const last = Math.min(this.#shown.length,
      first + Math.ceil(this.#box.clientHeight / ROW) + 2 * SPARE);
    this.#rows.style.height = `${this.#shown.length * ROW}px`;
    const rows = [];
    for (let i = first; i < last; i++) {
      rows.push(this.#row(i));
    }
    if (this.#shown.length === 0) {
      const empty = document.createElement('p');
      empty.className = 'empty';
      empty.textContent = this.#empty || t('noNodes');
      rows.push(empty);
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
    const row = document.createElement('div');
    row.className = 'node';
    row.id = `node-option-${index}`;
    row.dataset.index = index;
    row.style.transform = `translateY(${index * ROW}px)`;
    row.setAttribute('role', 'option');
    row.setAttribute('aria-selected', this.picked.has(node.name));
    row.setAttribute('aria-setsize', this.#shown.length);
    row.setAttribute('aria-posinset', index + 1);
    row.classList.toggle('active', index === this.#active);
    const name = document.createElement('span');
    name.className = 'node-name mono';
    name.textContent = node.name;
    row.append(name);
    const marks = [];
    if (!node.ready) {
      marks.push(['bad', t('notReady')]);
    }
    if (!node.schedulable) {
      marks.push(['held', t('cordoned')]);
    }
    if (node.taints?.some((taint) => taint.key !== 'node.kubernetes.io/unschedulable')) {
      marks.push(['', t('tainted')]);
    }
    for (const [kind, text] of marks) {
      const mark = document.createElement('span');
      mark.className = `mark-text ${kind}`;
      mark.textContent = text;
      row.append(mark);
    }
    return row;
  }
}
