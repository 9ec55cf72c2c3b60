import { en } from './texts/en.js';
import { zh } from './texts/zh.js';

const TEXTS = { en, zh };
let language = localStorage.getItem('language')
  ?? ((navigator.languages ?? [navigator.language]).find((l) => /^(en|zh)\b/i.test(l)) ?? 'en').slice(0, 2).toLowerCase();
if (!TEXTS[language]) {
  language = 'en';
}

/** A text, with `{name}` replaced. */
export function t(key, values = {}) {
  const text = TEXTS[language][key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** An operation's name, as people read it. */
export function operationName(operation) {
  return `op${operation}` in en ? t(`op${operation}`) : operation;
}

/** A whole number, grouped. */
export function number(n) {
  return n.toLocaleString(language === 'zh' ? 'zh-CN' : 'en');
}

/** A moment: the time, and the day unless it is today. */
export function moment(iso) {
  const date = new Date(iso);
  const today = date.toDateString() === new Date().toDateString();
  return date.toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB', {
    hour: '2-digit', minute: '2-digit', second: '2-digit',
    ...(today ? {} : { day: 'numeric', month: 'short' }),
  });
}

/** A time span in words: `3.2 s`, `4 min 5 s`; a dash where it is not known. */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) {
    return '–';
  }
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  return h > 0 ? `${h} h ${m} min` : m > 0 ? `${m} min ${whole % 60} s` : `${whole} s`;
}

/** How old something is, as `kubectl get` tells it: `5m`, `3h`, `12d`. */
export function age(iso) {
  const seconds = Math.max(0, (Date.now() - Date.parse(iso)) / 1000);
  const [size, unit] = [[86_400, 'd'], [3_600, 'h'], [60, 'm'], [1, 's']].find(([n]) => seconds >= n) ?? [1, 's'];
  return `${Math.floor(seconds / size)}${unit}`;
}

/** The language in use: `en` or `zh`. */
export function currentLanguage() {
  return language;
}

/** Changes the language and every marked text of the page. */
export function setLanguage(next) {
  language = next;
  localStorage.setItem('language', next);
  translate();
}

/** Puts texts into what is marked with data-t and data-t-label. */
export function translate(root = document) {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  for (const element of root.querySelectorAll('[data-t]')) {
    element.textContent = t(element.dataset.t);
  }
  for (const element of root.querySelectorAll('[data-t-label]')) {
    element.setAttribute('aria-label', t(element.dataset.tLabel));
  }
  for (const element of root.querySelectorAll('[data-t-hint]')) {
    element.placeholder = t(element.dataset.tHint);
  }
}
