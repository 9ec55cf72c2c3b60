import { moment, t } from './i18n.js';

const $ = (id) => document.getElementById(id);
const EVERY_MS = 5_000;

/** The badge that tells how messages are delivered at present. */
export class Notifier {
  #api;
  #timer = null;

  constructor(api) {
    this.#api = api;
  }

  begin() {
    this.load();
    this.#timer = setInterval(() => document.hidden || this.load(), EVERY_MS);
  }

  end() {
    clearInterval(this.#timer);
  }

  async load() {
    const badge = $('notifier');
    let status;
    try {
      status = await this.#api.get('/progress/status');
    } catch (error) {
      badge.dataset.state = 'poor';
      $('notifier-text').textContent = t('statusUnknown');
      return;
    }
    const down = status.database === 'down';
    const good = status.state === 'REALTIME' || (status.type === 'polling' && status.state === 'POLLING');
    badge.dataset.state = down ? 'poor' : good ? 'good' : 'soso';
    $('notifier-text').textContent = [
      status.state,
      status.type === 'polling' ? null : status.type,
      down ? t('dbdown') : null,
    ].filter(Boolean).join(' · ');
    const facts = [];
    for (const name of ['type', 'state', 'since', 'attempts', 'probe_ms', 'degradations', 'reason', 'database', 'replica']) {
      const value = status[name];
      if (value === null || value === undefined || value === '') {
        continue;
      }
      const term = document.createElement('dt');
      term.textContent = t(`f${name}`);
      const fact = document.createElement('dd');
      fact.className = 'mono';
      fact.textContent = name === 'since' ? moment(value)
        : name === 'probe_ms' ? `${Number(value).toFixed(2)} ms` : value;
      facts.push(term, fact);
    }
    $('notifier-facts').replaceChildren(...facts);
  }
}
