// How much of the others is taken away, as a share and in decibels.
import { amplitudeDb, dbToAmplitude } from './shared/decibels.ts';
import { InputError } from './shared/errors.ts';

/** 0 … 1 → dB: the others come out so much quieter than they went in; Infinity where nothing of them is left. */
export function strengthToDb(strength: number): number {
  return strength === 0 ? 0 : -amplitudeDb(1 - strength);
}

/** dB → 0 … 1. Throws InputError where it is negative or no number. */
export function dbToStrength(db: number): number {
  if (db >= 0) return 1 - dbToAmplitude(-db);
  throw new InputError('attenuation limit cannot be used', {
    where: 'attenuationLimitDb',
    expected: 'a number from 0 to Infinity',
    got: String(db),
  });
}

/** Throws InputError unless it is a number from 0 to 1. */
export function checkStrength(strength: number): number {
  if (strength >= 0 && strength <= 1) return strength;
  throw new InputError('strength cannot be used', {
    where: 'strength',
    expected: 'a number from 0 to 1',
    got: String(strength),
  });
}
