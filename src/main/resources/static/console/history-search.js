import { $, element } from './dom.js';
import { t } from './i18n.js';

const STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'];
const TEXTS = ['q', 'cluster', 'action', 'user', 'node'];
const TYPED_MS = 300;

/** What narrows the list of tasks. */
export class HistorySearch {
  #typed = null;

  /** @param {() => void} onChange */
  constructor(onChange, signal) {
    const on = (id, type, listener) => $(id).addEventListener(type, listener, { signal });
    on('history-status', 'change', onChange);
    on('history-form', 'submit', (event) => event.preventDefault());
    on('history-form', 'input', () => {
      clearTimeout(this.#typed);
      this.#typed = setTimeout(onChange, TYPED_MS);
    });
    on('history-clear', 'click', () => {
      $('history-form').reset();
      $('history-status').value = '';
      onChange();
    });
    this.retranslate();
  }

  retranslate() {
    const { value } = $('history-status');
    $('history-status').replaceChildren(...[['', t('anyStatus')], ...STATUSES.map((status) => [status, t(`st${status}`)])]
      .map(([key, textContent]) => element('option', { value: key, textContent })));
    $('history-status').value = value;
  }

  /** The parameters of `GET /tasks`; days are the browser's, and `to` is inclusive. */
  query() {
    const query = {};
    const set = (name, value) => { if (value) { query[name] = value; } };
    set('status', $('history-status').value);
    TEXTS.forEach((name) => set(name, $(`history-${name}`).value.trim()));
    set('failed', $('history-failed').checked ? 'true' : '');
    const [from, to] = ['from', 'to'].map((name) => $(`history-${name}`).value);
    set('from', from && new Date(`${from}T00:00:00`).toISOString());
    if (to) {
      const end = new Date(`${to}T00:00:00`);
      end.setDate(end.getDate() + 1);
      set('to', end.toISOString());
    }
    return query;
  }
}
