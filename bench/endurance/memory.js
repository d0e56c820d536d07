// What a page and its worker hold, by the DevTools protocol, after a collection; and the page's process, as the system sees it (Linux).
import { readFileSync } from 'node:fs';

/** Objects, and array buffers (WebAssembly's memory among them), in bytes. `session`: of the page or of one of its workers. */
export async function heapOf(session) {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage');
  return { objects: usedSize, buffers: backingStorageSize ?? null };
}

/** Resident bytes of the largest renderer; null where the system does not tell. `session`: of the browser. */
export async function residentBytes(session) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  try {
    const sizes = processInfo
      .filter(({ type }) => type === 'renderer')
      .map(({ id }) => readFileSync(`/proc/${id}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/));
    return Math.max(...sizes.map((found) => 1024 * Number(found[1])));
  } catch {
    return null;
  }
}
