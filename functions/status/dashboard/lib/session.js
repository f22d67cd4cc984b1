/** The API key: in this tab's session storage, or in memory where that is closed. It is written nowhere else. */

const NAME = "darkroom.key";
let memory = null;

/** The key, or null: nobody has signed in, or no key is needed. */
export function key() {
  if (memory === null) {
    try {
      memory = sessionStorage.getItem(NAME);
    } catch {
      return null; // storage is closed to this page: the key lives as long as the page
    }
  }
  return memory;
}

/** Keep a key until the tab is closed or `forget` is called. */
export function keep(value) {
  memory = value;
  try {
    sessionStorage.setItem(NAME, value);
  } catch {
    // As above: it is in memory.
  }
}

/** Sign out. */
export function forget() {
  memory = null;
  try {
    sessionStorage.removeItem(NAME);
  } catch {
    // It was never written.
  }
}
