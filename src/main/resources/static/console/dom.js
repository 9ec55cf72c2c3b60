/** What the parts of the page need of it. */

/** The element of an id. */
export const $ = (id) => document.getElementById(id);

/** A new element with properties and children; texts are set as texts, never as markup. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Sets a text where it differs, so that nothing is drawn anew for nothing. */
export function write(target, text) {
  if (target.textContent !== text) {
    target.textContent = text;
  }
}

/** Calls a function once in the next picture, with its time, however often it is asked to. */
export function onePicture(draw) {
  let queued = false;
  return () => {
    if (!queued) {
      queued = true;
      requestAnimationFrame((now) => {
        queued = false;
        draw(now);
      });
    }
  };
}
