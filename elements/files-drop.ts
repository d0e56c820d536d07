// Files dropped anywhere on an element, as many as there are; parts inside that take files for themselves come first.
import type { ReactiveController, ReactiveControllerHost } from 'lit';

export class FilesDrop implements ReactiveController {
  /** Files are held over the element. */
  isOver = false;
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #take: (files: File[]) => void;

  constructor(host: ReactiveControllerHost & HTMLElement, take: (files: File[]) => void) {
    this.#host = host;
    this.#take = take;
    host.addController(this);
  }

  hostConnected(): void {
    this.#host.addEventListener('dragover', this.#over);
    this.#host.addEventListener('dragleave', this.#leave);
    this.#host.addEventListener('drop', this.#drop);
  }

  hostDisconnected(): void {
    this.#host.removeEventListener('dragover', this.#over);
    this.#host.removeEventListener('dragleave', this.#leave);
    this.#host.removeEventListener('drop', this.#drop);
  }

  readonly #over = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    const isTaken = event.defaultPrevented || isForVoices(event);
    // Without it the browser would leave the page for the file.
    event.preventDefault();
    this.#show(!isTaken);
  };

  readonly #leave = () => this.#show(false);

  readonly #drop = (event: DragEvent) => {
    this.#show(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    const isTaken = event.defaultPrevented || isForVoices(event);
    event.preventDefault();
    if (!isTaken) this.#take(files);
  };

  #show(isOver: boolean): void {
    if (this.isOver === isOver) return;
    this.isOver = isOver;
    this.#host.requestUpdate();
  }
}

/** Over the choice of voices it is a recording of a voice, also while none is taken. */
function isForVoices(event: DragEvent): boolean {
  return event
    .composedPath()
    .some((target) => target instanceof Element && target.localName === 'clue-enroller');
}
