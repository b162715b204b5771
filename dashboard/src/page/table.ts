/**
 * Tables that can be sorted by their heads and are shown a page at a time, so that ten thousand rows cost what fifty do. On a
 * phone their rows become cards, by styles alone; roles are named because such styles take them away.
 */
import { formatWhole } from '../text/figures.ts';
import { type Child, fill, make } from './element.ts';

export interface Column<Row> {
  readonly name: string;
  /** Said of the head where the name alone is not clear. */
  readonly hint?: string;
  readonly cell: (row: Row) => Child;
  /** What rows are sorted by; without it they are not. Rows without a value come last, whatever the direction. */
  readonly value?: (row: Row) => number | string | null;
  /** Which way the first press sorts: numbers largest first, unless said. */
  readonly first?: Direction;
  readonly kind?: 'number' | 'name' | 'wide';
  /** Left out where there is little room. */
  readonly minor?: boolean;
}

export type Direction = 'ascending' | 'descending';

export interface TableOptions<Row> {
  /** What the table shows; read out, not seen. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly sorted?: { readonly column: string; readonly direction: Direction };
  readonly pageSize?: number;
  /** What is said in place of no rows. */
  readonly empty: string;
}

export interface Table<Row> {
  readonly element: HTMLElement;
  readonly show: (rows: readonly Row[]) => void;
}

const PAGE_SIZE = 50;

export function createTable<Row>(options: TableOptions<Row>): Table<Row> {
  const { columns, pageSize = PAGE_SIZE } = options;
  let sorted = options.sorted ?? null;
  let rows: readonly Row[] = [];
  let first = 0;

  const heads = columns.map((column) => createHead(column, () => sortBy(column)));
  const body = make('tbody', { role: 'rowgroup' });
  const box = make(
    'div',
    { class: 'table-box', role: 'region', 'aria-label': options.caption, tabindex: 0 },
    make(
      'table',
      { role: 'table', class: 'cards' },
      make('caption', { class: 'unseen' }, options.caption),
      make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...heads)),
      body,
    ),
  );
  const told = make('span', { role: 'status' });
  const back = createTurn('Previous', () => turn(first - pageSize));
  const on = createTurn('Next', () => turn(first + pageSize));
  const pager = make('div', { class: 'pager' }, told, make('div', {}, back, on));

  function sortBy(column: Column<Row>): void {
    const usual = column.first ?? (column.kind === 'number' ? 'descending' : 'ascending');
    const direction = sorted?.column === column.name ? reverse(sorted.direction) : usual;
    sorted = { column: column.name, direction };
    show(rows);
  }

  function turn(to: number): void {
    first = Math.max(0, Math.min(to, rows.length - 1));
    showRows();
    box.scrollIntoView({ block: 'nearest' });
  }

  function showRows(): void {
    const seen = rows.slice(first, first + pageSize);
    fill(body, ...seen.map((row) => createRow(columns, row)));
    if (seen.length === 0) {
      fill(body, make('tr', {}, make('td', { class: 'muted', colspan: columns.length }, options.empty)));
    }
    pager.hidden = rows.length <= pageSize;
    told.textContent = `${formatWhole(first + 1)} to ${formatWhole(first + seen.length)} of ${formatWhole(rows.length)}`;
    back.disabled = first === 0;
    on.disabled = first + pageSize >= rows.length;
  }

  function show(next: readonly Row[]): void {
    rows = sorted === null ? next : sortRows(next, columns, sorted);
    first = 0;
    for (const [index, column] of columns.entries()) {
      if (column.name === sorted?.column) heads[index]?.setAttribute('aria-sort', sorted.direction);
      else heads[index]?.removeAttribute('aria-sort');
    }
    showRows();
  }

  show(options.rows);
  return { element: make('div', {}, box, pager), show };
}

/** Rows by a column, those without a value last; rows that are alike stay as they were. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Pick<Column<Row>, 'name' | 'value'>[],
  sorted: { readonly column: string; readonly direction: Direction },
): Row[] {
  const value = columns.find(({ name }) => name === sorted.column)?.value;
  if (value === undefined) return [...rows];
  const sign = sorted.direction === 'ascending' ? 1 : -1;
  const keyed = rows.map((row) => ({ row, key: value(row) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
    if (typeof a.key === 'number' && typeof b.key === 'number') return sign * (a.key - b.key);
    const [one, other] = [String(a.key), String(b.key)];
    return one === other ? 0 : sign * (one < other ? -1 : 1);
  });
  return keyed.map(({ row }) => row);
}

function reverse(direction: Direction): Direction {
  return direction === 'ascending' ? 'descending' : 'ascending';
}

function createHead<Row>(column: Column<Row>, sort: () => void): HTMLTableCellElement {
  const sorts = column.value === undefined ? '' : 'sorts';
  const attributes = {
    role: 'columnheader',
    scope: 'col',
    class: [chooseClass(column), sorts].join(' ').trim() || null,
    title: column.hint,
  };
  if (column.value === undefined) return make('th', attributes, column.name);
  return make(
    'th',
    attributes,
    make('button', { class: 'sort', type: 'button', on: { click: sort } }, column.name),
  );
}

function createRow<Row>(columns: readonly Column<Row>[], row: Row): HTMLTableRowElement {
  return make(
    'tr',
    { role: 'row' },
    ...columns.map((column, index) =>
      index === 0
        ? make('th', { role: 'rowheader', scope: 'row', class: chooseClass(column) }, column.cell(row))
        : make(
            'td',
            { role: 'cell', class: chooseClass(column), 'data-name': column.name },
            column.cell(row),
          ),
    ),
  );
}

function chooseClass<Row>({ kind, minor }: Column<Row>): string {
  return [kind ?? '', minor ? 'minor' : ''].join(' ').trim();
}

function createTurn(text: string, click: () => void): HTMLButtonElement {
  return make('button', { class: 'button', type: 'button', on: { click } }, text);
}
