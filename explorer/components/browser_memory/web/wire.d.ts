// The message from Python to the browser, as written by browser_memory/__init__.py.

export interface Data {
  name: string; // of the cookie
}
