import { number, t } from './i18n.js';

const $ = (id) => document.getElementById(id);
const WITH_PLAN = ['drain', 'roll'];

/** What a drain does with the pods of its nodes: read when somebody opens it, and again when the task has ended. */
export class PodPlan {
  #api;
  #taskId = null;
  #ended = false;
  #after = 0;
  #turn = 0;

  constructor(api, signal) {
    this.#api = api;
    $('pods').addEventListener('toggle', () => this.#load(), { signal });
    $('more-pods').addEventListener('click', () => this.#load(this.#after), { signal });
  }

  /** The task on the screen, as far as it is. */
  offer(taskId, action, ended) {
    $('pods').hidden = !WITH_PLAN.includes(action);
    if (taskId !== this.#taskId || ended !== this.#ended) {
      this.#taskId = taskId;
      this.#ended = ended;
      this.#load();
    }
  }

  retranslate() {
    this.#load();
  }

  async #load(after = 0) {
    const turn = ++this.#turn;
    if (after === 0) {
      $('pod-rows').replaceChildren();
      $('more-pods').hidden = true;
    }
    if ($('pods').hidden || !$('pods').open) {
      return;
    }
    try {
      const page = await this.#api.get(`/tasks/${encodeURIComponent(this.#taskId)}/plan?after=${after}`);
      if (turn === this.#turn) {
        $('pod-rows').append(...page.nodes.map(row));
        this.#after = page.next;
        $('more-pods').hidden = page.next === null;
      }
    } catch (error) {
      if (turn === this.#turn) {
        $('pod-rows').append(cells([['', error.message]]));
      }
    }
  }
}

function row({ node_name: name, order, counts, seconds, pods, budgets, error }) {
  const why = new Set((pods ?? []).flatMap((pod) => [pod.plan === 'refuse' && pod.why, pod.outcome !== 'evicted' && pod.waits]));
  const blocks = (budgets ?? []).filter((budget) => budget.blocks > 0).map((budget) => t('budgetBlocks',
    { budget: `${budget.namespace}/${budget.name}`, n: number(budget.blocks), pods: number(budget.pods) }));
  const said = [...blocks, ...[...why].filter(Boolean)].join('; ');
  return cells([
    ['mono', name], ['num', order ?? ''],
    ...['evict', 'keep', 'refuse', 'lost', 'differs'].map((count) => ['num', counts ? number(counts[count]) : '']),
    ['num', seconds === null ? '' : `${number(Math.round(seconds * 10) / 10)} s`],
    ['why', said || (pods ? '' : error ?? t('noPlan'))],
  ]);
}

function cells(all) {
  const tr = document.createElement('tr');
  tr.append(...all.map(([className, textContent]) => Object.assign(document.createElement('td'), { className, textContent })));
  return tr;
}
