// When a run was made, for its report.

/** `2026-05-01` */
export const today = () => new Date().toISOString().slice(0, 10);
