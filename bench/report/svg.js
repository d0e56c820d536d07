// The little of SVG that the plots need, in colours that suit a light and a dark page.
const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #1a202c; }
    .small { font-size: 12px; fill: #4a5568; }
    .title { font-size: 15px; font-weight: 600; }
    .grid { stroke: #d5dbe5; }
    .limit { stroke: #b3261e; stroke-width: 1.5; stroke-dasharray: 4 3; }
    .limit-text { font-size: 12px; fill: #b3261e; }
    .browser { fill: #0a7d4f; stroke: #0a7d4f; }
    .node { fill: none; stroke: #2b5fb4; stroke-width: 2; }
    .node-line { stroke: #2b5fb4; }
    .feeds { fill: #c9a227; }
    .paper { fill: #fff; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6e9ef; }
      .small { fill: #aab3c2; }
      .grid { stroke: #3a4353; }
      .limit { stroke: #ff8a80; }
      .limit-text { fill: #ff8a80; }
      .browser { fill: #4cc38a; stroke: #4cc38a; }
      .node { stroke: #8ab4f8; }
      .node-line { stroke: #8ab4f8; }
      .feeds { fill: #e5c04b; }
      .paper { fill: #0d1117; }
    }`;

export const escaped = (text) =>
  String(text).replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign],
  );

/** A drawing of that size; `description` is for who cannot see it. */
export function drawing(width, height, description, parts) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(description)}">
  <style>${STYLE}
  </style>
  <rect class="paper" width="${width}" height="${height}"/>
  ${parts.join('\n  ')}
</svg>
`;
}

export const text = (x, y, content, { className = '', anchor = 'start' } = {}) =>
  `<text x="${x}" y="${y}" class="${className}" text-anchor="${anchor}">${escaped(content)}</text>`;

export const line = (x1, y1, x2, y2, className) =>
  `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" class="${className}"/>`;

export const circle = (x, y, radius, className) =>
  `<circle cx="${at(x)}" cy="${at(y)}" r="${radius}" class="${className}"/>`;

export const box = (x, y, width, height, className) =>
  `<rect x="${at(x)}" y="${at(y)}" width="${at(Math.max(width, 0.5))}" height="${height}" class="${className}"/>`;

const at = (value) => Number(value.toFixed(1));
