// What <file-extractor> shows beside the choices: the files, and the demonstration.
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { FileExtractorTexts } from '../../components/files/file-extractor.texts.ts';
import '../../components/files/file-item.ts';
import type { FileState, Heard, PlayState } from '../../components/files/file-state.ts';
import '../../components/readouts/notice-box.ts';

/** What the list asks of the element, by a file's id. */
export interface FileListHost {
  playState(id: number): PlayState;
  cancel(id: number): void;
  retry(id: number): void;
  remove(id: number): void;
  play(id: number): void;
  seek(id: number, positionS: number): void;
  hear(heard: Heard): void;
}

/** `waits`: what files wait for that have no voice yet. */
export function fileList(
  texts: FileExtractorTexts,
  files: readonly FileState[],
  waits: string,
  host: FileListHost,
) {
  if (files.length === 0) return nothing;
  const item = (file: FileState) => html`
    <li>
      <file-item
        part="file"
        data-id=${file.id}
        .texts=${texts}
        .file=${file}
        .play=${host.playState(file.id)}
        waits=${file.voice === null ? waits : ''}
        @cancel-request=${() => host.cancel(file.id)}
        @retry-request=${() => host.retry(file.id)}
        @remove-request=${() => host.remove(file.id)}
        @play-request=${() => host.play(file.id)}
        @seek-request=${({ detail }: CustomEvent<number>) => host.seek(file.id, detail)}
        @heard-request=${({ detail }: CustomEvent<Heard>) => host.hear(detail)}
      ></file-item>
    </li>
  `;
  return html`<ul aria-label=${texts.files}>
    ${repeat(files, ({ id }) => id, item)}
  </ul>`;
}

export function demoButton(texts: FileExtractorTexts, disabled: boolean, take: () => void) {
  return html`<button type="button" id="demo" ?disabled=${disabled} @click=${take}>${texts.demo}</button>`;
}

export function demoFailure(texts: FileExtractorTexts, error: string | null) {
  return error === null
    ? nothing
    : html`<notice-box kind="error" heading=${texts.demoFailed} text=${error}></notice-box>`;
}
