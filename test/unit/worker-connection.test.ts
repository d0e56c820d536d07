// Errors between worker and page, and how far the worker says it is.
import { expose } from 'comlink';
import { describe, expect, it } from 'vitest';
import * as errors from '../../src/shared/errors.ts';
import type { CrossMambaError } from '../../src/shared/errors.ts';
import { MicrophoneError, ModelFileError } from '../../src/shared/errors.ts';
import { errorFromWire, errorToWire } from '../../src/shared/protocol-errors.ts';
import type { WorkerApi } from '../../src/shared/protocol.ts';
import { WorkerConnection } from '../../src/worker-connection.ts';
import { nextUncaught } from './uncaught.ts';

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

describe('how far the worker is', () => {
  /** A worker at the other end of a channel, with one method; it tells as often as it likes. */
  function connect(
    extract: (tell: (share: number) => void | Promise<void>) => Promise<Float32Array>,
  ): WorkerConnection {
    const { port1, port2 } = new MessageChannel();
    const api: Pick<WorkerApi, 'extract'> = {
      extract: (_request, _samples, _rateHz, onProgress) => extract((share) => onProgress?.(share)),
    };
    expose(api, port2);
    const end = () => {
      port1.close();
      port2.close();
    };
    return new WorkerConnection(Object.assign(port1 as unknown as Worker, { terminate: end }));
  }
  const samples = new Float32Array(1);
  const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('is told until it answers, and no longer', async () => {
    const connection = connect(async (tell) => {
      for (const share of [0.25, 0.5]) {
        tell(share);
        await later(20);
      }
      setTimeout(tell, 20, 0.75);
      return samples;
    });
    const shares: number[] = [];
    const onProgress = (share: number) => shares.push(share);
    await connection.askWithProgress(onProgress, (api, told) =>
      api.extract({ id: 1, hearFirst: false }, samples, 16_000, told),
    );
    await later(60);
    expect(shares).toEqual([0.25, 0.5]);
    connection.terminate(new Error('over'));
  });

  it('is not told after the end, though it is on its way: what failed must not look as if it went on', async () => {
    const heard: string[] = [];
    const connection = connect((tell) => {
      for (const share of [0.5, 0.75]) tell(share);
      return new Promise(() => {});
    });
    const onProgress = (share: number) => {
      heard.push(`told ${share}`);
      connection.terminate(new Error('the other half failed'));
    };
    const asked = connection.askWithProgress(onProgress, (api, told) =>
      api.extract({ id: 1, hearFirst: false }, samples, 16_000, told),
    );
    await expect(asked).rejects.toThrow('the other half failed');
    heard.push('rejected');
    await later(60);
    expect(heard).toEqual(['told 0.5', 'rejected']);
  });

  it('keeps nothing from who asked when a callback throws: that is reported', async () => {
    const connection = connect(async (tell) => {
      await tell(1);
      return samples;
    });
    const reported = nextUncaught();
    const thrown = new Error('on purpose');
    const fail = () => {
      throw thrown;
    };
    const asked = connection.askWithProgress(fail, (api, told) =>
      api.extract({ id: 1, hearFirst: false }, samples, 16_000, told),
    );
    expect(await asked).toEqual(samples);
    expect(await reported).toBe(thrown);
    connection.terminate(new Error('over'));
  });
});
