import { $, element } from './dom.js';
import { number, t } from './i18n.js';

const SHOWN = 12;

/**
 * Asks before something happens.
 *
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.what what will happen, in words
 * @param {string[]} [question.facts]
 * @param {string[]} [question.names] the nodes
 * @param {string} question.go what the button says
 * @param {boolean} [question.grave] in red, and the focus is on the way back
 * @param {?string} [question.type] what has to be typed first: the cluster's name
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, what, facts = [], names = [], go, grave = false, type = null }) {
  const dialog = $('confirm');
  if (dialog.open) {
    return Promise.resolve(false);
  }
  $('confirm-title').textContent = title;
  $('confirm-what').textContent = what;
  $('confirm-facts').replaceChildren(...facts.map((text) => element('li', { textContent: text })));
  const more = names.length - SHOWN;
  $('confirm-nodes').textContent = names.slice(0, SHOWN).join('  ') + (more > 0 ? `  ${t('andMore', { n: number(more) })}` : '');
  $('confirm-nodes').hidden = names.length === 0;
  $('confirm-type').hidden = type === null;
  $('confirm-type-how').textContent = t('typeName', { cluster: type ?? '' });
  const input = $('confirm-name');
  const yes = $('confirm-yes');
  input.value = '';
  input.oninput = () => { yes.disabled = type !== null && input.value.trim() !== type; };
  input.onkeydown = (event) => {
    // The first button of a form is what Return presses: here that is the way back.
    if (event.key === 'Enter') {
      event.preventDefault();
      yes.click();
    }
  };
  input.oninput();
  yes.textContent = go;
  yes.classList.toggle('grave', grave);
  dialog.returnValue = 'no';
  dialog.showModal();
  (grave ? dialog.querySelector('[value=no]') : type === null ? yes : input).focus();
  return new Promise((resolve) => {
    // A close is told after the fact: by then the dialog may be open again, and it is not this one's.
    dialog.onclose = () => dialog.open || resolve(dialog.returnValue === 'yes');
  });
}
