/** Lets everything that is already due happen: all promise callbacks, and the event loop once round. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
