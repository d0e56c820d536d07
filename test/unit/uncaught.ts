/** The next uncaught error, which then fails no test. */
export function nextUncaught(): Promise<unknown> {
  return new Promise((resolve) => {
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => {
      others.forEach((listener) => process.on('uncaughtException', listener));
      resolve(error);
    });
  });
}
