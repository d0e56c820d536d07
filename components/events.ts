// What the elements ask for. They only ask; the page's controller decides.
import type { Source } from './app-state.ts';

export interface RequestDetails {
  'model-retry-request': undefined;
  'enroll-record-request': undefined;
  'enroll-stop-request': undefined;
  'enroll-cancel-request': undefined;
  'enroll-file-request': File;
  'demo-request': undefined;
  'source-request': Source;
  'start-request': undefined;
  'stop-request': undefined;
  'bypass-request': boolean;
  'monitor-request': boolean;
  'recording-request': boolean;
}

export type RequestName = keyof RequestDetails;

/** Dispatches a request that crosses shadow roots, so that whoever owns the state can listen at the page's element. */
export function request<Name extends RequestName>(
  from: EventTarget,
  name: Name,
  detail: RequestDetails[Name],
): void {
  from.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
}

/** Listens for one kind of request. */
export function onRequest<Name extends RequestName>(
  target: EventTarget,
  name: Name,
  listener: (detail: RequestDetails[Name]) => void,
): void {
  target.addEventListener(name, (event) => listener((event as CustomEvent<RequestDetails[Name]>).detail));
}
