/** JSON for people: what fits on a line stands on one, the rest over several. Pure. */

const LINE_LENGTH = 96;

/** A value as lines, each deeper level further in. */
export function formatJson(value: unknown, indent = ''): string {
  const flat = formatFlat(value);
  if (flat.length + indent.length <= LINE_LENGTH || typeof value !== 'object' || value === null) return flat;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map((one) => inner + formatJson(one, inner)).join(',\n')}\n${indent}]`;
  }
  const fields = Object.entries(value).map(
    ([name, one]) => `${inner}${JSON.stringify(name)}: ${formatJson(one, inner)}`,
  );
  return `{\n${fields.join(',\n')}\n${indent}}`;
}

/** A value on one line, with spaces as people write them. */
export function formatFlat(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatFlat).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${formatFlat(one)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}
