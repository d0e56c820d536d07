/** The next uncaught error, which then fails no test. */
export function nextUncaught(): Promise<unknown> {
  return new Promise((resolve) => {
    const { onerror } = window;
    window.onerror = (_event, _source, _line, _column, error) => {
      window.onerror = onerror;
      resolve(error);
      return true;
    };
  });
}
