/** Texts that the browser saves as files. */

/**
 * RFC 4180. A spreadsheet takes a text that begins with `= + - @`, a tab or a carriage return for a formula: such a
 * one gets an apostrophe before it, as in the server's CSV.
 *
 * @param {string[]} columns
 * @param {object[]} rows what is null is empty, what is an object is JSON
 */
export function csv(columns, rows) {
  const cell = (value) => {
    let text = value == null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
    if (/^[=+\-@\t\r]/.test(text)) {
      text = `'${text}`;
    }
    return /[",\r\n\t']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

/** Saves a text. */
export function save(name, type, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name.replace(/[^\w.-]+/g, '-');
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
