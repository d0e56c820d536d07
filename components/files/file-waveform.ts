// A waveform as the path of a drawing: the loudest sample of each stretch, up and down from the middle.

/** A line where it is silent, so that there is something to see. */
const FLOOR = 0.012;

/** `peaks` [stretches], linear, 1 is full scale; the path lies in 0 … stretches by −1 … 1. `scale`: what 1 becomes. */
export function waveformPath(peaks: Float32Array, scale: number): string {
  const height = (n: number) => Math.min(1, Math.max(FLOOR, peaks[n] * scale)).toFixed(3);
  const upper = Array.from(peaks, (_, n) => `${n} -${height(n)}L${n + 1} -${height(n)}`);
  const lower = Array.from(peaks, (_, n) => `${n + 1} ${height(n)}L${n} ${height(n)}`).reverse();
  return peaks.length === 0 ? '' : `M${upper.join('L')}L${lower.join('L')}Z`;
}

/** So that the louder one fills the height; both are drawn to one scale. */
export function waveformScale(...waveforms: readonly Float32Array[]): number {
  let largest = 1e-3;
  for (const peaks of waveforms) for (const peak of peaks) if (peak > largest) largest = peak;
  return 1 / largest;
}
