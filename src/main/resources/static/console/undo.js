const UNSCHEDULABLE = 'unschedulable';
const REASON = 'reason';

/**
 * What puts nodes back as they were before a task, by what it changed of them and no more: a field that somebody
 * has changed since is left alone, and so is one that no operation can put back.
 *
 * @param {object[]} rows of `/tasks/{task_id}/nodes`
 * @param {object[]} present of `/clusters/{name}/nodes`
 * @param {string} why the reason of the new batches
 * @returns {{batches: {operation: string, names: string[], params: object}[], changedSince: string[], cannot: string[]}}
 */
export function undoing(rows, present, why) {
  const now = new Map(present.map((node) => [node.name, fieldsOf(node)]));
  const batches = new Map();
  const changedSince = [];
  const cannot = [];
  for (const { node_name: name, change } of rows.filter((row) => row.change)) {
    const fields = Object.entries(change).filter(([field]) => field !== 'truncated');
    const back = change.truncated || !now.has(name) ? null : inverse(Object.fromEntries(fields), why);
    if (back === null) {
      cannot.push(name);
    } else if (fields.some(([field, { to }]) => (now.get(name)[field] ?? null) !== to)) {
      changedSince.push(name);
    } else {
      for (const { operation, params } of back) {
        const key = JSON.stringify([operation, params]);
        batches.set(key, batches.get(key) ?? { operation, params, names: [] });
        batches.get(key).names.push(name);
      }
    }
  }
  return { batches: [...batches.values()], changedSince, cannot };
}

function fieldsOf(node) {
  const fields = { [UNSCHEDULABLE]: !node.schedulable };
  if (node.cordon_annotation === 'kubenode.org/reason') {
    fields[REASON] = node.cordon_reason;
  }
  for (const [key, value] of Object.entries(node.labels ?? {})) {
    fields[`labels.${key}`] = value;
  }
  for (const { key, value, effect } of node.taints ?? []) {
    fields[`taints.${key}:${effect}`] = value ?? '';
  }
  return fields;
}

/** The operations that undo a change; null where there are none. */
function inverse(change, reason) {
  const { [UNSCHEDULABLE]: held, [REASON]: said, ...others } = change;
  const back = [];
  if (held?.to === true && (said?.from ?? null) === null) {
    // The annotation goes with it: what the task wrote.
    back.push({ operation: 'uncordon', params: { reason } });
  } else if (held?.to === false || (said && !held && said.from !== null && said.to !== null)) {
    back.push({ operation: 'cordon', params: (said?.from ?? null) === null ? {} : { reason: said.from } });
  } else if (held || said) {
    return null;
  }
  const labels = {};
  const taints = [];
  for (const [field, { from, to }] of Object.entries(others)) {
    const name = field.slice(field.indexOf('.') + 1);
    if (field.startsWith('labels.')) {
      labels[name] = from;
    } else if (field.startsWith('taints.')) {
      const [key, effect] = [name.slice(0, name.lastIndexOf(':')), name.slice(name.lastIndexOf(':') + 1)];
      const value = from ?? to;
      taints.push({ key, effect, ...(value ? { value } : {}), ...(from === null ? { remove: true } : {}) });
    } else {
      return null;
    }
  }
  if (Object.keys(labels).length > 0) {
    back.push({ operation: 'label', params: { labels, reason } });
  }
  if (taints.length > 0) {
    back.push({ operation: 'taint', params: { taints, reason } });
  }
  return back;
}
