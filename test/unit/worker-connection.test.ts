// Errors between worker and page.
import { describe, expect, it } from 'vitest';
import * as errors from '../../src/shared/errors.ts';
import type { CrossMambaError } from '../../src/shared/errors.ts';
import { MicrophoneError, ModelFileError } from '../../src/shared/errors.ts';
import { errorFromWire, errorToWire } from '../../src/shared/protocol-errors.ts';

describe('errors on the wire', () => {
  it('come back with class, code, details and text after structured cloning', () => {
    for (const error of [
      new ModelFileError('has a wrong digest', { where: 'a.bin', expected: 'x', got: 'y', remedy: 'Do z' }),
      new MicrophoneError('none was found'),
    ]) {
      const back = errorFromWire(structuredClone(errorToWire(error)));
      expect(back).toBeInstanceOf(error.constructor);
      expect((back as CrossMambaError).code).toBe(error.code);
      expect((back as CrossMambaError).details).toEqual(error.details);
      expect(back.message).toBe(error.message);
      expect(back.name).toBe(error.name);
    }
  });

  it('have the names of their classes, also where a minifier has shortened those', () => {
    const classes = Object.entries(errors).filter(([name]) => name !== 'CrossMambaError');
    expect(classes.length).toBeGreaterThan(9);
    for (const [name, Class] of classes)
      expect(new (Class as new (what: string) => Error)('went wrong').name).toBe(name);
  });

  it('keep name and text of other errors, and of what is no error', () => {
    expect(errorFromWire(errorToWire(new RangeError('too far')))).toMatchObject({
      name: 'RangeError',
      message: 'too far',
    });
    expect(errorFromWire(errorToWire('just text')).message).toBe('just text');
  });
});
