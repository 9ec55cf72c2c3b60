import { newKey } from './api.js';
import { NodeList } from './node-list.js';
import { describe, OptionProblem, readOptions, showOptions } from './operations.js';
import { number, operationName, t } from './i18n.js';

const $ = (id) => document.getElementById(id);
const STANDARD = ['cordon', 'uncordon', 'drain', 'label', 'taint'];
const SHOWN_IN_CONFIRMATION = 12;
let list = null;

/** Which nodes, which operation: up to the batch that starts. */
export class Plan {
  #api;
  #session;
  #onStarted;
  #stop = new AbortController();
  #operations = STANDARD;
  #operation = 'cordon';
  #loading = 0;
  #clusters = [];

  constructor({ api, session, onStarted }) {
    this.#api = api;
    this.#session = session;
    this.#onStarted = onStarted;
  }

  begin() {
    list ??= new NodeList($('nodes'));
    const { signal } = this.#stop;
    const on = (target, type, listener) => target.addEventListener(type, listener, { signal });
    on(list, 'change', () => this.#count());
    on($('cluster'), 'change', () => {
      list.pickNone();
      this.#loadNodes();
    });
    on($('selector'), 'change', () => this.#loadNodes());
    on($('filter'), 'input', () => list.filter($('filter').value));
    on($('pick-all'), 'click', () => list.pickAll());
    on($('pick-none'), 'click', () => list.pickNone());
    on($('operations'), 'change', (event) => {
      this.#operation = event.target.value;
      this.#showOptions();
    });
    on($('batch-form'), 'submit', (event) => {
      event.preventDefault();
      // Return in the selector looks for nodes, and starts nothing.
      if (document.activeElement === $('selector') || document.activeElement === $('filter')) {
        document.activeElement.dispatchEvent(new Event('change'));
      } else {
        this.#review();
      }
    });
    this.#showOperations();
    this.#showOptions();
    this.#loadOperations();
    this.#loadClusters();
  }

  end() {
    this.#stop.abort();
    list?.pickNone();
    list?.setNodes([]);
  }

  retranslate() {
    this.#showOperations();
    this.#showOptions();
    this.#showClusters();
    list.redraw();
  }

  async #loadOperations() {
    try {
      const { operations } = await this.#api.get('/operations');
      this.#operations = [...STANDARD.filter((name) => operations.includes(name)),
        ...operations.filter((name) => !STANDARD.includes(name))];
      this.#showOperations();
    } catch {
      // The five are what every server has.
    }
  }

  #showOperations() {
    $('operations').replaceChildren(...this.#operations.map((name) => {
      const label = document.createElement('label');
      const input = Object.assign(document.createElement('input'),
        { type: 'radio', name: 'operation', value: name, checked: name === this.#operation });
      const text = document.createElement('span');
      text.textContent = operationName(name);
      label.append(input, text);
      return label;
    }));
  }

  #showOptions() {
    showOptions($('options'), this.#operation);
    this.#count();
  }

  async #loadClusters() {
    try {
      this.#clusters = (await this.#api.get('/clusters')).clusters;
    } catch (error) {
      list.setEmpty(error.message);
      return;
    }
    this.#showClusters();
    await this.#loadNodes();
  }

  #showClusters() {
    const chosen = $('cluster').value || sessionStorage.getItem('cluster');
    $('cluster').replaceChildren(...this.#clusters.map(({ name, reachable, reason }) =>
      Object.assign(document.createElement('option'), {
        value: name,
        textContent: reachable ? name : t('unreachableCluster', { name }),
        title: reason ?? '',
        selected: name === chosen,
      })));
  }

  async #loadNodes() {
    const cluster = $('cluster').value;
    if (!cluster) {
      return;
    }
    sessionStorage.setItem('cluster', cluster);
    const turn = ++this.#loading;
    list.setEmpty(t('loading'));
    const selector = $('selector').value.trim();
    try {
      const query = selector ? `?selector=${encodeURIComponent(selector)}` : '';
      const { nodes } = await this.#api.get(`/clusters/${encodeURIComponent(cluster)}/nodes${query}`);
      if (turn === this.#loading) {
        list.setEmpty('');
        list.setNodes(nodes);
        this.#problem('');
      }
    } catch (error) {
      if (turn === this.#loading) {
        list.setNodes([]);
        list.setEmpty(error.message);
      }
    }
  }

  #count() {
    const picked = list.picked.size;
    $('picked').textContent = t('picked',
      { picked: number(picked), shown: number(list.shown), all: number(list.total) });
    const op = operationName(this.#operation);
    const review = $('review');
    review.disabled = picked === 0 || !this.#session.mayStart;
    review.textContent = !this.#session.mayStart ? t('viewer')
      : picked === 0 ? t('reviewNone', { op: op.toLowerCase() })
        : t(picked === 1 ? 'review1' : 'review', { op, n: number(picked) });
  }

  #problem(text, field = null) {
    $('batch-problem').textContent = text;
    document.querySelectorAll('[aria-invalid]').forEach((input) => input.removeAttribute('aria-invalid'));
    const input = field && document.querySelector(`[data-option="${CSS.escape(field.split(/[.[]/)[0])}"]`);
    if (input) {
      input.closest('details')?.setAttribute('open', '');
      input.setAttribute('aria-invalid', 'true');
      input.focus();
    }
  }

  async #review() {
    const names = list.names();
    if (names.length === 0) {
      return;
    }
    let params;
    try {
      params = readOptions($('options'), this.#operation);
    } catch (error) {
      if (!(error instanceof OptionProblem)) {
        throw error;
      }
      this.#problem(error.message, error.field);
      return;
    }
    this.#problem('');
    const cluster = $('cluster').value;
    if (await this.#confirmed(describe(this.#operation, params, cluster, names.length), names)) {
      await this.#start(cluster, names, params);
    }
  }

  #confirmed({ title, what, facts, go, grave }, names) {
    $('confirm-title').textContent = title;
    $('confirm-what').textContent = what;
    $('confirm-facts').replaceChildren(...facts.map((text) =>
      Object.assign(document.createElement('li'), { textContent: text })));
    const more = names.length - SHOWN_IN_CONFIRMATION;
    $('confirm-nodes').textContent = names.slice(0, SHOWN_IN_CONFIRMATION).join('  ')
      + (more > 0 ? `  ${t('andMore', { n: number(more) })}` : '');
    $('confirm-yes').textContent = go;
    $('confirm-yes').classList.toggle('grave', grave);
    const dialog = $('confirm');
    dialog.returnValue = 'no';
    dialog.showModal();
    (grave ? dialog.querySelector('[value=no]') : $('confirm-yes')).focus();
    return new Promise((resolve) => {
      // A close is told after the fact: by then the dialog may be open again, and it is not this one's.
      dialog.onclose = () => dialog.open || resolve(dialog.returnValue === 'yes');
    });
  }

  async #start(cluster, names, params) {
    const key = newKey();
    const body = { cluster_name: cluster, node_names: names, ...params };
    const path = `/nodes/batch/${encodeURIComponent(this.#operation)}`;
    const send = () => this.#api.post(path, body, { 'Idempotency-Key': key });
    $('review').disabled = true;
    try {
      // A lost answer is asked for once more: with the key it is one batch in any case.
      const task = await send().catch((error) => (error.status === 0 ? send() : Promise.reject(error)));
      list.pickNone();
      this.#onStarted(task, names);
    } catch (error) {
      this.#problem(`${error.field ? `${error.field}: ` : ''}${stripField(error)} ${t('conflictHint')}`, error.field);
    } finally {
      this.#count();
    }
  }
}

function stripField({ message, field }) {
  return field && message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
}
