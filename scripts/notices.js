// The licences of other people's packages that a bundle holds: they ask that their text goes along.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Inputs of esbuild's metafiles → folders of the packages they come from, in order, each once. */
function packagesOf(metafiles) {
  const folders = metafiles
    .flatMap(({ inputs }) => Object.keys(inputs))
    .map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort();
}

/** Metafiles of esbuild → text. Throws where a bundled package has no text of its licence: nobody may pass it on. */
export function noticesOf(metafiles) {
  const notices = packagesOf(metafiles).map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined)
      throw new Error(`${folder}: expected a file with its licence (${license}), found none.`);
    const notice = path.join(folder, 'NOTICE');
    const texts = [path.join(folder, file), ...(existsSync(notice) ? [notice] : [])];
    return [`${name} ${version} (${license})`, ...texts.map((text) => readFileSync(text, 'utf8').trim())];
  });
  const head = 'The scripts of this package hold code of these packages, each under its own licence.';
  return [head, ...notices.map((parts) => parts.join('\n\n'))].join(`\n\n${'-'.repeat(80)}\n\n`) + '\n';
}
