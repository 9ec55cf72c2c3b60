/** How a task stands, as the console names it. */

/**
 * One of `pending`, `approval`, `paused`, `running`, `completed`, `partly` (completed, and nodes failed), `failed`,
 * `cancelled`, `stopped` (failed or cancelled: which one is not known yet).
 *
 * @param {?object} row the task as the API told it last
 * @param {?object} live its TaskState, where messages came
 */
export function statusOf(row, live) {
  const ended = row?.completed_at ? row.status : live?.ended ? live.status : null;
  if (ended) {
    const failed = Math.max(live?.failed_count ?? 0, row?.failed_count ?? 0);
    return ended === 'completed' && failed > 0 ? 'partly' : ended;
  }
  if (row?.paused_at) {
    return 'paused';
  }
  if (row?.needs_approval && !row.approved_by) {
    return 'approval';
  }
  const current = Math.max(live?.current ?? 0, row?.current ?? 0);
  return row?.status === 'pending' && current === 0 ? 'pending' : 'running';
}

/** Whether nothing more will come. */
export function isEnded(status) {
  return ['completed', 'partly', 'failed', 'cancelled', 'stopped'].includes(status);
}

/** Percent to one decimal, rounded down: 100 is all. */
export function percentOf({ current = 0, total }) {
  return total === 0 ? 100 : Math.floor((1000 * current) / total) / 10;
}

/** The first and last part of a task's id: the first alone is its time. */
export function shortId(id) {
  return `${id.slice(0, 8)}…${id.slice(-4)}`;
}

/** How long a task took, or takes until a moment, in seconds; NaN where that is not known. */
export function elapsed(row, now) {
  const begun = Date.parse(row?.started_at ?? row?.created_at);
  // The beginning is by a replica's clock, the end by the database's.
  return Math.max(0, (row?.completed_at ? Date.parse(row.completed_at) : now) - begun) / 1000;
}
