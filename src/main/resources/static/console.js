import { ProgressClient } from './progress-client.js';
import { taskFromAddress, tokenFromAddress } from './console/address.js';
import { Api, claims } from './console/api.js';
import { Batches } from './console/batches.js';
import { Clusters } from './console/clusters.js';
import { $ } from './console/dom.js';
import { currentLanguage, moment, operationName, setLanguage, t, translate } from './console/i18n.js';
import { openHawtio } from './console/hawtio.js';
import { latencyOfPage } from './console/latency.js';
import { LinkState } from './console/link-state.js';
import { NodeHistory } from './console/node-detail.js';
import { PageHead } from './console/page-head.js';
import { Plan } from './console/plan.js';
import { Watch } from './console/watch.js';
import { History } from './console/history.js';
import { Notifier } from './console/notifier.js';
import { Provider } from './console/provider.js';
import { showTexts } from './console/shown.js';

/** The page as a whole: who is signed in, the connection, and what its parts tell each other. */

const TOKEN = 'token';

let session = null;
let provider = null;

function keepToken() {
  const token = tokenFromAddress();
  if (token) {
    sessionStorage.setItem(TOKEN, token);
  }
}

function announce(text) {
  $('announce').textContent = text;
}

class Session {
  #renewal = null;
  #stop = new AbortController();

  constructor(token, caller) {
    this.token = token;
    this.caller = caller;
    this.role = caller.role;
    this.seesAll = caller.sees_all ?? this.role !== 'user';
    this.mayStart = this.role === 'admin' || this.role === 'user';
    this.scope = this.role === 'viewer' && this.seesAll ? 'all' : 'own';
    const { signal } = this.#stop;
    const api = new Api(() => this.token, () => session === this && signOut(t('expired')));
    this.api = api;
    const clusters = new Clusters(api);
    const batches = new Batches({ api, clusters, onStarted: (task, names) => this.started(task, names) });
    const shared = { session: this, api, announce, clusters, batches };
    const stateOf = (id) => this.client?.tasks.get(id) ?? null;
    const head = new PageHead(signal);
    const deeds = new NodeHistory(api, signal);
    this.plan = new Plan({ ...shared, onHistory: (cluster, node) => deeds.open(cluster, node) });
    this.watch = new Watch({
      ...shared,
      stateOf,
      complete: (task) => this.client.complete(task),
      onSeen: (id) => this.seen(id),
      onHead: (view) => head.show(view),
      onUse: (cluster, names) => this.plan.use(cluster, names),
      onHistory: (cluster, node) => deeds.open(cluster, node),
    });
    this.history = new History({
      ...shared,
      stateOf,
      onChosen: (task) => this.show(task.task_id, task, true),
      onScope: (scope) => this.rescope(scope),
    });
    this.link = new LinkState({
      announce,
      onGone: (since) => {
        this.watch.lineGone(since);
        this.history.lineGone(since);
      },
    });
    this.notifier = new Notifier(api);
    ['retry-now', 'as-of-retry'].forEach((id) => $(id).addEventListener('click', () => this.client.retry(), { signal }));
    $('hawtio').addEventListener('click', () => openHawtio(api), { signal });
  }

  begin() {
    $('sign-in').hidden = true;
    $('work').hidden = false;
    $('bar-status').hidden = false;
    $('sign-out').hidden = false;
    $('hawtio').hidden = this.role !== 'admin';
    const who = $('who');
    who.hidden = false;
    who.textContent = this.caller.username;
    this.#connect();
    this.#renewInTime();
    this.plan.begin();
    this.notifier.begin();
    this.history.load().then((tasks) => {
      const asked = taskFromAddress();
      const first = asked ?? tasks.find((task) => task.completed_at === null)?.task_id ?? tasks[0]?.task_id;
      if (first && !this.watch.taskId) {
        this.show(first, tasks.find((task) => task.task_id === first), false);
      }
    });
  }

  /** A provider's tokens live for minutes: the next one is fetched before the last quarter of this one's life. */
  #renewInTime() {
    const expires = claims(this.token).exp * 1000;
    $('who').title = [this.role, t('validUntil', { time: moment(expires) })].join(', ');
    this.#renewal = setTimeout(async () => {
      const next = await provider?.renew().catch(() => null);
      if (next && session === this) {
        this.token = next;
        sessionStorage.setItem(TOKEN, next);
        this.client.stop();
        this.client.start();
        this.#renewInTime();
      }
    }, Math.min((expires - Date.now()) * 0.75, 2 ** 31 - 1));
  }

  end() {
    clearTimeout(this.#renewal);
    this.#stop.abort();
    this.client?.stop();
    this.plan.end();
    this.watch.end();
    this.history.end();
    this.notifier.end();
    this.link.end();
  }

  rescope(scope) {
    this.scope = scope;
    this.client.stop();
    this.#connect();
  }

  show(taskId, row, focus, names = null) {
    history.replaceState(null, '', `#task=${taskId}`);
    this.history.mark(taskId);
    this.watch.show(taskId, row ?? null, focus, names);
  }

  started(task, names) {
    this.history.add(task);
    this.show(task.task_id, { ...task, created_at: new Date().toISOString() }, true, names);
    announce(t('announceStart', { op: operationName(task.action), n: task.total }));
  }

  /** The end of a task is on the screen: the server need not tell it again. */
  seen(taskId) {
    this.client.ack(taskId);
    this.history.seen(taskId);
  }

  #connect() {
    const client = new ProgressClient({ token: () => this.token, scope: this.scope });
    this.client = client;
    const current = (listener) => (event) => client === this.client && listener(event.detail);
    client.addEventListener('state', current((detail) => this.#linkChanged(detail)));
    const latency = latencyOfPage();
    client.addEventListener('connected', current(({ frame, receivedAt, handshakeMs }) => latency.greeted(frame.timestamp, receivedAt, handshakeMs)));
    client.addEventListener('task', current((detail) => {
      latency.heard(detail.frame, detail.receivedAt);
      this.watch.update(detail);
      this.plan.heard(detail.task, detail.frame);
      this.history.update(detail.task, detail.frame.current_node == null);
    }));
    client.addEventListener('nodes', current((detail) => this.watch.completed(detail.task)));
    client.addEventListener('gone', current((detail) => this.watch.gone(detail.task_id)));
    client.start();
  }

  retranslate() {
    this.link.retranslate();
    this.plan.retranslate();
    this.watch.retranslate();
    this.history.retranslate();
    this.notifier.load();
  }

  #linkChanged(detail) {
    const { state } = detail;
    if (this.link.changed(detail)) {
      this.history.load();
    } else if (state === 'unauthenticated') {
      signOut(t('expired'));
    } else if (state === 'forbidden') {
      signOut(t('forbidden'));
    }
  }
}

/** Who the server takes a token for; a server that does not answer leaves what the token says. */
async function signIn(token) {
  let caller;
  try {
    caller = await new Api(() => token, () => {}).get('/session');
  } catch (error) {
    const said = claims(token);
    if (error.status === 401 || error.status === 403 || !said?.role) {
      signOut(error.status === 401 ? t('refused')
        : error.status === 403 ? `${t('forbidden')} ${error.message}`
          : error.status === 0 ? error.message : t('unreachable', { why: error.message }));
      return;
    }
    caller = { role: said.role, username: said.username ?? said.user_id };
  }
  sessionStorage.setItem(TOKEN, token);
  session = new Session(token, caller);
  session.begin();
}

function signOut(why = '') {
  sessionStorage.removeItem(TOKEN);
  if (session) {
    if (session.role === 'admin') {
      session.api.call('DELETE', '/session').catch(() => {});
    }
    const ended = session;
    session = null;
    ended.end();
  }
  for (const id of ['work', 'bar-status', 'sign-out', 'hawtio', 'who']) {
    $(id).hidden = true;
  }
  $('sign-in').hidden = false;
  $('sign-in-problem').textContent = why;
  $('token').value = '';
  $('token').focus();
}

function offerLanguage() {
  $('language').textContent = t('language');
  $('language').lang = currentLanguage() === 'zh' ? 'en' : 'zh';
}

$('language').addEventListener('click', () => {
  setLanguage(currentLanguage() === 'zh' ? 'en' : 'zh');
  offerLanguage();
  session?.retranslate();
});

$('sign-in-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const token = $('token').value.trim();
  $('sign-in-problem').textContent = '';
  if (claims(token)) {
    signIn(token);
  } else {
    $('sign-in-problem').textContent = t('notToken');
  }
});

$('sign-in-provider').addEventListener('click', () => provider.begin().catch((error) => {
  $('sign-in-problem').textContent = t('providerFailed', { why: error.message });
}));

$('sign-out').addEventListener('click', () => signOut());

window.addEventListener('hashchange', () => {
  keepToken();
  if (!session && sessionStorage.getItem(TOKEN)) {
    signIn(sessionStorage.getItem(TOKEN));
  }
  const task = taskFromAddress();
  if (task && session && task !== session.watch.taskId) {
    session.show(task, null, false);
  }
});

async function begin() {
  keepToken();
  translate();
  offerLanguage();
  const kept = sessionStorage.getItem(TOKEN);
  if (kept) {
    signIn(kept);
  } else {
    signOut();
  }
  provider = await Provider.offered();
  $('sign-in-provider').hidden = !provider;
  try {
    const token = await provider?.finish();
    if (token) {
      await signIn(token);
    }
  } catch (error) {
    signOut(t('providerFailed', { why: error.message }));
  }
}

showTexts(document.documentElement);
begin();
