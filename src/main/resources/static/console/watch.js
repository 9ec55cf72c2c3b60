import { TaskState } from '../progress-client.js';
import { Announcer } from './announcer.js';
import { $, onePicture, write } from './dom.js';
import { Failures } from './failures.js';
import { FieldView } from './field-view.js';
import { Figures } from './figures.js';
import { moment, t } from './i18n.js';
import { InTheWay } from './in-the-way.js';
import { NodeTable } from './node-table.js';
import { PodPlan } from './pod-plan.js';
import { serverText } from './server-texts.js';
import { TaskActions } from './task-actions.js';
import { TaskFace } from './task-face.js';
import { TaskNodes } from './task-nodes.js';
import { isEnded, statusOf } from './task-status.js';
import { Timeline } from './timeline.js';

/** The task on the screen, as it happens. */
export class Watch {
  #api;
  #announcer;
  #stateOf;
  #complete;
  #onSeen;
  #onHead;
  #stop = new AbortController();
  #task = null;
  #row = null;
  #asOf = null;
  #ticker = null;
  #nodes;
  #field;
  #figures = new Figures();
  #face = new TaskFace();
  #actions;
  #failures;
  #table;
  #way;
  #pods;
  #timeline;
  #queue = onePicture(() => this.#draw());

  /** The watched task's id, or null. */
  taskId = null;

  /**
   * @param {object} parts
   * @param {(id: string) => ?object} parts.stateOf the state that messages told of a task
   * @param {(task: object) => void} parts.complete reads what messages left out of it
   * @param {(head: ?object) => void} parts.onHead what the page's title may say
   */
  constructor({ api, session, announce, clusters, batches, stateOf, complete, onSeen, onHead, onUse, onHistory }) {
    this.#api = api;
    this.#announcer = new Announcer(announce);
    this.#stateOf = stateOf;
    this.#complete = complete;
    this.#onSeen = onSeen;
    this.#onHead = onHead;
    const { signal } = this.#stop;
    const nodes = new TaskNodes(api);
    this.#nodes = nodes;
    this.#field = new FieldView(nodes, signal);
    this.#failures = new Failures(nodes, announce, signal);
    const watched = () => this.#view();
    this.#table = new NodeTable({ nodes, clusters, watched, onUse, onHistory, signal });
    this.#way = new InTheWay({ nodes, watched });
    this.#pods = new PodPlan(api, signal);
    this.#timeline = new Timeline({ api, watched, signal });
    this.#actions = new TaskActions({
      api, session, clusters, batches, nodes, watched, onUse, signal,
      reload: () => this.#load(this.taskId),
      tell: (text) => this.#problem(text),
    });
    $('watch-problem-seen').addEventListener('click', () => this.#problem(''), { signal });
    nodes.addEventListener('reset', this.#queue, { signal });
    document.addEventListener('visibilitychange', this.#queue, { signal });
    this.#ticker = setInterval(() => this.#task && !this.#task.ended && this.#queue(), 1000);
    this.#queue();
  }

  end() {
    this.#stop.abort();
    clearInterval(this.#ticker);
    this.taskId = null;
    this.#task = null;
    this.#row = null;
    this.#queue();
  }

  retranslate() {
    this.#pods.retranslate();
    this.#failures.retranslate();
    this.#table.retranslate();
    this.#timeline.retranslate();
    this.#queue();
  }

  /**
   * Shows a task.
   *
   * @param {string} taskId
   * @param {?object} row what the list knows of it
   * @param {boolean} focus whether to go there
   * @param {?string[]} [names] its nodes in their order, where they are known
   */
  async show(taskId, row, focus, names = null) {
    this.taskId = taskId;
    this.#row = row;
    this.#task = this.#stateOf(taskId);
    this.#announcer.begin(this.#task);
    $('watch-empty').textContent = t('loading');
    this.#problem('');
    this.#actions.begin();
    this.#figures.begin();
    this.#timeline.begin();
    this.#nodes.begin(taskId, names);
    this.#field.begin((this.#task ?? row)?.total ?? 0);
    this.#takeState();
    this.#table.begin();
    this.#queue();
    if (focus) {
      $('watch-title').focus({ preventScroll: true });
      if ($('watch').getBoundingClientRect().top > innerHeight / 2) {
        $('watch').scrollIntoView({ block: 'start' });
      }
    }
    this.#loadNodes();
    if (!this.#task || this.#task.incomplete || row?.username === undefined) {
      await this.#load(taskId);
    }
  }

  /** A frame of any task counted. */
  update({ task, frame }) {
    if (task.task_id !== this.taskId) {
      return;
    }
    this.#timeline.take(frame);
    if (this.#task?.total !== task.total) {
      this.#field.begin(task.total);
    }
    this.#task = task;
    if (frame.current_node != null) {
      this.#nodes.take(frame);
    }
    if (frame.snapshot || frame.success_nodes) {
      this.#takeState();
    }
    if (frame.snapshot && !task.ended) {
      this.#loadNodes();
    } else if (!frame.snapshot) {
      this.#figures.sample(task.current);
    }
    if (task.ended || frame.current_node == null) {
      // Of the task as a whole: it may have been paused, goes on, or how it ended is in the rows.
      this.#load(task.task_id);
    }
    if (task.ended) {
      this.#loadNodes();
    }
    this.#queue();
  }

  /** What frames had left out was read. */
  completed(task) {
    if (task === this.#task) {
      this.#takeState();
      this.#queue();
    }
  }

  gone(taskId) {
    if (taskId === this.taskId && !this.#task?.ended) {
      this.#load(taskId);
    }
  }

  /**
   * Since when nothing that is shown is live.
   *
   * @param {?number} since milliseconds since 1970, or null while the line is there
   */
  lineGone(since) {
    this.#asOf = since;
    this.#figures.begin();
    this.#queue();
  }

  /** Reads a task that no message told of, and what messages cannot tell: how it ended. */
  async #load(taskId) {
    let row;
    try {
      row = await this.#api.get(`/tasks/${encodeURIComponent(taskId)}`);
    } catch (error) {
      if (taskId === this.taskId && !this.#task) {
        $('watch-empty').textContent = error.status === 404 ? t('notYours') : serverText(error.message);
      }
      return;
    }
    if (taskId !== this.taskId) {
      return;
    }
    this.#row = row;
    const task = this.#stateOf(taskId) ?? new TaskState(taskId);
    task.apply({
      ...row,
      snapshot: true,
      type: row.completed_at === null ? 'progress' : row.status === 'completed' ? 'complete' : 'error',
      message: row.message ?? task.message,
      timestamp: row.updated_at,
    });
    if (this.#task?.total !== task.total) {
      this.#field.begin(task.total);
    }
    this.#task = task;
    this.#takeState();
    this.#queue();
    if (task.incomplete) {
      this.#complete(task);
    }
  }

  async #loadNodes() {
    try {
      await this.#nodes.load();
    } catch {
      // They are taken in the order in which frames tell of them, and read again at the next snapshot.
    }
    this.#takeState();
    this.#queue();
  }

  #takeState() {
    if (this.#task) {
      this.#nodes.takeState(this.#task);
      if (this.#task.ended) {
        this.#nodes.settle();
      }
    }
  }

  #problem(text) {
    $('watch-problem').hidden = text === '';
    $('watch-problem-text').textContent = serverText(text);
  }

  /** What the parts are told of the task on the screen. */
  #view() {
    const status = statusOf(this.#row, this.#task);
    return {
      taskId: this.taskId, row: this.#row, task: this.#task, shown: this.#task ?? this.#row,
      status, ended: isEnded(status), asOf: this.#asOf,
    };
  }

  #draw() {
    const view = this.#view();
    const { shown, status, ended, asOf } = view;
    $('watch-body').hidden = !shown;
    $('watch-empty').hidden = Boolean(shown);
    const stale = asOf !== null && Boolean(shown) && !ended;
    $('watch').classList.toggle('stale', stale);
    $('as-of').hidden = !stale;
    if (!shown) {
      $('watch-title').textContent = t('progress');
      write($('watch-id'), '');
      $('watch-parent').hidden = true;
      this.#actions.hide();
      this.#onHead(null);
      return;
    }
    write($('as-of-text'), stale ? t('asOf', { time: moment(asOf) }) : '');
    this.#face.draw(shown, view);
    this.#actions.draw(view);
    this.#figures.draw(shown, { ...view, goesOn: asOf === null && status === 'running' });
    this.#field.tell(shown);
    write($('message'), [
      serverText(shown.error ?? (ended ? shown.message : lastWord(this.#task)) ?? ''),
      this.#row?.durable === false && !this.#task?.durableSeq ? t('notDurable') : '',
    ].filter(Boolean).join(' '));
    $('message').classList.toggle('bad-text', Boolean(shown.error));
    this.#failures.draw(this.taskId, shown.failed_count ?? 0);
    this.#table.draw();
    this.#way.draw();
    this.#pods.offer(this.taskId, shown.action, ended);
    this.#timeline.draw();
    this.#onHead(view);
    if (this.#task) {
      this.#announcer.tell(this.#task, status, this.#figures.watched);
      if (this.#task.ended && !document.hidden) {
        this.#onSeen(this.#task.task_id);
      }
    }
  }
}

function lastWord(task) {
  return (task?.running.size > 0 ? [...task.running.values()].pop() : null) ?? task?.message;
}
