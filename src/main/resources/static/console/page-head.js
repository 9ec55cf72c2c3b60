import { $ } from './dom.js';
import { number, operationName, t } from './i18n.js';
import { percentOf } from './task-status.js';

const NAME = 'Kube Node Progress';

/** What is told outside the page: its title, and a notification of the browser when a watched task ends. */
export class PageHead {
  #running = null;

  constructor(signal) {
    const button = $('notify');
    button.hidden = !('Notification' in window) || Notification.permission !== 'default';
    button.addEventListener('click', async () => {
      button.hidden = (await Notification.requestPermission()) !== 'default';
    }, { signal });
    signal.addEventListener('abort', () => { document.title = NAME; });
  }

  /** @param {?object} view the task on the screen, or null */
  show(view) {
    if (!view) {
      document.title = NAME;
      return;
    }
    const { shown, status, ended, taskId, asOf } = view;
    const what = `${operationName(shown.action)} · ${shown.cluster_name}`;
    const title = ended ? `${t(`st${status}`)} · ${what}`
      : `${asOf === null ? '' : '? '}${Math.floor(percentOf(shown))} % · ${what}`;
    if (document.title !== title) {
      document.title = title;
    }
    if (!ended) {
      this.#running = taskId;
    } else if (this.#running === taskId) {
      this.#running = null;
      this.#notify(taskId, `${what} ${t(`st${status}`)}`, t('notifyBody', { ok: number(shown.success_count), bad: number(shown.failed_count) }));
    }
  }

  #notify(tag, title, body) {
    if (document.hidden && 'Notification' in window && Notification.permission === 'granted') {
      const note = new Notification(title, { body, tag, icon: '/console/icon.svg' });
      note.onclick = () => {
        window.focus();
        note.close();
      };
    }
  }
}
