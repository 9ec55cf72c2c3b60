/** The clusters of the caller and their nodes, as the server lists them. */
export class Clusters {
  #api;
  #totals = new Map();

  /** The last list: `name`, `reachable`, `reason`, `confirm_above`. */
  all = [];

  constructor(api) {
    this.#api = api;
  }

  async load() {
    this.all = (await this.#api.get('/clusters')).clusters;
    return this.all;
  }

  /**
   * Nodes of a cluster, by name, whole.
   *
   * @param {string} name
   * @param {string} [selector] of labels
   */
  async nodes(name, selector = '') {
    const nodes = [];
    let after = null;
    do {
      const query = new URLSearchParams({ ...(selector ? { selector } : {}), ...(after ? { after } : {}) }).toString();
      const page = await this.#api.get(`/clusters/${encodeURIComponent(name)}/nodes${query && `?${query}`}`);
      nodes.push(...page.nodes);
      after = page.next ?? null;
    } while (after !== null);
    if (!selector) {
      this.#totals.set(name, nodes.length);
    }
    return nodes;
  }

  /**
   * Whether so many nodes are a share of the cluster that nobody should touch by a slip; also where nobody knows.
   *
   * @returns {boolean|Promise<boolean>} at once where the cluster was read before
   */
  isLargeShare(name, count) {
    const cluster = this.all.find((one) => one.name === name);
    const total = this.#totals.get(name);
    return cluster && total !== undefined ? 100 * count > cluster.confirm_above * total : this.#look(name, count);
  }

  async #look(name, count) {
    try {
      await this.load();
      await this.nodes(name);
    } catch {
      return true;
    }
    return !this.all.some((one) => one.name === name) || this.isLargeShare(name, count);
  }
}
