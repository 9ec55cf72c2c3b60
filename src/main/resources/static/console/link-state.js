import { $ } from './dom.js';
import { moment, t } from './i18n.js';

/** The badge that tells whether messages come, and since when they do not. */
export class LinkState {
  #announce;
  #onGone;
  #waiting = null;
  #link = { state: 'connecting' };
  #since = null;

  /**
   * @param {object} parts
   * @param {(since: ?number) => void} parts.onGone nothing is live since then, or null: it is again
   */
  constructor({ announce, onGone }) {
    this.#announce = announce;
    this.#onGone = onGone;
  }

  end() {
    clearInterval(this.#waiting);
  }

  retranslate() {
    this.#show(0);
  }

  /**
   * @param {object} detail of a `state` event of the client
   * @returns {boolean} whether the line is back after it was gone
   */
  changed(detail) {
    const { state, transport, reason, retryInMs, silentSince } = detail;
    this.#link = detail;
    clearInterval(this.#waiting);
    const chip = $('link');
    chip.dataset.state = state === 'open' ? 'good' : state === 'connecting' || state === 'waiting' ? 'soso' : 'poor';
    chip.title = [transport, reason].filter(Boolean).join(': ');
    this.#show(0);
    $('retry-now').hidden = state !== 'waiting';
    if (state === 'waiting') {
      const until = Date.now() + retryInMs;
      const count = () => this.#show(Math.max(0, (until - Date.now()) / 1000).toFixed(1));
      count();
      this.#waiting = setInterval(count, 100);
      if (this.#since === null) {
        this.#since = silentSince ?? Date.now();
        this.#onGone(this.#since);
        this.#announce(t('announceLost'));
      }
    } else if (state === 'open' && this.#since !== null) {
      this.#since = null;
      this.#onGone(null);
      this.#announce(t('announceBack'));
      return true;
    }
    return false;
  }

  #show(seconds) {
    const { state, transport, silentSince } = this.#link;
    $('link-text').textContent = silentSince && (state === 'waiting' || state === 'connecting') ? t('linksilent', { time: moment(silentSince) })
      : state === 'open' && transport === 'sse' ? t('linksse') : t(`link${state}`, { s: seconds });
  }
}
