import { $, element } from './dom.js';
import { duration, moment, t } from './i18n.js';
import { serverText } from './server-texts.js';
import { waitingPod } from './task-nodes.js';

const SHOWN = 50;

/** What a drain waits for: pod, budget, how long, the longest first, and what one can do. */
export class InTheWay {
  #nodes;
  #watched;
  #drawn = '';

  constructor({ nodes, watched }) {
    this.#nodes = nodes;
    this.#watched = watched;
  }

  draw() {
    const { ended, asOf } = this.#watched();
    const waits = ended ? [] : this.#nodes.rows
      .filter((row) => row.status === 'running' && waitingPod(row.message))
      .map((row) => ({ ...blocker(row.message), node: row.node_name, since: row.waitsSince ?? row.updated_at }))
      .sort((a, b) => (a.since < b.since ? -1 : 1));
    $('way').hidden = waits.length === 0;
    const now = asOf ?? Date.now();
    // Once a second at most: how long is told to the second.
    const key = JSON.stringify([waits, Math.floor(now / 1000), document.documentElement.lang]);
    if (key === this.#drawn) {
      return;
    }
    this.#drawn = key;
    $('way-count').textContent = t('wayCount', { n: waits.length });
    $('way-rows').replaceChildren(...waits.slice(0, SHOWN).map(({ pod, node, budget, why, since }) => element('tr', {},
      element('td', { className: 'mono', textContent: pod }),
      element('td', { className: 'mono', textContent: node }),
      element('td', { className: 'mono', textContent: budget ?? '–' }),
      element('td', { className: 'num', textContent: since ? duration(Math.max(0, now - Date.parse(since)) / 1000) : '–', title: since ? moment(since) : '' }),
      element('td', { className: 'words', textContent: serverText(why) }))));
    const advice = new Set(waits.map(({ budget, why }) => t(budget ? 'wayBudget' : /webhook/.test(why) ? 'wayWebhook' : 'wayOther', { budget: budget ?? '' })));
    $('way-advice').replaceChildren(...[...advice].slice(0, 5).map((textContent) => element('li', { textContent })));
  }
}

/** The parts of a message that says what a drain waits for. */
export function blocker(message) {
  const [, pod, why] = /(?:^|[;:] )(\S+) waits: (.*)$/.exec(message) ?? [];
  return { pod, why, budget: /disruption budget (\S+) needs/.exec(why)?.[1] ?? null };
}
