// Files dropped on an element.
import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** `hold`: not taken, yet the browser must not leave the page for them; `leave`: not this element's. */
export type DropAnswer = 'take' | 'hold' | 'leave';

export class FileDrop implements ReactiveController {
  /** Files that would be taken are held over the element. */
  isOver = false;
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #answer: (event: DragEvent) => DropAnswer;
  readonly #take: (files: File[]) => void;

  /** `take` never gets none. */
  constructor(
    host: ReactiveControllerHost & HTMLElement,
    answer: (event: DragEvent) => DropAnswer,
    take: (files: File[]) => void,
  ) {
    this.#host = host;
    this.#answer = answer;
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
    const answer = this.#answer(event);
    if (answer === 'leave') return;
    event.preventDefault();
    this.#show(answer === 'take');
  };

  readonly #leave = () => this.#show(false);

  readonly #drop = (event: DragEvent) => {
    this.#show(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    const answer = this.#answer(event);
    if (answer === 'leave') return;
    event.preventDefault();
    if (answer === 'take') this.#take(files);
  };

  #show(isOver: boolean): void {
    if (this.isOver === isOver) return;
    this.isOver = isOver;
    this.#host.requestUpdate();
  }
}
