// Files dropped on an element.
import type { ReactiveController, ReactiveControllerHost } from 'lit';

export class FileDrop implements ReactiveController {
  /** A file is held over the element. */
  isOver = false;
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #canTake: () => boolean;
  readonly #take: (file: File) => void;

  constructor(
    host: ReactiveControllerHost & HTMLElement,
    canTake: () => boolean,
    take: (file: File) => void,
  ) {
    this.#host = host;
    this.#canTake = canTake;
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
    if (!event.dataTransfer?.types.includes('Files') || !this.#canTake()) return;
    event.preventDefault();
    this.#show(true);
  };

  readonly #leave = () => this.#show(false);

  readonly #drop = (event: DragEvent) => {
    this.#show(false);
    const file = event.dataTransfer?.files[0];
    if (file === undefined || !this.#canTake()) return;
    event.preventDefault();
    this.#take(file);
  };

  #show(isOver: boolean): void {
    if (this.isOver === isOver) return;
    this.isOver = isOver;
    this.#host.requestUpdate();
  }
}
