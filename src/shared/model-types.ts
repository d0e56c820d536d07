// The model in memory: its configuration and its tensors by name. The format is told in docs/model-format.md.

export interface ExtractorConfig {
  readonly d_model: number;
  /** d_model of the full band's CrossMamba. */
  readonly width: number;
  readonly layers: number;
  readonly d_state: number;
  readonly d_conv: number;
  readonly expand: number;
  readonly dt_rank: number;
  readonly dt_rank_wide: number;
  readonly embedding: number;
  readonly clue_hidden: number;
}

export interface ClueEncoderConfig {
  readonly d_model: number;
  readonly layers: number;
  readonly d_state: number;
  readonly d_conv: number;
  readonly expand: number;
  readonly dt_rank: number;
  readonly embedding: number;
}

export interface ModelConfig {
  readonly format: 'crossmamba-web';
  readonly format_version: 1;
  readonly name: string;
  readonly clue: 'speaker';
  readonly sample_rate: number;
  readonly frame: number;
  readonly hop: number;
  readonly synthesis: number;
  readonly band_edges: readonly number[];
  readonly extractor: ExtractorConfig;
  readonly clue_encoder: ClueEncoderConfig;
  readonly tensors: { readonly file: string; readonly bytes: number; readonly sha256: string };
  readonly training?: Readonly<Record<string, unknown>>;
  readonly quality?: Readonly<Record<string, unknown>>;
}

export interface Tensor {
  readonly shape: readonly number[];
  /** Row-major, always f32 in memory whatever the file holds. */
  readonly data: Float32Array;
}

export interface Model {
  readonly config: ModelConfig;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** A model that was read from its files. */
export interface LoadedModel extends Model {
  /** Hex digest of its clue encoder: models that share it can use each other's clues. */
  readonly clueEncoder: string;
}

/** One CrossMamba layer over S sequences that share its weights. */
export interface CrossMambaSizes {
  /** S: sequences that run side by side. */
  readonly sequences: number;
  readonly d_model: number;
  readonly d_state: number;
  readonly d_conv: number;
  readonly expand: number;
  readonly dt_rank: number;
}
