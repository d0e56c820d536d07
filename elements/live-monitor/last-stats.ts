// The figures at the end of a run.
import type { Extractor, ExtractorStats } from '../../src/index.ts';
import { within } from '../../src/shared/platform.ts';

const PATIENCE_MS = 300;

/** As of now; null where the engine does not answer soon: nobody waits for it while the microphone is open. */
export async function lastStats(extractor: Extractor): Promise<ExtractorStats | null> {
  try {
    return await within(PATIENCE_MS, extractor.stats(), null);
  } catch {
    // The worker is gone.
    return null;
  }
}
