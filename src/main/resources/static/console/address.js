/** What a link to the page carries behind its `#`: it is sent to no server. */

/** The token of a link, or null. It leaves the address and its history at once: it must not be copied along with a link. */
export function tokenFromAddress() {
  const found = /[#&]token=([^&]+)/.exec(location.hash);
  if (!found) {
    return null;
  }
  history.replaceState(null, '', location.pathname + location.search);
  return decodeURIComponent(found[1]);
}

/** The task of a link, or null. */
export function taskFromAddress() {
  return /[#&]task=([\w-]+)/.exec(location.hash)?.[1] ?? null;
}
