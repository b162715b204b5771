/**
 * One connection to one database file, with its statements prepared once. Knows SQLite, and nothing of what
 * is kept in it.
 */
import type { Database, Statement } from 'better-sqlite3';

/** A value as SQLite takes and gives it; we never ask for big integers. */
export type Value = string | number | null | Uint8Array;

export interface Connection {
  readonly database: Database;
  readonly file: string;
  /** The statement of this text, prepared the first time; rows come as objects. */
  prepare<Row>(text: string): Statement<Value[], Row>;
  /** Likewise; rows come as arrays, which is faster where there are many. */
  prepareRaw<Row extends readonly Value[]>(text: string): Statement<Value[], Row>;
}

/** Wraps an open database. */
export function createConnection(database: Database, file: string): Connection {
  const statements = new Map<string, Statement<Value[], unknown>>();
  const rawStatements = new Map<string, Statement<Value[], unknown>>();
  function find(cache: Map<string, Statement<Value[], unknown>>, text: string) {
    const known = cache.get(text);
    if (known !== undefined) return known;
    const statement = database.prepare<Value[], unknown>(text);
    if (cache === rawStatements) statement.raw(true);
    cache.set(text, statement);
    return statement;
  }
  return {
    database,
    file,
    prepare: <Row>(text: string) => find(statements, text) as Statement<Value[], Row>,
    prepareRaw: <Row extends readonly Value[]>(text: string) =>
      find(rawStatements, text) as Statement<Value[], Row>,
  };
}

/**
 * The id of the row of `table` that holds exactly `values`, inserted when there is none: how a name is stored
 * once. `table` and the keys of `values` are ours, never input.
 */
export function internRow(
  connection: Connection,
  table: string,
  values: Readonly<Record<string, Value>>,
): number {
  const columns = Object.keys(values);
  const bound = Object.values(values);
  const condition = columns.map((column) => `${column} IS ?`).join(' AND ');
  const known = connection
    .prepare<{ id: number }>(`SELECT id FROM ${table} WHERE ${condition}`)
    .get(...bound);
  if (known !== undefined) return known.id;
  const places = columns.map(() => '?').join(', ');
  const inserted = connection
    .prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`)
    .run(...bound);
  return Number(inserted.lastInsertRowid);
}

/** Rows on their way into one table, several to a statement: some twice as fast as one by one. */
export interface RowBatch {
  add(...row: Value[]): void;
  /** Writes what is left; must be called before the rows are read, or rows that refer to them are written. */
  flush(): void;
}

const BATCH_ROWS = 100;

/** A batch for the `columns` of `table`; both are ours, never input. */
export function createRowBatch(connection: Connection, table: string, columns: readonly string[]): RowBatch {
  const row = `(${columns.map(() => '?').join(', ')})`;
  let values: Value[] = [];
  function flush(): void {
    if (values.length === 0) return;
    const rows = new Array<string>(values.length / columns.length).fill(row);
    const text = `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${rows.join(', ')}`;
    // Only full batches are alike often enough to be worth keeping prepared.
    if (rows.length === BATCH_ROWS) connection.prepare(text).run(...values);
    else connection.database.prepare<Value[]>(text).run(...values);
    values = [];
  }
  return {
    add(...added) {
      values.push(...added);
      if (values.length >= BATCH_ROWS * columns.length) flush();
    },
    flush,
  };
}
