// The picture of a spectrogram: the newest seconds, kept in a ring of columns. A frame copies no more than its new columns.

export interface SpectrumSource {
  readonly rateHz: number;
  readonly bins: number;
  /** Fills [bins] with the newest spectrum, dB of full scale, from 0 Hz up. */
  read(intoDb: Float32Array): void;
}

export class SpectrogramPicture {
  /** Colour numbers, column by column: [columns, rows]. */
  readonly #levels: Uint8Array;
  readonly #ring: CanvasRenderingContext2D;
  readonly #strip: ImageData;
  readonly #pixels: Uint32Array;
  #colours: Uint32Array;
  #next = 0;

  constructor(
    readonly columns: number,
    readonly rows: number,
    colours: Uint32Array,
  ) {
    const canvas = document.createElement('canvas');
    canvas.width = columns;
    canvas.height = rows;
    this.#ring = canvas.getContext('2d', { alpha: false })!;
    this.#levels = new Uint8Array(columns * rows);
    this.#strip = new ImageData(1, rows);
    this.#pixels = new Uint32Array(this.#strip.data.buffer);
    this.#colours = colours;
    this.repaint(colours);
  }

  /** Takes one column [rows] of colour numbers in. */
  push(column: Uint8Array): void {
    this.#levels.set(column, this.#next * this.rows);
    this.#paint(this.#next);
    this.#next = (this.#next + 1) % this.columns;
  }

  /** The whole picture in other colours. */
  repaint(colours: Uint32Array): void {
    this.#colours = colours;
    for (let column = 0; column < this.columns; column++) this.#paint(column);
  }

  /** The newest column at the right edge; `steady`: every column stays where it is, and the newest ones overwrite the oldest. */
  show(onto: CanvasRenderingContext2D, steady: boolean): void {
    const { columns, rows } = this;
    const ring = this.#ring.canvas;
    if (steady) {
      onto.drawImage(ring, 0, 0);
      onto.fillRect(this.#next, 0, 2, rows);
      return;
    }
    const older = columns - this.#next;
    onto.drawImage(ring, this.#next, 0, older, rows, 0, 0, older, rows);
    if (this.#next > 0) onto.drawImage(ring, 0, 0, this.#next, rows, older, 0, this.#next, rows);
  }

  #paint(column: number): void {
    const start = column * this.rows;
    for (let row = 0; row < this.rows; row++) this.#pixels[row] = this.#colours[this.#levels[start + row]];
    this.#ring.putImageData(this.#strip, column, 0);
  }
}
