/**
 * Texts of others (names, reasons, what servers answer) as they may be shown: control and
 * bidirectional characters, which could turn or hide what stands beside them, are written out.
 */

const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const ATTRIBUTES = ['title', 'aria-label'];

/** A text with each such character as `\u202e`. */
export function shown(text) {
  return text.replace(HIDDEN, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * From now on shows every text of a part of the page so, whoever puts it there, before it is painted.
 *
 * @param {Element} root
 */
export function showTexts(root) {
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === 'childList') {
        addedNodes.forEach(showAll);
      } else {
        showOne(target);
      }
    }
  }).observe(root, { subtree: true, childList: true, characterData: true, attributeFilter: ATTRIBUTES });
}

function showAll(node) {
  showOne(node);
  node.childNodes.forEach(showAll);
}

function showOne(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const text = shown(node.data);
    if (text !== node.data) {
      node.data = text;
    }
    return;
  }
  for (const name of ATTRIBUTES) {
    const value = node.getAttribute?.(name);
    if (value && shown(value) !== value) {
      node.setAttribute(name, shown(value));
    }
  }
}
