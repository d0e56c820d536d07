// Pages of docs/ that hold the figures of a run between two marks.
import { readFileSync, writeFileSync } from 'node:fs';

const MARKS = ['<!-- figures -->', '<!-- end of figures -->'];

/** Puts `figures`, Markdown, between the marks of the page at `path`. Throws where it lacks them. */
export function putFigures(path, figures) {
  const page = readFileSync(path, 'utf8');
  const [begin, end] = MARKS.map((mark) => page.indexOf(mark));
  if (begin < 0 || end < begin) throw new Error(`${path} lacks the marks ${MARKS.join(' and ')}`);
  writeFileSync(path, `${page.slice(0, begin + MARKS[0].length)}\n${figures}\n${page.slice(end)}`);
}
