import { $, element } from './dom.js';
import { moment, number, operationName, t } from './i18n.js';
import { showNode } from './node-detail.js';
import { NodeFilter } from './node-filter.js';
import { NodeList } from './node-list.js';
import { OptionProblem, readOptions, showOptions } from './operations.js';
import { serverText } from './server-texts.js';

const STANDARD = ['cordon', 'uncordon', 'drain', 'label', 'taint'];
/** A list that was read so long ago is read again when somebody comes back to it. */
const STALE_MS = 5_000;

let list = null;
let filter = null;

/** Which nodes, which operation: up to the batch that starts. */
export class Plan {
  #api;
  #session;
  #clusters;
  #batches;
  #onHistory;
  #stop = new AbortController();
  #operations = STANDARD;
  #operation = 'cordon';
  #loading = 0;
  #readAt = 0;
  #refresh = null;

  constructor({ api, session, clusters, batches, onHistory }) {
    this.#api = api;
    this.#session = session;
    this.#clusters = clusters;
    this.#batches = batches;
    this.#onHistory = onHistory;
  }

  begin() {
    list ??= new NodeList($('nodes'));
    filter ??= new NodeFilter(list);
    const { signal } = this.#stop;
    const on = (target, type, listener) => target.addEventListener(type, listener, { signal });
    on(list, 'change', () => this.#count());
    on(list, 'active', () => showNode(list.active));
    on($('node-history'), 'click', () => this.#onHistory($('cluster').value, list.active.name));
    on($('cluster'), 'change', () => {
      list.pickNone();
      this.#loadNodes();
    });
    on($('selector'), 'change', () => this.#loadNodes());
    on($('pick-all'), 'click', () => list.pickAll());
    on($('pick-none'), 'click', () => list.pickNone());
    on($('refresh'), 'click', () => this.#loadNodes());
    on(window, 'focus', () => this.#lookAgain());
    on(document, 'visibilitychange', () => document.hidden || this.#lookAgain());
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
    clearTimeout(this.#refresh);
    list?.pickNone();
    list?.setNodes([]);
  }

  retranslate() {
    this.#showOperations();
    this.#showOptions();
    this.#showClusters();
    filter.retranslate();
    list.redraw();
  }

  /** Nodes of an earlier task, for a new one. */
  async use(cluster, names) {
    $('cluster').value = cluster;
    $('selector').value = '';
    filter.clear();
    await this.#loadNodes();
    list.pick(names);
    $('plan-title').scrollIntoView({ block: 'start' });
    $('nodes').focus({ preventScroll: true });
  }

  /** A batch told of a node: its list row may not be true any more. */
  heard(task, frame) {
    if (task.cluster_name !== $('cluster').value) {
      return;
    }
    const done = frame.node_status === 'succeeded';
    if (done && (task.action === 'cordon' || task.action === 'uncordon')) {
      list.mark(frame.current_node, task.action === 'uncordon');
    } else if (task.action === 'drain' && frame.node_status) {
      list.mark(frame.current_node, false);
    }
    if (task.ended) {
      clearTimeout(this.#refresh);
      this.#refresh = setTimeout(() => this.#loadNodes(), 300);
    }
  }

  /** What other programs did to the nodes is seen when somebody comes back to the page. */
  #lookAgain() {
    if (Date.now() - this.#readAt > STALE_MS && !$('confirm').open) {
      this.#loadNodes();
    }
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
    $('operations').replaceChildren(...this.#operations.map((name) => element('label', {},
      element('input', { type: 'radio', name: 'operation', value: name, checked: name === this.#operation }),
      element('span', { textContent: operationName(name) }))));
  }

  #showOptions() {
    showOptions($('options'), this.#operation);
    this.#count();
  }

  async #loadClusters() {
    try {
      await this.#clusters.load();
    } catch (error) {
      list.setEmpty(serverText(error.message));
      return;
    }
    this.#showClusters();
    await this.#loadNodes();
  }

  #showClusters() {
    const chosen = $('cluster').value || sessionStorage.getItem('cluster');
    $('cluster').replaceChildren(...this.#clusters.all.map(({ name, reachable, reason }) => element('option', {
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
    try {
      const nodes = await this.#clusters.nodes(cluster, $('selector').value.trim());
      if (turn === this.#loading) {
        this.#readAt = Date.now();
        list.setEmpty('');
        list.setNodes(nodes);
        filter.offer(nodes);
        $('nodes-asof').textContent = '';
      }
    } catch (error) {
      if (turn !== this.#loading) {
        return;
      }
      if (list.total > 0 && error.status === 0) {
        // The line is gone: what was read is shown, and from when it is.
        $('nodes-asof').textContent = t('nodesAsOf', { time: moment(this.#readAt) });
        return;
      }
      list.setNodes([]);
      list.setEmpty(serverText(error.message));
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
    const batch = { operation: this.#operation, cluster: $('cluster').value, names, params };
    if (!(await this.#batches.confirm(batch))) {
      return;
    }
    $('review').disabled = true;
    try {
      await this.#batches.start(batch);
      list.pickNone();
    } catch (error) {
      this.#problem(`${error.field ? `${error.field}: ` : ''}${stripField(error)} ${t('conflictHint')}`, error.field);
    } finally {
      this.#count();
    }
  }
}

function stripField({ message, field }) {
  return serverText(field && message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message);
}
