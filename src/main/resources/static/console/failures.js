import { $, element } from './dom.js';
import { number, t } from './i18n.js';
import { serverText } from './server-texts.js';

const NAMES_SHOWN = 40;
const GROUPS_SHOWN = 50;

/** The nodes that failed, those of the same reason together. */
export class Failures {
  #nodes;
  #drawn = '';

  constructor(nodes, announce, signal) {
    this.#nodes = nodes;
    $('copy-failed').addEventListener('click', () => this.#copy(announce), { signal });
  }

  retranslate() {
    this.#drawn = '';
  }

  /** @param {number} count how many failed, by the task itself */
  draw(taskId, count) {
    $('failures').hidden = count === 0;
    const failed = count === 0 ? [] : this.#failed();
    const key = `${taskId} ${count} ${failed.length} ${failed.filter((row) => row.error).length}`;
    if (key === this.#drawn) {
      return;
    }
    this.#drawn = key;
    const groups = new Map();
    for (const { node_name: name, error } of failed) {
      groups.set(error ?? '', [...(groups.get(error ?? '') ?? []), name]);
    }
    $('failures-title').textContent = t('failuresTitle', { n: number(count) });
    $('failure-groups').replaceChildren(...[...groups].sort((a, b) => b[1].length - a[1].length)
      .slice(0, GROUPS_SHOWN).map(([error, names]) => {
        const more = names.length - NAMES_SHOWN;
        return element('div', { className: 'failure' },
          element('p', {
            className: 'mono failure-nodes',
            textContent: names.slice(0, NAMES_SHOWN).join('  ') + (more > 0 ? `  ${t('moreNames', { n: number(more) })}` : ''),
          }),
          element('p', { textContent: serverText(error) }));
      }));
  }

  #failed() {
    return this.#nodes.rows.filter((row) => row.status === 'failed');
  }

  async #copy(announce) {
    try {
      await navigator.clipboard.writeText(this.#failed().map((row) => row.node_name).join('\n'));
      announce(t('copied'));
      $('copy-failed').textContent = t('copied');
      setTimeout(() => { $('copy-failed').textContent = t('copyNames'); }, 1500);
    } catch (error) {
      announce(error.message);
    }
  }
}
