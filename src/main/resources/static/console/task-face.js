import { $, element, write } from './dom.js';
import { duration, moment, operationName, t } from './i18n.js';
import { optionsShown } from './operations.js';
import { elapsed, shortId } from './task-status.js';

/** What a task is: what was asked, by whom, when and why, and who ended it. */
export class TaskFace {
  #drawn = '';

  /**
   * @param {object} shown what is known of it: row or state
   * @param {object} state
   * @param {string} state.taskId
   * @param {?object} state.row as the API told it
   * @param {string} state.status see statusOf
   * @param {boolean} state.ended
   * @param {?number} state.asOf since when nothing is live, or null
   */
  draw(shown, { taskId, row, status, ended, asOf }) {
    const title = `${operationName(shown.action)} · ${shown.cluster_name}`;
    const chip = asOf === null || ended ? t(`st${status}`) : t('stAsOf', { status: t(`st${status}`), time: moment(asOf) });
    const dry = row?.dry_run ? ` ${t('dryRun')}` : '';
    const key = [title, dry, chip, status, document.documentElement.lang].join('|');
    if (this.#drawn !== key) {
      this.#drawn = key;
      $('watch-title').replaceChildren(title, element('span', { className: 'dry', textContent: dry }), ' ',
        element('span', { className: `state state-${status}`, textContent: chip }));
    }
    write($('watch-id'), taskId);
    $('watch-parent').hidden = !row?.retry_of;
    if (row?.retry_of) {
      $('watch-parent').href = `#task=${row.retry_of}`;
      write($('watch-parent'), t('retryOf', { id: shortId(row.retry_of) }));
    }
    this.#facts(row, ended, asOf);
  }

  #facts(row, ended, asOf) {
    const facts = row?.username === undefined ? [] : [
      ['by', row.username || String(row.user_id)],
      ['when', moment(row.started_at ?? row.created_at)],
      [ended ? 'took' : 'elapsed', duration(ended && !row.completed_at ? NaN : elapsed(row, asOf ?? Date.now()))],
      ['reason', row.reason],
      ['options', optionsShown(row)],
      ['startsAt', ended || row.started_at || !row.starts_at ? '' : moment(row.starts_at)],
      ['approvedBy', row.approved_by],
      ['cancelledBy', row.cancelled_by],
    ];
    const list = $('task-facts');
    const shown = facts.filter(([, value]) => value);
    // Kept where they are: the time that runs on is one text, not a list anew each second.
    shown.forEach(([name, value], i) => {
      const fact = list.children[i] ?? list.appendChild(element('div', {}, element('dt'), element('dd')));
      write(fact.children[0], t(name));
      write(fact.children[1], value);
      fact.dataset.fact = name;
    });
    while (list.children.length > shown.length) {
      list.lastChild.remove();
    }
  }
}
