import { ProgressClient } from './progress-client.js';
import { Api, claims } from './console/api.js';
import { currentLanguage, moment, operationName, setLanguage, t, translate } from './console/i18n.js';
import { Plan } from './console/plan.js';
import { Watch } from './console/watch.js';
import { History } from './console/history.js';
import { Notifier } from './console/notifier.js';
import { Provider } from './console/provider.js';
import { showTexts } from './console/shown.js';

/** The page as a whole: who is signed in, the connection, and what its parts tell each other. */

const TOKEN = 'token';
const $ = (id) => document.getElementById(id);

let session = null;
let provider = null;

function tokenFromAddress() {
  const found = /[#&]token=([^&]+)/.exec(location.hash);
  if (found) {
    // Out of the address and its history at once: it must not be copied along with a link.
    history.replaceState(null, '', location.pathname + location.search);
    sessionStorage.setItem(TOKEN, decodeURIComponent(found[1]));
  }
}

function taskFromAddress() {
  return /[#&]task=([\w-]+)/.exec(location.hash)?.[1] ?? null;
}

function announce(text) {
  $('announce').textContent = text;
}

class Session {
  #waiting = null;
  #renewal = null;
  #link = { state: 'connecting' };
  #lost = false;

  constructor(token, caller) {
    this.token = token;
    this.caller = caller;
    this.role = caller.role;
    this.seesAll = caller.sees_all ?? this.role !== 'user';
    this.mayStart = this.role === 'admin' || this.role === 'user';
    this.scope = this.role === 'viewer' && this.seesAll ? 'all' : 'own';
    this.api = new Api(() => this.token, () => session === this && signOut(t('expired')));
    const shared = { session: this, api: this.api, announce };
    this.plan = new Plan({ ...shared, onStarted: (task, names) => this.started(task, names) });
    this.watch = new Watch({
      ...shared,
      stateOf: (id) => this.client?.tasks.get(id) ?? null,
      complete: (task) => this.client.complete(task),
      onSeen: (id) => this.seen(id),
      onStarted: (task, names) => this.started(task, names),
    });
    this.history = new History({
      ...shared,
      stateOf: (id) => this.client?.tasks.get(id) ?? null,
      onChosen: (task) => this.show(task.task_id, task, true),
      onScope: (scope) => this.rescope(scope),
    });
    this.notifier = new Notifier(this.api);
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
    this.client?.stop();
    this.plan.end();
    this.watch.end();
    this.history.end();
    this.notifier.end();
    clearInterval(this.#waiting);
  }

  rescope(scope) {
    this.scope = scope;
    this.client.stop();
    this.#connect();
  }

  show(taskId, row, focus) {
    history.replaceState(null, '', `#task=${taskId}`);
    this.history.mark(taskId);
    this.watch.show(taskId, row ?? null, focus);
  }

  started(task, names) {
    this.history.add(task);
    this.watch.remember(task.task_id, names);
    this.show(task.task_id, { ...task, created_at: new Date().toISOString() }, true);
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
    client.addEventListener('connected', current((detail) => this.watch.greeted(detail)));
    client.addEventListener('task', current((detail) => {
      this.watch.update(detail);
      this.history.update(detail.task, detail.frame.current_node == null);
    }));
    client.addEventListener('nodes', current((detail) => this.watch.completed(detail.task)));
    client.addEventListener('gone', current((detail) => this.watch.gone(detail.task_id)));
    client.start();
  }

  retranslate() {
    this.#showLink(0);
    this.plan.retranslate();
    this.watch.retranslate();
    this.history.retranslate();
    this.notifier.load();
  }

  #showLink(seconds) {
    const { state, transport, silentSince } = this.#link;
    $('link-text').textContent = silentSince && (state === 'waiting' || state === 'connecting') ? t('linksilent', { time: moment(silentSince) })
      : state === 'open' && transport === 'sse' ? t('linksse') : t(`link${state}`, { s: seconds });
  }

  #linkChanged(detail) {
    const { state, transport, reason, retryInMs } = detail;
    this.#link = detail;
    clearInterval(this.#waiting);
    const chip = $('link');
    chip.dataset.state = state === 'open' ? 'good' : state === 'connecting' || state === 'waiting' ? 'soso' : 'poor';
    chip.title = [transport, reason].filter(Boolean).join(': ');
    this.#showLink(0);
    if (state === 'waiting') {
      const until = Date.now() + retryInMs;
      const count = () => this.#showLink(Math.max(0, (until - Date.now()) / 1000).toFixed(1));
      count();
      this.#waiting = setInterval(count, 100);
      if (!this.#lost) {
        this.#lost = true;
        announce(t('announceLost'));
      }
    } else if (state === 'open' && this.#lost) {
      this.#lost = false;
      announce(t('announceBack'));
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
          : t('unreachable', { why: error.message }));
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

$('hawtio').addEventListener('click', async () => {
  try {
    await session.api.post('/session');
    window.open('/actuator/hawtio', 'hawtio');
  } catch (error) {
    $('batch-problem').textContent = t('hawtioFailed', { why: error.message });
  }
});

window.addEventListener('hashchange', () => {
  tokenFromAddress();
  const task = taskFromAddress();
  if (task && session && task !== session.watch.taskId) {
    session.show(task, null, false);
  }
});

async function begin() {
  tokenFromAddress();
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
