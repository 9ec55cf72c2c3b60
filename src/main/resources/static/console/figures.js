import { $, write } from './dom.js';
import { duration, number, t } from './i18n.js';
import { elapsed, percentOf } from './task-status.js';

const RATE_WINDOW_MS = 8_000;

/** How far a task is: counts, rate, and what is left of it as long as the line is there. */
export class Figures {
  #samples = [];

  begin() {
    this.#samples = [];
  }

  /** A live frame counted. */
  sample(current) {
    this.#samples.push([performance.now(), current]);
  }

  /** Whether the end was watched. */
  get watched() {
    return this.#samples.length > 0;
  }

  /**
   * @param {object} shown the counts
   * @param {object} state
   * @param {?object} state.row
   * @param {boolean} state.ended
   * @param {boolean} state.goesOn it runs, and the line is there: what is left may be told
   */
  draw(shown, { row, ended, goesOn }) {
    const { current = 0, total, success_count: ok = 0, failed_count: bad = 0 } = shown;
    const percent = percentOf({ current, total });
    write($('percent'), String(percent === 100 || percent === 0 ? percent : percent.toFixed(percent < 10 ? 1 : 0)));
    write($('done'), `${number(current)} / ${number(total)}`);
    write($('succeeded'), number(ok));
    write($('failed'), number(bad));
    $('failed').parentElement.classList.toggle('some', bad > 0);
    $('meter').setAttribute('aria-valuenow', Math.floor(percent));
    $('meter').setAttribute('aria-valuetext', `${number(current)} / ${number(total)}`);
    $('meter-ok').style.width = `${(100 * ok) / Math.max(1, total)}%`;
    $('meter-bad').style.width = `${(100 * bad) / Math.max(1, total)}%`;
    $('meter').classList.toggle('ended', ended);
    const took = ended && row?.completed_at ? elapsed(row) : NaN;
    const rate = ended ? (took > 0 ? current / took : 0) : goesOn ? this.#rate() : 0;
    write($('rate'), rate > 0 ? t('perSecond', { n: rate < 10 ? rate.toFixed(1) : number(Math.round(rate)) }) : '–');
    write($('left-name'), t(ended ? 'took' : 'left'));
    write($('left'), ended ? duration(took) : rate > 0 ? `~ ${duration((total - current) / rate)}` : '–');
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
}
