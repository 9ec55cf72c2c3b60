/**
 * A cell for each node on one canvas: 5,000 of them cost one element. Cells that turned are drawn
 * in the next animation frame and glow for a moment; nothing is drawn while nothing changes.
 */

import { onePicture } from './dom.js';

export const PENDING = 0;
export const RUNNING = 1;
export const SUCCEEDED = 2;
export const FAILED = 3;
export const INTERRUPTED = 4;

const GLOW_MS = 700;
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const dark = matchMedia('(prefers-color-scheme: dark)');

export class Field {
  #canvas;
  #context;
  #colours = {};
  #columns = 1;
  #pitch = 10;
  #gap = 2;
  #states = new Uint8Array(0);
  #turned = new Float64Array(0);
  #names = [];
  #index = new Map();
  #dirty = new Set();
  #glowing = new Set();
  #whole = true;
  #queue = onePicture((now) => this.#draw(now));
  #cursor = -1;
  #free = 0;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(cell: ?{name: ?string, state: number, x: number, y: number}, byKey: boolean) => void} onPoint
   *     told which cell is pointed at, or null
   */
  constructor(canvas, onPoint) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    this.#readColours();
    dark.addEventListener('change', () => {
      this.#readColours();
      this.#redraw();
    });
    new ResizeObserver(() => this.#layout()).observe(canvas.parentElement);
    canvas.addEventListener('pointermove', (event) => {
      this.#point(this.#at(event.offsetX, event.offsetY), onPoint);
    });
    canvas.addEventListener('pointerleave', () => this.#point(-1, onPoint));
    canvas.addEventListener('blur', () => this.#point(-1, onPoint));
    canvas.addEventListener('keydown', (event) => this.#key(event, onPoint));
  }

  /**
   * Another task.
   *
   * @param {number} total
   * @param {?string[]} names all nodes in order, where known; otherwise cells are taken in the
   *     order in which nodes appear
   */
  reset(total, names) {
    this.#states = new Uint8Array(total);
    this.#turned = new Float64Array(total);
    this.#names = names?.length === total ? [...names] : [];
    this.#index = new Map(this.#names.map((name, i) => [name, i]));
    this.#free = this.#names.length;
    this.#glowing.clear();
    this.#cursor = -1;
    this.#layout();
  }

  get size() {
    return this.#states.length;
  }

  /** Sets one node's state. */
  turn(name, state, glow = true) {
    let cell = this.#index.get(name);
    if (cell === undefined) {
      if (this.#free >= this.#states.length) {
        return;
      }
      cell = this.#free++;
      this.#index.set(name, cell);
      this.#names[cell] = name;
    }
    if (this.#states[cell] === state) {
      return;
    }
    this.#states[cell] = state;
    if (glow && !calm.matches) {
      this.#turned[cell] = performance.now();
      this.#glowing.add(cell);
    }
    this.#dirty.add(cell);
    this.#queue();
  }

  #readColours() {
    const style = getComputedStyle(document.documentElement);
    for (const [state, name] of [[PENDING, 'pending'], [RUNNING, 'running'], [SUCCEEDED, 'ok'], [FAILED, 'bad'], [INTERRUPTED, 'held']]) {
      this.#colours[state] = style.getPropertyValue(`--cell-${name}`).trim();
    }
    this.#colours.glow = style.getPropertyValue('--cell-glow').trim();
    this.#colours.panel = style.getPropertyValue('--panel').trim();
    this.#colours.ink = style.getPropertyValue('--ink').trim();
  }

  #layout() {
    const width = Math.max(1, Math.floor(this.#canvas.parentElement.clientWidth));
    const total = Math.max(1, this.#states.length);
    // As large as fits into a band of about a third of its width, within reason.
    const area = width * Math.min(360, Math.max(300, width * 0.34));
    this.#pitch = Math.max(5, Math.min(26, Math.floor(Math.sqrt(area / total))));
    this.#gap = this.#pitch >= 14 ? 3 : this.#pitch >= 10 ? 2 : 1;
    this.#columns = Math.max(1, Math.floor((width + this.#gap) / this.#pitch));
    const height = Math.ceil(total / this.#columns) * this.#pitch;
    const scale = devicePixelRatio || 1;
    this.#canvas.width = width * scale;
    this.#canvas.height = height * scale;
    this.#canvas.style.height = `${height}px`;
    this.#context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#redraw();
  }

  #redraw() {
    this.#whole = true;
    this.#queue();
  }

  #draw(now) {
    if (this.#whole) {
      this.#whole = false;
      this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
      for (let cell = 0; cell < this.#states.length; cell++) {
        this.#cell(cell, now);
      }
    } else {
      this.#dirty.forEach((cell) => this.#cell(cell, now));
      this.#glowing.forEach((cell) => this.#cell(cell, now));
    }
    this.#dirty.clear();
    this.#glowing.forEach((cell) => {
      if (now - this.#turned[cell] > GLOW_MS) {
        this.#glowing.delete(cell);
      }
    });
    if (this.#glowing.size > 0) {
      this.#queue();
    }
  }

  #cell(cell, now) {
    const context = this.#context;
    const x = (cell % this.#columns) * this.#pitch;
    const y = Math.floor(cell / this.#columns) * this.#pitch;
    const size = this.#pitch - this.#gap;
    const state = this.#states[cell];
    context.clearRect(x, y, this.#pitch, this.#pitch);
    context.fillStyle = this.#colours[state];
    context.fillRect(x, y, size, size);
    if (state === FAILED) {
      // Shape as well as colour: a bar through the cell.
      context.fillStyle = this.#colours.panel;
      const thick = Math.max(1, Math.round(size / 6));
      context.fillRect(x + size * 0.2, y + (size - thick) / 2, size * 0.6, thick);
    } else if (state === INTERRUPTED && size >= 4) {
      // Half a cell: begun, and not finished.
      context.clearRect(x, y + size / 2, size, size / 2);
      context.fillStyle = this.#colours[PENDING];
      context.fillRect(x, y + size / 2, size, size / 2);
    } else if (state === RUNNING && size >= 6) {
      const inset = Math.max(1, Math.round(size / 6));
      context.clearRect(x + inset, y + inset, size - 2 * inset, size - 2 * inset);
    }
    const age = now - this.#turned[cell];
    if (this.#turned[cell] > 0 && age < GLOW_MS) {
      context.globalAlpha = 0.75 * (1 - Math.max(0, age) / GLOW_MS) ** 2;
      context.fillStyle = this.#colours.glow;
      context.fillRect(x, y, size, size);
      context.globalAlpha = 1;
    }
    if (cell === this.#cursor) {
      context.strokeStyle = this.#colours.ink;
      context.lineWidth = 1.5;
      context.strokeRect(x + 0.75, y + 0.75, size - 1.5, size - 1.5);
    }
  }

  #at(x, y) {
    const column = Math.floor(x / this.#pitch);
    const cell = Math.floor(y / this.#pitch) * this.#columns + column;
    return column < this.#columns && cell >= 0 && cell < this.#states.length ? cell : -1;
  }

  #point(cell, onPoint, byKey = false) {
    if (cell === this.#cursor) {
      return;
    }
    if (this.#cursor >= 0) {
      this.#dirty.add(this.#cursor);
    }
    this.#cursor = cell;
    if (cell < 0) {
      onPoint(null, byKey);
    } else {
      this.#dirty.add(cell);
      onPoint({
        name: this.#names[cell] ?? null,
        state: this.#states[cell],
        x: (cell % this.#columns) * this.#pitch,
        y: Math.floor(cell / this.#columns) * this.#pitch + this.#pitch,
      }, byKey);
    }
    this.#queue();
  }

  #key(event, onPoint) {
    const moves = {
      ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.#columns, ArrowUp: -this.#columns, Home: -Infinity, End: Infinity,
    };
    if (event.key in moves && this.#states.length > 0) {
      event.preventDefault();
      const next = this.#cursor < 0 && event.key !== 'End' ? 0 : this.#cursor + moves[event.key];
      this.#point(Math.max(0, Math.min(this.#states.length - 1, next)), onPoint, true);
    } else if (event.key === 'Escape') {
      this.#point(-1, onPoint);
    }
  }
}
