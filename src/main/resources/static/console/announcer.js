import { number, operationName, t } from './i18n.js';
import { percentOf } from './task-status.js';

const quarterOf = (task) => Math.floor(percentOf(task) / 25);

/** Tells those who do not see the page little of a task: each quarter, and the end. */
export class Announcer {
  #announce;
  #quarter = 0;

  /** @param {(text: string) => void} announce */
  constructor(announce) {
    this.#announce = announce;
  }

  /** Another task; null where nothing is known of it yet. */
  begin(task) {
    this.#quarter = task ? quarterOf(task) : 0;
  }

  /** @param {boolean} watched whether its way here was seen, so that its end is news */
  tell(task, status, watched) {
    if (task.ended) {
      if (this.#quarter < 5 && watched) {
        this.#announce(t('announceEnd', {
          op: operationName(task.action), status: t(`st${status}`),
          ok: number(task.success_count), bad: number(task.failed_count),
        }));
      }
      this.#quarter = 5;
    } else if (quarterOf(task) > this.#quarter) {
      this.#quarter = quarterOf(task);
      this.#announce(t('announceAt', { p: this.#quarter * 25, bad: number(task.failed_count) }));
    }
  }
}
