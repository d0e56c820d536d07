// What <clue-enroller> shows in each phase.
import { html, nothing } from 'lit';
import type { ClueEnrollerTexts } from '../../components/enroll/clue-enroller.texts.ts';
import '../../components/enroll/enroll-list.ts';
import type { ListedClue } from '../../components/enroll/enroll-list.ts';
import '../../components/enroll/enroll-progress.ts';
import '../../components/enroll/enroll-review.ts';
import '../../components/enroll/enroll-start.ts';
import '../../components/readouts/notice-box.ts';
import { clueFits } from '../../src/clue-fit.ts';
import type { StoredClue } from '../../src/clue-store.ts';
import type { LoadReport } from '../../src/shared/protocol.ts';
import { MAX_TAKES } from '../../src/shared/takes.ts';
import type { EnrollState } from './flow.ts';
import type { Voices } from './voices.ts';

/** What the parts need of the element. */
export interface PartsHost {
  readonly state: EnrollState;
  readonly clues: readonly StoredClue[];
  readonly disabled: boolean;
  record(): Promise<void>;
  finish(): Promise<void>;
  cancel(): Promise<void>;
  takeFile(file: File): Promise<void>;
  save(name: string): Promise<void>;
  removeTake(id: string): Promise<void>;
}

/** Why a voice cannot be followed as it is; empty where it can. `report`: of what is loaded, undefined where nothing is yet. */
export function misfit(texts: ClueEnrollerTexts, clue: StoredClue, report: LoadReport | undefined): string {
  if (report === undefined || clueFits(clue, report)) return '';
  return clue.model === report.model ? texts.earlierModel : texts.otherModel(clue.model);
}

/** As it is shown; `report`: as of `misfit`. */
export function listed(
  texts: ClueEnrollerTexts,
  clue: StoredClue,
  report: LoadReport | undefined,
  { recorded, renewing }: Pick<Voices, 'recorded' | 'renewing'>,
): ListedClue {
  const { id, name, createdAt } = clue;
  const why = misfit(texts, clue, report);
  const isRenewable = why !== '' && recorded.has(id);
  return {
    id,
    name,
    createdAt: new Date(createdAt),
    voicedS: clue.report?.voicedS ?? null,
    takes: clue.takes.length,
    isExtendable: report !== undefined && why === '' && clue.takes.length < MAX_TAKES,
    remark: id === renewing ? texts.renewing : isRenewable ? texts.renewable : why,
    isUsable: why === '' || isRenewable,
  };
}

/** Something that is to be known, not an error. */
export interface Notice {
  readonly heading: string;
  readonly text: string;
}

export function noticeBox(notice: Notice | null) {
  return notice === null
    ? nothing
    : html`<notice-box heading=${notice.heading} text=${notice.text}></notice-box>`;
}

export function errorBox(heading: string, text: string | null) {
  return text === null
    ? nothing
    : html`<notice-box kind="error" heading=${heading} text=${text}></notice-box>`;
}

/** That voices are not kept for the next visit, where that is so. */
export function memoryBox(texts: ClueEnrollerTexts, reason: string | null) {
  return reason === null
    ? nothing
    : html`<notice-box heading=${texts.memoryOnly} text=${texts.memoryOnlyBecause(reason)}></notice-box>`;
}

/** What can be done next; has the class `next` where there is something to do with the keyboard. */
export function panel(element: PartsHost, texts: ClueEnrollerTexts) {
  const { phase, recording } = element.state;
  switch (phase) {
    case 'idle':
      return html`
        <enroll-start
          class="next"
          part="ways"
          .texts=${texts}
          .addsTo=${addsTo(element)}
          ?again=${element.clues.length > 0}
          ?disabled=${element.disabled}
          @record-request=${() => element.record()}
          @file-request=${(event: CustomEvent<File>) => element.takeFile(event.detail)}
          @forget-request=${() => element.removeTake(element.state.addsTo!)}
          @cancel-request=${() => element.cancel()}
        ></enroll-start>
      `;
    case 'recording':
      return html`
        <enroll-progress
          class="panel next"
          part="recording"
          .texts=${texts}
          .recording=${recording}
          @finish-request=${() => element.finish()}
          @cancel-request=${() => element.cancel()}
        ></enroll-progress>
      `;
    case 'review':
      return review(element, texts);
    default:
      return html`
        <div class="panel row" part="recording">
          <p role="status">${texts[phase]}</p>
          <button type="button" id="cancel" @click=${() => element.cancel()}>${texts.cancel}</button>
        </div>
      `;
  }
}

/** What is found of the recording that is reviewed, in one breath; empty where none is. */
export function verdict(texts: ClueEnrollerTexts, { checked }: EnrollState): string {
  if (checked === null) return '';
  const { doubts } = checked;
  if (doubts.length === 0) return texts.good;
  return [texts.doubtful, ...doubts.map((doubt) => texts.doubts[doubt])].join(' ');
}

/** Whom a recording is added to; null where it is a new voice. */
function addsTo({ state, clues }: PartsHost): Pick<ListedClue, 'name' | 'takes'> | null {
  const clue = clues.find(({ id }) => id === state.addsTo);
  return clue === undefined ? null : { name: clue.name, takes: clue.takes.length };
}

function review(element: PartsHost, texts: ClueEnrollerTexts) {
  const { checked } = element.state;
  if (checked === null) return nothing;
  const { url, name, doubts, report } = checked;
  return html`
    <enroll-review
      class="panel next"
      part="review"
      .texts=${texts}
      .review=${{ url, name, doubts, addsTo: addsTo(element)?.name ?? null, ...report }}
      @save-request=${(event: CustomEvent<string>) => element.save(event.detail)}
      @redo-request=${() => element.record()}
      @discard-request=${() => element.cancel()}
    ></enroll-review>
  `;
}
