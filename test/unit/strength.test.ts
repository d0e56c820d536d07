// Share and decibels say the same; listeners of events do not disturb each other.
import { describe, expect, it } from 'vitest';
import { Emitter } from '../../src/emitter.ts';
import { InputError } from '../../src/shared/errors.ts';
import { checkStrength, dbToStrength, strengthToDb } from '../../src/strength.ts';
import { nextUncaught } from './uncaught.ts';

describe('strength', () => {
  it.each([
    [0, 0],
    [0.5, 6.0206],
    [0.9, 20],
    [0.99, 40],
    [1, Infinity],
  ])('%s is an attenuation limit of %s dB, and back', (strength, db) => {
    expect(strengthToDb(strength)).toBeCloseTo(db, 3);
    expect(Object.is(strengthToDb(strength), -0)).toBe(false);
    expect(dbToStrength(strengthToDb(strength))).toBeCloseTo(strength, 12);
  });

  it('refuses what is out of range and what is no number', () => {
    for (const bad of [-0.001, 1.001, NaN, Infinity]) expect(() => checkStrength(bad)).toThrow(InputError);
    for (const bad of [-1, NaN, -Infinity]) expect(() => dbToStrength(bad)).toThrow(InputError);
  });
});

describe('Emitter', () => {
  interface Events {
    told: { readonly n: number };
  }

  it('calls every listener, also while one of them ends its own listening, and the same one as often as it listens', () => {
    const emitter = new Emitter<Events>();
    const heard: string[] = [];
    const twice = ({ n }: { n: number }) => heard.push(`twice ${n}`);
    const end = emitter.on('told', ({ n }) => {
      heard.push(`once ${n}`);
      end();
    });
    emitter.on('told', twice);
    const endSecond = emitter.on('told', twice);
    emitter.emit('told', { n: 1 });
    endSecond();
    emitter.emit('told', { n: 2 });
    expect(heard).toEqual(['once 1', 'twice 1', 'twice 1', 'twice 2']);
  });

  it('knows whether anybody listens, and lets go of a signal', () => {
    const emitter = new Emitter<Events>();
    expect(emitter.hasListeners('told')).toBe(false);
    const abort = new AbortController();
    emitter.on('told', () => {}, { signal: abort.signal });
    expect(emitter.hasListeners('told')).toBe(true);
    abort.abort();
    expect(emitter.hasListeners('told')).toBe(false);
  });

  it('reports a listener that throws and goes on with the others', async () => {
    const emitter = new Emitter<Events>();
    const heard: number[] = [];
    const reported = nextUncaught();
    const thrown = new Error('on purpose');
    emitter.on('told', () => {
      throw thrown;
    });
    emitter.on('told', ({ n }) => heard.push(n));
    emitter.emit('told', { n: 3 });
    expect(heard).toEqual([3]);
    expect(await reported).toBe(thrown);
  });
});
