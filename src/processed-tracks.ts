// Tracks that carry the output and end with the track that they were made of.

export class ProcessedTracks {
  readonly #endings = new Set<() => void>();

  /** A copy of `output` that ends when `given` does. */
  add(given: MediaStreamTrack, output: MediaStreamTrack): MediaStreamTrack {
    const processed = output.clone();
    const end = () => {
      this.#endings.delete(end);
      given.removeEventListener('ended', end);
      processed.stop();
      // A track that is stopped tells nobody, and who plays this one did not stop it.
      processed.dispatchEvent(new Event('ended'));
    };
    this.#endings.add(end);
    given.addEventListener('ended', end);
    if (given.readyState === 'ended') end();
    return processed;
  }

  endAll(): void {
    for (const end of this.#endings) end();
  }
}
