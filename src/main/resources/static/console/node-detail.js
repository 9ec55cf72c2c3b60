import { $, element } from './dom.js';
import { age, moment, operationName, t } from './i18n.js';
import { foreignTaints } from './node-list.js';
import { serverText } from './server-texts.js';

const PAGE = 20;

/** All that the list knows of the node that keys act on. */
export function showNode(node) {
  $('node-detail').hidden = node === null;
  if (node === null) {
    return;
  }
  $('node-detail-name').textContent = node.name;
  const facts = [
    ['state', [t(node.ready ? 'ready' : 'notReady'), node.schedulable ? '' : t('cordoned')].filter(Boolean).join(', ')],
    ['cordonReason', node.cordon_reason && `${node.cordon_reason} (${node.cordon_annotation})`],
    ['roles', node.roles?.join(', ')],
    ['version', node.kubelet_version],
    ['age', node.created_at && age(node.created_at)],
    ['taints', foreignTaints(node).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`).join(', ')],
  ].filter(([, value]) => value);
  $('node-facts').replaceChildren(...facts.flatMap(([name, value]) =>
    [element('dt', { textContent: t(name) }), element('dd', { textContent: value })]));
}

/** What was done to a node, newest first, as far as the caller may see the tasks. */
export class NodeHistory {
  #api;
  #asked = null;
  #next = null;

  constructor(api, signal) {
    this.#api = api;
    $('deeds-more').addEventListener('click', () => this.#read(), { signal });
    $('deeds-close').addEventListener('click', () => $('deeds').close(), { signal });
    $('deed-rows').addEventListener('click', (event) => event.target.closest('a') && $('deeds').close(), { signal });
    signal.addEventListener('abort', () => $('deeds').close());
  }

  async open(cluster, node) {
    this.#asked = { cluster, node };
    this.#next = null;
    $('deeds-title').textContent = t('deedsTitle', { node, cluster });
    $('deed-rows').replaceChildren();
    $('deeds-empty').textContent = t('loading');
    $('deeds').showModal();
    await this.#read();
  }

  async #read() {
    const { cluster, node } = this.#asked;
    const asked = this.#asked;
    try {
      const page = await this.#api.get(`/clusters/${encodeURIComponent(cluster)}/nodes/${encodeURIComponent(node)}/history?limit=${PAGE}`
        + (this.#next ? `&before=${this.#next}` : ''));
      if (asked !== this.#asked) {
        return;
      }
      this.#next = page.next;
      $('deed-rows').append(...page.history.map(deed));
      $('deeds-empty').textContent = $('deed-rows').children.length === 0 ? t('deedsEmpty') : '';
      $('deeds-more').hidden = page.next === null;
    } catch (error) {
      $('deeds-empty').textContent = serverText(error.message);
    }
  }
}

function deed(one) {
  const link = element('a', { href: `#task=${one.task_id}`, textContent: operationName(one.action) });
  return element('tr', {},
    element('td', { textContent: moment(one.started_at ?? one.created_at) }),
    element('td', {}, link),
    element('td', { textContent: one.username || String(one.user_id) }),
    element('td', { className: 'words', textContent: one.reason ?? '' }),
    element('td', {}, element('span', { className: `state node-${one.status}`, textContent: t(one.status === 'waiting' ? 'untried' : one.status) })),
    element('td', { className: 'words', textContent: serverText(one.error ?? one.message ?? '') }));
}
