// What the demonstration's script needs of audio: 16-bit mono WAV in and out, and resampling of a whole signal.

/** Reads what espeak-ng writes to its standard output (16-bit mono; its header's sizes are not to be trusted there). */
export function decodePcm16(wav) {
  const data = wav.indexOf('data', 12, 'latin1');
  if (wav.toString('latin1', 0, 4) !== 'RIFF' || data < 0) throw new Error('espeak-ng gave no WAV.');
  const bytes = wav.subarray(data + 8);
  const samples = Float32Array.from(
    { length: bytes.length >> 1 },
    (_, i) => bytes.readInt16LE(2 * i) / 32768,
  );
  return { samples, rateHz: wav.readUInt32LE(24) };
}

/** 16-bit mono WAV. */
export function encodePcm16(samples, rateHz) {
  const wav = Buffer.alloc(44 + 2 * samples.length);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(36 + 2 * samples.length, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rateHz, 24);
  wav.writeUInt32LE(2 * rateHz, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, index) => {
    wav.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(sample * 32768))), 44 + 2 * index);
  });
  return wav;
}

/** Band-limited resampling to a lower rate: a Hann-windowed sinc, 32 zero crossings to each side. */
export function resample(samples, fromHz, toHz) {
  const ratio = fromHz / toHz;
  const half = 32 * ratio;
  return Float32Array.from({ length: Math.floor(samples.length / ratio) }, (_, index) => {
    const centre = index * ratio;
    let sum = 0;
    const last = Math.min(samples.length - 1, Math.floor(centre + half));
    for (let at = Math.max(0, Math.ceil(centre - half)); at <= last; at++) {
      const x = (at - centre) / ratio;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      sum += samples[at] * sinc * (0.5 + 0.5 * Math.cos((Math.PI * (at - centre)) / half));
    }
    return sum / ratio;
  });
}
