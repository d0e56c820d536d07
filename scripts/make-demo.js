// Rebuilds the demonstration from nothing but espeak-ng and the sentences below: npm run demo:build. The same version of espeak-ng gives
// the same bytes. Two voices talk over each other at 0 dB; the enrollment is the target alone, saying something else.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodePcm16, encodePcm16, resample } from './demo-audio.js';

const RATE_HZ = 16000;
const MIXTURE_S = 10;
const ENROLLMENT_S = 6;
/** Each voice in the mixture, over the whole of it. */
const VOICE_DBFS = -25;
const FOLDER = path.join(path.dirname(fileURLToPath(import.meta.url)), '../public/demo');

const TARGET = { voice: 'en-us+steph', pitch: 50, wordsPerMinute: 174 };
const INTERFERER = { voice: 'en-us+adam', pitch: 40, wordsPerMinute: 166 };

const ENROLLMENT_TEXT =
  'Good morning. The kettle is on the stove, and the garden gate is open. Bring two cups and a little honey.';
const TARGET_TEXT =
  'The ferry leaves the harbour at nine, so we should pack the blue lantern, three warm blankets, ' +
  'and the old map of the northern islands, before it gets too dark to find them.';
const INTERFERER_TEXT =
  'Yesterday my neighbour took a bicycle apart in his kitchen, and every wheel he touched went on turning, ' +
  'until at last his daughter asked him to put it all back together.';

/** Speech at 16 kHz without the silence around it. */
function say({ voice, pitch, wordsPerMinute }, text) {
  const args = ['-v', voice, '-p', String(pitch), '-s', String(wordsPerMinute), '--stdout', text];
  const wav = execFileSync('espeak-ng', args, { maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe'] });
  const { samples, rateHz } = decodePcm16(wav);
  const speech = resample(samples, rateHz, RATE_HZ);
  const loud = (sample) => Math.abs(sample) > 0.005;
  return speech.slice(speech.findIndex(loud), speech.findLastIndex(loud) + 1);
}

/** `speech` from `onsetS` on inside `lengthS` of silence, at a level measured over all of it. */
function place(speech, onsetS, lengthS, levelDbfs) {
  const placed = new Float32Array(lengthS * RATE_HZ);
  const onset = Math.round(onsetS * RATE_HZ);
  if (onset + speech.length > placed.length)
    throw new Error(
      `${(speech.length / RATE_HZ).toFixed(2)} s of speech do not fit ${lengthS} s from ${onsetS} s on.`,
    );
  placed.set(speech, onset);
  const gain = 10 ** (levelDbfs / 20) / rms(placed);
  return placed.map((sample) => sample * gain);
}

const rms = (samples) =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
const seconds = (samples) => Number((samples.length / RATE_HZ).toFixed(3));

let version;
try {
  version = execFileSync('espeak-ng', ['--version'], { encoding: 'utf8' }).match(/[\d.]+/)[0];
} catch (error) {
  console.error(
    `espeak-ng does not run (${error.message}). Install it: apt-get install espeak-ng, or brew install espeak-ng.`,
  );
  process.exit(1);
}

const targetSpeech = say(TARGET, TARGET_TEXT);
const interfererSpeech = say(INTERFERER, INTERFERER_TEXT);
const enrollmentSpeech = say(TARGET, ENROLLMENT_TEXT);
const TARGET_ONSET_S = 0.25;
const INTERFERER_ONSET_S = 0.6;
const target = place(targetSpeech, TARGET_ONSET_S, MIXTURE_S, VOICE_DBFS);
const interferer = place(interfererSpeech, INTERFERER_ONSET_S, MIXTURE_S, VOICE_DBFS);
const mixture = target.map((sample, index) => sample + interferer[index]);
const enrollment = place(enrollmentSpeech, 0.05, ENROLLMENT_S, VOICE_DBFS);

mkdirSync(FOLDER, { recursive: true });
for (const [name, samples] of Object.entries({ mixture, target, enrollment }))
  writeFileSync(path.join(FOLDER, `${name}.wav`), encodePcm16(samples, RATE_HZ));
writeFileSync(
  path.join(FOLDER, 'demo.json'),
  `${JSON.stringify(
    {
      made_by: `scripts/make-demo.js with espeak-ng ${version}; no recording of anybody`,
      sample_rate: RATE_HZ,
      voice_dbfs: VOICE_DBFS,
      target: { ...TARGET, onset_s: TARGET_ONSET_S, speech_s: seconds(targetSpeech), text: TARGET_TEXT },
      interferer: {
        ...INTERFERER,
        onset_s: INTERFERER_ONSET_S,
        speech_s: seconds(interfererSpeech),
        text: INTERFERER_TEXT,
      },
      enrollment: { ...TARGET, speech_s: seconds(enrollmentSpeech), text: ENROLLMENT_TEXT },
    },
    null,
    2,
  )}\n`,
);
console.log(
  `public/demo: target ${seconds(targetSpeech)} s and interferer ${seconds(interfererSpeech)} s of speech in ${MIXTURE_S} s, ` +
    `enrollment ${seconds(enrollmentSpeech)} s, peak ${mixture.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0).toFixed(2)}`,
);
