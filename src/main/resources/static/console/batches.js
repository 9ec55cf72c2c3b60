import { newKey } from './api.js';
import { confirmed } from './confirm.js';
import { describe } from './operations.js';

/** Starts batches, each after a question that names what happens. */
export class Batches {
  #api;
  #clusters;
  #onStarted;

  /**
   * @param {{api: object, clusters: object, onStarted: (task: object, names: ?string[]) => void}} parts
   */
  constructor({ api, clusters, onStarted }) {
    this.#api = api;
    this.#clusters = clusters;
    this.#onStarted = onStarted;
  }

  /**
   * Asks, and starts.
   *
   * @param {{operation: string, cluster: string, names: string[], params: object}} batch
   * @param {object} [words] in place of those that follow from the batch
   * @returns {Promise<boolean>} whether it was started
   */
  async ask(batch, words = {}) {
    if (!(await this.confirm(batch, words))) {
      return false;
    }
    await this.start(batch);
    return true;
  }

  /** Asks only. */
  confirm({ operation, cluster, names, params }, words = {}) {
    const ask = (large) => confirmed({ ...describe(operation, params, cluster, names.length), names, type: large ? cluster : null, ...words });
    const large = !params.dry_run && this.#clusters.isLargeShare(cluster, names.length);
    return typeof large === 'boolean' ? ask(large) : large.then(ask);
  }

  /** Starts without a question; throws what the server says. */
  async start({ operation, cluster, names, params }) {
    const key = newKey();
    const body = { cluster_name: cluster, node_names: names, ...params };
    const send = () => this.#api.post(`/nodes/batch/${encodeURIComponent(operation)}`, body, { 'Idempotency-Key': key });
    // A lost answer is asked for once more: with the key it is one batch in any case.
    const task = await send().catch((error) => (error.status === 0 ? send() : Promise.reject(error)));
    this.#onStarted(task, names);
    return task;
  }

  /** A new task of the nodes of an ended one that failed or were not tried, after a question. */
  async retry(taskId, batch, words) {
    if (await this.confirm(batch, words)) {
      const task = await this.#api.post(`/tasks/${encodeURIComponent(taskId)}/retry`);
      this.#onStarted(task, batch.names.length === task.total ? batch.names : null);
    }
  }
}
