// How the kernels are cut for an adapter. What they compute is the same.

export interface Tuning {
  /** At most so many in a workgroup. */
  readonly invocations: number;
  /** Matrices that lose nothing by it are kept in f16, which halves what is read. */
  readonly half: boolean;
}

/** Wide workgroups, as every device offers them. */
export const GPU_TUNING: Tuning = { invocations: 256, half: true };

/**
 * Where the processor plays the GPU: one SIMD register's worth of invocations, as a barrier switches fibers for every four of
 * them; and f32, as taking f16 apart costs more than reading half as much saves.
 */
export const SOFTWARE_TUNING: Tuning = { invocations: 4, half: false };
