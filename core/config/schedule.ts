/**
 * The rule for `repos[].schedule`: six cron fields, seconds first, as the cron package for Node.js has them.
 * It only judges; when a job is due is GitHub's or the machine's business.
 */

/** Why a text breaks the rule of its key: the end of a sentence that starts with the key, and what to do. */
export interface Complaint {
  readonly what: string;
  readonly hint: string | null;
}

interface Field {
  /** With its article. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Words that stand for `from`, `from + 1`, … */
  readonly words: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const FIELDS: readonly Field[] = [
  { name: 'a second', from: 0, to: 59, words: [] },
  { name: 'a minute', from: 0, to: 59, words: [] },
  { name: 'an hour', from: 0, to: 23, words: [] },
  { name: 'a day of the month', from: 1, to: 31, words: [] },
  { name: 'a month', from: 1, to: 12, words: MONTHS },
  { name: 'a day of the week', from: 0, to: 7, words: WEEKDAYS },
];

export const SCHEDULE_EXAMPLE = '00 00 02 * * *';

/** What is wrong with a schedule, or null: fields are `*`, numbers, names, ranges, lists and steps (`*\/5`). */
export function findScheduleComplaint(text: string): Complaint | null {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) {
    const fits = fields.length === 5 && FIELDS.slice(1).every((field, i) => isField(field, fields[i] ?? ''));
    const example = fits ? `00 ${fields.join(' ')}` : SCHEDULE_EXAMPLE;
    const hint = fits ? `Put the seconds first: "${example}".` : `Example: "${example}".`;
    return { what: 'must have 6 cron fields', hint };
  }
  const wrong = FIELDS.findIndex((field, index) => !isField(field, fields[index] ?? ''));
  const field = FIELDS[wrong];
  if (field === undefined) return null;
  const range = `${field.from} to ${field.to}`;
  const what = `must have ${field.name} from ${range} (or "*") as field ${wrong + 1} of 6`;
  return { what, hint: `Example: "${SCHEDULE_EXAMPLE}".` };
}

function isField(field: Field, text: string): boolean {
  return text.split(',').every((part) => isRange(field, part));
}

function isRange(field: Field, text: string): boolean {
  const [range = '', step, ...rest] = text.split('/');
  if (rest.length > 0) return false;
  if (step !== undefined && !/^0*[1-9]\d?$/.test(step)) return false;
  if (range === '*') return true;
  const ends = range.split('-').map((end) => findNumber(field, end));
  const [from, to = from] = ends;
  return ends.length <= 2 && !ends.includes(null) && (from ?? 0) <= (to ?? 0);
}

function findNumber(field: Field, text: string): number | null {
  const word = field.words.indexOf(text.toLowerCase());
  if (word >= 0) return field.from + word;
  if (!/^\d{1,2}$/.test(text)) return null;
  const number = Number(text);
  return number >= field.from && number <= field.to ? number : null;
}
