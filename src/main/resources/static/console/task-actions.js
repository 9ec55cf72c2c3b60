import { $ } from './dom.js';
import { number, operationName, t } from './i18n.js';
import { describe } from './operations.js';
import { undoing } from './undo.js';

const MOST_BATCHES = 20;

/** What people do with a task: let it go on, end it, and go on from it. */
export class TaskActions {
  #api;
  #session;
  #clusters;
  #batches;
  #nodes;
  #watched;
  #tell;
  #cancelling = false;

  /**
   * @param {object} parts
   * @param {() => object} parts.watched the task on the screen: `taskId`, `row`, `status`, `ended`, `shown`
   * @param {() => void} parts.reload reads it again
   * @param {(text: string) => void} parts.tell says what did not work
   * @param {(cluster: string, names: string[]) => void} parts.onUse picks nodes for a new batch
   */
  constructor({ api, session, clusters, batches, nodes, watched, reload, tell, onUse, signal }) {
    this.#api = api;
    this.#session = session;
    this.#clusters = clusters;
    this.#batches = batches;
    this.#nodes = nodes;
    this.#watched = watched;
    this.#tell = tell;
    const change = (what) => async () => {
      await this.#api.post(`/tasks/${encodeURIComponent(this.#watched().taskId)}/${what()}`);
    };
    const on = (id, action, after = () => {}) => $(id).addEventListener('click', async () => {
      $(id).disabled = true;
      try {
        await action();
      } catch (error) {
        this.#tell(error.message);
      } finally {
        $(id).disabled = false;
        after();
      }
    }, { signal });
    on('approve', change(() => 'approve'), reload);
    on('pause', change(() => (this.#watched().row?.paused_at ? 'resume' : 'pause')), reload);
    on('cancel', () => this.#cancel(change(() => 'cancel'), reload));
    on('retry', () => this.#retry());
    on('again', () => this.#again());
    on('undo', () => this.#undo());
    on('use-nodes', async () => {
      const rows = await this.#whole();
      rows && onUse(this.#watched().shown.cluster_name, rows.map((row) => row.node_name));
    });
  }

  begin() {
    this.#cancelling = false;
  }

  draw({ shown, row, status, ended }) {
    const { mayStart } = this.#session;
    const rest = shown.total - shown.success_count;
    const show = (id, when) => { $(id).hidden = !mayStart || !when; };
    show('approve', status === 'approval');
    show('pause', !ended);
    $('pause').textContent = t(row?.paused_at ? 'resume' : 'pause');
    show('cancel', !ended);
    $('cancel').disabled = this.#cancelling;
    $('cancel').textContent = t(this.#cancelling ? 'cancelling' : 'cancel');
    show('retry', ended && rest > 0);
    $('retry').textContent = t(rest === 1 ? 'retryFailed1' : 'retryFailed', { n: number(rest) });
    show('again', ended && row);
    show('undo', ended && row && !row.dry_run && ['cordon', 'uncordon', 'drain', 'label', 'taint', 'roll'].includes(row.action));
    show('use-nodes', row);
  }

  hide() {
    ['approve', 'pause', 'cancel', 'retry', 'again', 'undo', 'use-nodes'].forEach((id) => { $(id).hidden = true; });
  }

  async #cancel(post, reload) {
    this.#cancelling = true;
    try {
      await post();
    } catch (error) {
      this.#cancelling = false;
      if (error.status !== 409) {
        throw error;
      }
      reload();
    }
  }

  /** What is asked of nodes is asked of all of them, as they stand in the rows; null when another task is shown by then. */
  async #whole(taskId = this.#watched().taskId) {
    let whole = false;
    while (!whole && taskId === this.#watched().taskId) {
      whole = await this.#nodes.load();
    }
    return whole ? this.#nodes.rows : null;
  }

  #request(names) {
    const { row } = this.#watched();
    const { selector, ...params } = row.params;
    return {
      operation: row.action, cluster: row.cluster_name, names,
      params: { ...params, ...(row.reason ? { reason: row.reason } : {}), ...(row.concurrency ? { concurrency: row.concurrency } : {}) },
    };
  }

  async #again() {
    const rows = await this.#whole();
    if (rows) {
      await this.#batches.ask(this.#request(rows.map((row) => row.node_name)));
    }
  }

  async #retry() {
    const { taskId } = this.#watched();
    const rows = await this.#whole();
    if (!rows) {
      return;
    }
    const names = rows.filter((row) => row.status !== 'succeeded').map((row) => row.node_name);
    const batch = this.#request(names);
    const { what, facts } = describe(batch.operation, batch.params, batch.cluster, names.length);
    const failed = rows.filter((row) => row.status === 'failed').length;
    await this.#batches.retry(taskId, batch, {
      what: `${t('retryWhat', { failed: number(failed), untried: number(names.length - failed) })} ${what}`, facts,
    });
  }

  async #undo() {
    const { taskId, row } = this.#watched();
    const cluster = row.cluster_name;
    const present = await this.#clusters.nodes(cluster);
    const rows = await this.#whole(taskId);
    if (!rows) {
      return;
    }
    const { batches, changedSince, cannot } = undoing(rows, present, t('undoReason', { id: taskId }));
    const left = [
      changedSince.length > 0 ? t('undoChanged', { n: number(changedSince.length) }) : '',
      cannot.length > 0 ? t('undoCannot', { n: number(cannot.length) }) : '',
    ].filter(Boolean);
    if (batches.length === 0 || batches.length > MOST_BATCHES) {
      this.#tell([t(batches.length === 0 ? 'undoNothing' : 'undoTooMany'), ...left].join(' '));
      return;
    }
    const names = [...new Set(batches.flatMap((batch) => batch.names))];
    const parts = batches.map(({ operation, names: some, params }) => {
      const { title, what } = describe(operation, params, cluster, some.length);
      return batches.length === 1 ? what : `${title.replace(/[?？]$/, '')}: ${what}`;
    });
    const sure = await this.#batches.confirm({ operation: batches[0].operation, cluster, names, params: {} }, {
      title: t('undoTitle', { op: operationName(row.action), n: number(names.length), cluster }),
      what: t('undoWhat'),
      facts: [...parts, ...(['drain', 'roll'].includes(row.action) ? [t('undoPods')] : []), ...left],
      go: t('undoGo', { n: number(names.length) }),
    });
    for (const batch of sure ? batches : []) {
      await this.#batches.start({ cluster, ...batch });
    }
  }
}
