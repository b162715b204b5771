/** The JSON Schema of a report, for those who write or read one without Tracey. */
import { reportSchema } from './model.ts';
import { z } from './zod.ts';

export function computeReportJsonSchema(): Record<string, unknown> {
  return {
    $id: 'https://raw.githubusercontent.com/happner/tracey-action/v1/schema/report.schema.json',
    title: 'Tracey report',
    ...z.toJSONSchema(reportSchema),
  };
}
