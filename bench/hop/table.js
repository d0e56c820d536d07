// A bench's report as a table for a terminal.
const ms = (value) => value.toFixed(3);
const orDash = (value, format) => (value === null ? '–' : format(value));

export function printTable({ machine, load, node, browser, adapter, node_adapter, model, rows }) {
  console.log(
    `${machine}, load ${load.toFixed(1)}; Node ${node}, ${browser ?? 'no browser'}; model ${model}`,
  );
  console.log(`Adapter in Chromium: ${adapter ?? 'not asked'}. In Node: ${node_adapter ?? 'not asked'}.`);
  console.table(
    rows
      .filter((row) => !row.skipped)
      .map((row) => ({
        where: row.where,
        what: row.what,
        hops: row.hops,
        ...{ p50_ms: ms(row.p50_ms), p95_ms: ms(row.p95_ms), p99_ms: ms(row.p99_ms), max_ms: ms(row.max_ms) },
        'real-time factor': ms(row.real_time_factor),
        MMAC: orDash(row.mmac_per_hop, (value) => value.toFixed(2)),
        MB: orDash(row.bytes, (value) => (value / 1e6).toFixed(1)),
        'heap kB / 1,000 hops': orDash(row.heap_growth_bytes_per_1000_hops, (value) =>
          (value / 1e3).toFixed(0),
        ),
        '× floor': orDash(row.times_floor, (value) => value.toFixed(2)),
        'f32 p50_ms': orDash(row.f32_p50_ms, ms),
        '× wasm': orDash(row.times_wasm, (value) => value.toFixed(2)),
        'feeds p50_ms': orDash(row.feeds_p50_ms, ms),
      })),
  );
  for (const { where, what, skipped } of rows.filter((row) => row.skipped))
    console.log(`skipped: ${what} (${where}): ${skipped}`);
}
