import { $, onePicture } from './dom.js';
import { t } from './i18n.js';

const KEPT = 120;

let page = null;

/** The picture of the page: one for all sessions. */
export function latencyOfPage() {
  page ??= new Latency($('latency'), ({ count, last, p50, max }) => {
    $('latency-now').textContent = `${Math.round(last)} ms`;
    $('latency').setAttribute('aria-label', t('latencyLabel', { n: count, p50: Math.round(p50), max: Math.round(max) }));
  });
  return page;
}

/**
 * How long the last messages took from the server's timestamp to this page, as bars on a canvas.
 * The two clocks may differ: the greeting, sent the moment the handshake ended, tells by how much,
 * within half of the handshake's time; less than that is not corrected.
 */
export class Latency {
  #canvas;
  #values = [];
  #skew = 0;
  #queue = onePicture(() => this.#draw());
  #onChange;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(numbers: {count: number, last: number, p50: number, max: number}) => void} onChange
   */
  constructor(canvas, onChange) {
    this.#canvas = canvas;
    this.#onChange = onChange;
    new ResizeObserver(() => this.#queue()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#queue());
  }

  /** A greeting came. */
  greeted(timestamp, receivedAt, handshakeMs) {
    const difference = receivedAt - Date.parse(timestamp);
    this.#skew = Math.abs(difference) > handshakeMs + 5 ? difference - handshakeMs / 2 : 0;
  }

  /** A message came: what is told again says nothing of the line. */
  heard({ timestamp, snapshot, skipped_from: skipped }, receivedAt) {
    if (snapshot || skipped != null) {
      return;
    }
    this.#values.push(Math.max(0, receivedAt - Date.parse(timestamp) - this.#skew));
    if (this.#values.length > KEPT) {
      this.#values.splice(0, this.#values.length - KEPT);
    }
    this.#queue();
  }

  #draw() {
    const canvas = this.#canvas;
    const scale = devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (width === 0) {
      return;
    }
    canvas.width = width * scale;
    canvas.height = height * scale;
    const context = canvas.getContext('2d');
    context.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    context.fillStyle = style.getPropertyValue('--line').trim();
    context.fillRect(0, height - 1, width, 1);
    if (this.#values.length === 0) {
      return;
    }
    const sorted = [...this.#values].sort((a, b) => a - b);
    const p50 = sorted[Math.floor(sorted.length / 2)];
    const max = sorted[sorted.length - 1];
    // Logarithmic, so that one late message does not flatten the rest; a full bar is 10 ms or more.
    const top = Math.log1p(Math.max(10, max));
    const step = width / KEPT;
    context.fillStyle = style.getPropertyValue('--accent').trim();
    this.#values.forEach((value, i) => {
      const bar = Math.max(1.5, (Math.log1p(value) / top) * (height - 2));
      context.fillRect((KEPT - this.#values.length + i) * step, height - 1 - bar, Math.max(1, step - 0.75), bar);
    });
    this.#onChange({ count: this.#values.length, last: this.#values[this.#values.length - 1], p50, max });
  }
}
