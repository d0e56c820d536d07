// Seconds of processor time that a browser has used so far: by process (DevTools protocol, every system), and of the page's process
// by thread (Linux).
import { readdirSync, readFileSync } from 'node:fs';

/** Of /proc: `getconf CLK_TCK` is 100 on every Linux that runs a browser. */
const TICKS_PER_S = 100;
export const MAIN_THREAD = 'main';

/** `session`: of the browser's target. */
export async function cpuTimes(session) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const processes = processInfo.map(({ type, id, cpuTime }) => ({ type, id, cpu_s: cpuTime }));
  return { processes, threads: new Map(processes.map(({ id }) => [id, threadTimes(id)])) };
}

/** Name of a thread -> seconds; empty where the system does not tell. */
function threadTimes(pid) {
  const times = new Map();
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const line = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      const given = line.slice(line.indexOf('(') + 1, line.lastIndexOf(')'));
      const name = Number(thread) === pid ? MAIN_THREAD : given;
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
      const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
      times.set(name, (times.get(name) ?? 0) + seconds);
    }
  } catch {
    // No Linux, or the thread ended meanwhile.
  }
  return times;
}

/** Seconds a second of each process kind, and of each thread of the busiest renderer, between two readings. */
export function cpuShare(before, after, seconds) {
  const byProcess = {};
  let page = { used: -1 };
  for (const { type, id, cpu_s } of after.processes) {
    const used = (cpu_s - (before.processes.find((one) => one.id === id)?.cpu_s ?? 0)) / seconds;
    byProcess[type] = (byProcess[type] ?? 0) + used;
    if (type === 'renderer' && used > page.used) page = { id, used };
  }
  const byThread = {};
  for (const [name, total] of after.threads.get(page.id) ?? []) {
    const used = (total - (before.threads.get(page.id)?.get(name) ?? 0)) / seconds;
    if (used > 0) byThread[name] = used;
  }
  return { page: page.used, byProcess, byThread };
}
