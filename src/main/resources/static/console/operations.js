import { element } from './dom.js';
import { operationName, number, t } from './i18n.js';

/** The options of each operation: what is asked, how it is read, what the confirmation says. */

const COMMON = [
  { name: 'concurrency', kind: 'number', min: 1 },
  { name: 'stop_after_failures', kind: 'number', min: 1 },
  { name: 'reason', kind: 'text', wide: true },
];

const OWN = {
  cordon: [], uncordon: [],
  drain: [
    { name: 'ignore_daemonsets', kind: 'check', checked: true, first: true },
    { name: 'delete_emptydir_data', kind: 'check', first: true },
    { name: 'force', kind: 'check', first: true },
    { name: 'max_unavailable', kind: 'share' },
    { name: 'grace_period_seconds', kind: 'number', min: 0 },
    { name: 'timeout_seconds', kind: 'number', min: 0 },
  ],
  label: [{ name: 'labels', kind: 'labels', first: true }],
  taint: [{ name: 'taints', kind: 'taints', first: true }],
};

const OTHER = [{ name: 'otherOptions', kind: 'json', first: true }];

const EXAMPLES = { labels: 'maintenance=2026-q1', taints: 'maintenance:NoSchedule', json: '{}' };

/** What the user typed cannot be used. */
export class OptionProblem extends Error {
  constructor(message, name) {
    super(message);
    this.field = name;
  }
}

function optionsOf(operation) {
  return [...(OWN[operation] ?? OTHER), ...COMMON, ...(OWN[operation] ? [{ name: 'dry_run', kind: 'check', first: true }] : [])];
}

/**
 * Puts an operation's fields into a container; what was typed into fields of the same name stays.
 *
 * @param {HTMLElement} container
 * @param {string} operation
 */
export function showOptions(container, operation) {
  const before = new Map([...container.querySelectorAll('[data-option]')].map((input) =>
    [input.dataset.option, input.type === 'checkbox' ? input.checked : input.value]));
  const open = container.querySelector('details')?.open ?? false;
  const first = element('div', { className: 'options-first' });
  const grid = element('div', { className: 'options-grid' });
  for (const option of optionsOf(operation)) {
    (option.first ? first : grid).append(field(option, before.get(option.name)));
  }
  const more = element('details', { open }, element('summary', { textContent: t('moreOptions') }), grid);
  container.replaceChildren(first, more);
}

function field(option, value) {
  const id = `option-${option.name}`;
  if (option.kind === 'check') {
    const input = element('input', { type: 'checkbox', id, checked: value ?? option.checked ?? false });
    input.dataset.option = option.name;
    return element('label', { className: 'check' }, input, element('span', { textContent: t(option.name) }));
  }
  const wrap = element('div', { className: option.wide ? 'wide' : '' });
  const lines = EXAMPLES[option.kind] !== undefined;
  const input = lines
    ? element('textarea', { id, rows: 2, spellcheck: false, className: 'mono', placeholder: EXAMPLES[option.kind] })
    : element('input', { id, type: option.kind === 'number' ? 'number' : 'text', autocomplete: 'off' });
  if (option.kind === 'number') {
    Object.assign(input, { min: option.min, step: 1, inputMode: 'numeric', placeholder: t('standard') });
  } else if (option.kind === 'share') {
    input.placeholder = t('max_unavailableHow');
  }
  input.value = value ?? '';
  input.dataset.option = option.name;
  wrap.append(element('label', { htmlFor: id, textContent: t(option.name) }), input);
  if (lines) {
    const how = `${option.kind === 'json' ? 'otherOptions' : option.kind}How`;
    wrap.append(element('p', { className: 'hint', id: `${id}-how`, textContent: t(how) }));
    input.setAttribute('aria-describedby', `${id}-how`);
  }
  return wrap;
}

/**
 * Reads the fields.
 *
 * @returns {object} the request's options
 * @throws {OptionProblem} naming the field and line
 */
export function readOptions(container, operation) {
  const params = {};
  for (const { name, kind } of optionsOf(operation)) {
    const input = container.querySelector(`[data-option="${name}"]`);
    const text = input.value.trim();
    if (kind === 'check') {
      if (input.checked) {
        params[name] = true;
      }
    } else if (kind === 'labels') {
      params.labels = Object.fromEntries(lines(text, name).map(([line, n]) => label(line, n)));
    } else if (kind === 'taints') {
      params.taints = lines(text, name).map(([line, n]) => taint(line, n));
    } else if (kind === 'json') {
      Object.assign(params, json(text));
    } else if (kind === 'number' && text !== '') {
      params[name] = Number(text);
    } else if (kind === 'share' && text !== '') {
      params[name] = /^\d+$/.test(text) ? Number(text) : text;
    } else if (text !== '') {
      params[name] = text;
    }
  }
  return params;
}

function lines(text, name) {
  const all = text.split('\n').map((line, i) => [line.trim(), i + 1]).filter(([line]) => line !== '');
  if (all.length === 0) {
    throw new OptionProblem(t('needed', { what: t(name) }), name);
  }
  return all;
}

function label(line, n) {
  const set = /^([^\s=]+)=(\S*)$/.exec(line);
  const remove = /^([^\s=]+)-$/.exec(line);
  if (set) {
    return [set[1], set[2]];
  }
  if (remove) {
    return [remove[1], null];
  }
  throw new OptionProblem(t('badLabel', { line: n, text: line }), 'labels');
}

function taint(line, n) {
  const parts = /^([^\s=:]+)(?:=([^\s:]*))?(?::(NoSchedule|PreferNoSchedule|NoExecute))?(-?)$/.exec(line);
  const remove = parts?.[4] === '-' || (parts && !parts[3] && parts[1].endsWith('-'));
  if (!parts || (!parts[3] && !remove)) {
    throw new OptionProblem(t('badTaint', { line: n, text: line }), 'taints');
  }
  return {
    key: parts[3] ? parts[1] : parts[1].replace(/-$/, ''),
    ...(parts[2] ? { value: parts[2] } : {}),
    ...(parts[3] ? { effect: parts[3] } : {}),
    ...(remove ? { remove: true } : {}),
  };
}

function json(text) {
  let value = {};
  try {
    value = text === '' ? {} : JSON.parse(text);
  } catch {
    value = null;
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new OptionProblem(t('badJson'), 'otherOptions');
  }
  return value;
}

/**
 * What the confirmation says.
 *
 * @returns {{title: string, what: string, facts: string[], go: string, grave: boolean}}
 */
export function describe(operation, params, cluster, count) {
  const op = operationName(operation);
  const n = number(count);
  const values = { op, n, cluster };
  const one = count === 1 ? '1' : '';
  const known = OWN[operation] !== undefined || operation === 'roll';
  const facts = [];
  const fact = (key, what = {}) => facts.push(t(key, what));
  if (params.dry_run) {
    fact('dryFact');
  }
  for (const name of ['ignore_daemonsets', 'delete_emptydir_data', 'force']) {
    if (params[name]) {
      fact(`${name}Fact`);
    }
  }
  for (const [name, key] of [['max_unavailable', 'maxFact'], ['concurrency', 'concurrencyFact'],
    ['stop_after_failures', 'stopFact'], ['grace_period_seconds', 'graceFact'], ['timeout_seconds', 'timeoutFact']]) {
    if (params[name] !== undefined) {
      fact(key, { n: params[name] });
    }
  }
  if (params.reason) {
    fact('reasonFact', { what: params.reason });
  }
  return {
    title: t(params.dry_run ? 'confirmDry' : `confirmTitle${one}`, values),
    what: known ? t(`what${operation}`, { what: changes(params), step: params.step ?? '' }) : t('whatother', values),
    facts,
    go: t(`confirmGo${one}`, values),
    grave: !params.dry_run && (operation === 'drain' || OWN[operation] === undefined
      || (params.taints ?? []).some((x) => x.effect === 'NoExecute' && !x.remove)),
  };
}

/** The options of a task that was asked for, in one line. */
export function optionsShown({ params = {}, concurrency }) {
  const { labels, taints, selector, dry_run: dry, ...others } = params;
  const said = Object.entries(others).filter(([name]) => name !== 'reason').map(([name, value]) => (value === true ? t(name)
    : `${t(name)}: ${typeof value === 'object' ? JSON.stringify(value) : value}`));
  return [changes(params), selector ? `${t('selector')}: ${selector}` : '', ...said,
    concurrency ? `${t('concurrency')}: ${concurrency}` : '', dry ? t('dryRun') : ''].filter(Boolean).join(' · ');
}

function changes(params) {
  const labels = Object.entries(params.labels ?? {})
    .map(([key, value]) => (value === null ? `${key}-` : `${key}=${value}`));
  const taints = (params.taints ?? []).map((x) =>
    `${x.key}${x.value ? `=${x.value}` : ''}${x.effect ? `:${x.effect}` : ''}${x.remove ? '-' : ''}`);
  return [...labels, ...taints].join(', ');
}
