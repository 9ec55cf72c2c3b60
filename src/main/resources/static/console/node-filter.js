import { $, element } from './dom.js';
import { t } from './i18n.js';

const FIELDS = ['state', 'role', 'taint', 'version'];

/** What narrows the list of nodes: name, state, role, taint, version. */
export class NodeFilter {
  #list;
  #values = { role: [], taint: [], version: [] };

  /** @param {object} list NodeList */
  constructor(list) {
    this.#list = list;
    $('filter').addEventListener('input', () => this.#apply());
    FIELDS.forEach((field) => $(`filter-${field}`).addEventListener('change', () => this.#apply()));
    this.retranslate();
  }

  /** The nodes there are: what they have can be chosen. */
  offer(nodes) {
    const all = (of) => [...new Set(nodes.flatMap(of))].filter(Boolean).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    this.#values = {
      role: all((node) => node.roles ?? []),
      taint: all((node) => (node.taints ?? []).map((taint) => taint.key)),
      version: all((node) => [node.kubelet_version]),
    };
    this.retranslate();
    this.#apply();
  }

  clear() {
    $('filter').value = '';
    FIELDS.forEach((field) => { $(`filter-${field}`).value = ''; });
    this.#apply();
  }

  retranslate() {
    const states = ['ready', 'notReady', 'schedulable', 'cordoned'].map((state) => [state, t(state)]);
    for (const field of FIELDS) {
      const select = $(`filter-${field}`);
      const { value } = select;
      const options = field === 'state' ? states : this.#values[field].map((one) => [one, one]);
      select.replaceChildren(...[['', t(`any${field}`)], ...options].map(([key, textContent]) => element('option', { value: key, textContent })));
      select.value = options.some(([key]) => key === value) ? value : '';
    }
  }

  #apply() {
    const [state, role, taint, version] = FIELDS.map((field) => $(`filter-${field}`).value);
    const states = {
      ready: (node) => node.ready, notReady: (node) => !node.ready,
      schedulable: (node) => node.schedulable, cordoned: (node) => !node.schedulable,
    };
    this.#list.filter($('filter').value, (node) => (!state || states[state](node))
      && (!role || node.roles?.includes(role))
      && (!taint || node.taints?.some(({ key }) => key === taint))
      && (!version || node.kubelet_version === version));
  }
}
