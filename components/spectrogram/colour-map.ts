// Colours of a spectrogram: from the paper to the ink in steps that look equally large, one map for light and one for dark.
// Lightness is a straight line in OKLab (Ottosson 2020), so twice the step in decibels is twice the step to the eye.

export const COLOURS = 256;

type Rgb = readonly [number, number, number];

/** What a map runs through: lightness, chroma at its widest, hue in degrees; from silence to the loudest. */
interface Course {
  readonly lightness: readonly [number, number];
  readonly chroma: readonly [number, number];
  readonly hue: readonly [number, number];
}

const COURSES: Readonly<Record<'light' | 'dark', Course>> = {
  light: { lightness: [0.975, 0.27], chroma: [0.006, 0.095], hue: [175, 255] },
  dark: { lightness: [0.225, 0.95], chroma: [0.012, 0.078], hue: [250, 130] },
};

const along = ([from, to]: readonly [number, number], share: number) => from + (to - from) * share;

/** sRGB, 0 … 255, of a share 0 … 1 of the range. */
export function colourOf(scheme: 'light' | 'dark', share: number): Rgb {
  const { lightness, chroma, hue } = COURSES[scheme];
  const c = chroma[0] + chroma[1] * Math.sin(Math.PI * share ** 0.9);
  return fromOklch(along(lightness, share), c, along(hue, share));
}

/** [COLOURS] pixels as ImageData holds them. */
export function colourMap(scheme: 'light' | 'dark'): Uint32Array {
  const bytes = new Uint8ClampedArray(4 * COLOURS);
  for (let n = 0; n < COLOURS; n++) bytes.set([...colourOf(scheme, n / (COLOURS - 1)), 255], 4 * n);
  return new Uint32Array(bytes.buffer);
}

/** A CSS gradient from silence to the loudest that follows the page's scheme. */
export function colourGradient(direction: string, stops = 12): string {
  const css = (scheme: 'light' | 'dark', n: number) =>
    `rgb(${colourOf(scheme, n / (stops - 1))
      .map(Math.round)
      .join(' ')})`;
  const list = Array.from({ length: stops }, (_, n) => `light-dark(${css('light', n)}, ${css('dark', n)})`);
  return `linear-gradient(${direction}, ${list.join(', ')})`;
}

function fromOklch(lightness: number, chroma: number, hueDegrees: number): Rgb {
  const a = chroma * Math.cos((hueDegrees * Math.PI) / 180);
  const b = chroma * Math.sin((hueDegrees * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encoded(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** Linear light to sRGB, 0 … 255. */
function encoded(linear: number): number {
  const x = Math.min(1, Math.max(0, linear));
  return 255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055);
}
