/**
 * The JSON Schema by which editors complete and check `.tracey.yml`. It sees the text before variables are
 * replaced, and rules between values are beyond it: `tracey config check` has the last word.
 */
import { z } from '../zod.ts';
import { configFileSchema } from './schema.ts';

/** Where the published schema lives; the first line of a generated `.tracey.yml` names it. */
export const CONFIG_SCHEMA_URL =
  'https://raw.githubusercontent.com/happner/tracey-action/v1/schema/tracey.schema.json';

/** The JSON Schema of `.tracey.yml`, in draft 7, which every editor's YAML support understands. */
export function computeConfigJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(configFileSchema, { target: 'draft-07', io: 'input' });
  return {
    $schema,
    $id: CONFIG_SCHEMA_URL,
    title: 'Tracey configuration (.tracey.yml)',
    // An empty file is valid, and to YAML it is null.
    ...rest,
    type: ['object', 'null'],
  };
}
