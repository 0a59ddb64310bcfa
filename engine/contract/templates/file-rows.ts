/**
 * A file's text as records: what an import sends, and where a lab producer's keys come from. A line that cannot be read is
 * told with its number and left out; blank lines are nothing. Pure: the window shows with it what the lab will send.
 */
import { importRecordsMax, type FileFormat, type TextRecord } from '../produce.ts';

export interface FileRow extends TextRecord {
  /** From 1. */
  readonly line: number;
}

export interface RowProblem {
  readonly line: number;
  readonly reason: string;
}

export interface FileRows {
  readonly rows: readonly FileRow[];
  readonly problems: readonly RowProblem[];
  /** There are more than `max`; they were not read. */
  readonly cut: boolean;
}

/** As its name says; tabs in its first line tell `tab` from `lines`. */
export function guessFormat(name: string, text: string): FileFormat {
  const ending = name.toLowerCase().split('.').at(-1);
  if (ending === 'csv') return 'csv';
  if (ending === 'json' || ending === 'jsonl' || ending === 'ndjson') return 'json';
  const [first = ''] = text.split('\n', 1);
  if (first.trimStart().startsWith('{')) return 'json';
  return first.includes('\t') ? 'tab' : 'lines';
}

export function parseRows(text: string, format: FileFormat, max: number = importRecordsMax): FileRows {
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text;
  return format === 'csv' ? csvRows(content, max) : lineRows(content, format, max);
}

function lineRows(text: string, format: Exclude<FileFormat, 'csv'>, max: number): FileRows {
  const rows: FileRow[] = [];
  const problems: RowProblem[] = [];
  let line = 0;
  for (const raw of text.split('\n')) {
    line++;
    const content = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (content === '' || (format === 'json' && content.trim() === '')) continue;
    if (rows.length >= max) return { rows, problems, cut: true };
    const row = format === 'json' ? jsonRecord(content) : plainRecord(content, format);
    if (typeof row === 'string') problems.push({ line, reason: row });
    else rows.push({ ...row, line });
  }
  return { rows, problems, cut: false };
}

function plainRecord(content: string, format: 'lines' | 'keys' | 'tab'): TextRecord | string {
  if (format === 'lines') return { key: null, value: content, headers: [] };
  if (format === 'keys') return { key: content, value: null, headers: [] };
  const tab = content.indexOf('\t');
  if (tab === -1) return 'has no tab between key and value';
  return { key: content.slice(0, tab), value: content.slice(tab + 1), headers: [] };
}

/** The reason when it is none. */
function jsonRecord(content: string): TextRecord | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch (error) {
    return `is no JSON: ${(error as Error).message}`;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { key: null, value: content.trim(), headers: [] };
  }
  const { key, value, headers, ...rest } = parsed as Readonly<Record<string, unknown>>;
  const isRecord = (key !== undefined || value !== undefined) && Object.keys(rest).length === 0;
  if (!isRecord) return { key: null, value: content.trim(), headers: [] };
  const told = headerList(headers);
  return told === null
    ? '"headers" is no object of names and values'
    : { key: asText(key), value: asText(value), headers: told };
}

function asText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function headerList(headers: unknown): TextRecord['headers'] | null {
  if (headers === undefined || headers === null) return [];
  if (typeof headers !== 'object' || Array.isArray(headers)) return null;
  return Object.entries(headers).map(([key, value]) => ({ key, value: asText(value) ?? '' }));
}

interface CsvLine {
  readonly line: number;
  readonly cells: readonly string[];
}

function csvRows(text: string, max: number): FileRows {
  const { lines, problem } = csvLines(text, max + 1);
  const problems: RowProblem[] = problem === null ? [] : [problem];
  const [head, ...body] = lines;
  if (head === undefined) return { rows: [], problems, cut: false };
  const columns = head.cells.map((cell) => cell.trim());
  const keyAt = columns.findIndex((name) => name.toLowerCase() === 'key');
  const valueAt = columns.findIndex((name) => name.toLowerCase() === 'value');
  const rows: FileRow[] = [];
  for (const { line, cells } of body.slice(0, max)) {
    if (cells.length !== columns.length) {
      problems.push({ line, reason: `has ${cells.length} columns, the header has ${columns.length}` });
      continue;
    }
    const value = valueAt === -1 ? cellsAsJson(columns, cells, keyAt) : (cells[valueAt] ?? null);
    rows.push({ line, key: keyAt === -1 ? null : (cells[keyAt] ?? null), value, headers: [] });
  }
  return { rows, problems: problems.sort((a, b) => a.line - b.line), cut: body.length > max };
}

function cellsAsJson(columns: readonly string[], cells: readonly string[], keyAt: number): string {
  const named = columns.map((name, index): [string, string] => [name, cells[index] ?? '']);
  return JSON.stringify(Object.fromEntries(named.filter((_, index) => index !== keyAt)));
}

/** RFC 4180: cells in double quotes may hold commas, quotes (doubled) and line ends. */
function csvLines(
  text: string,
  max: number,
): { readonly lines: readonly CsvLine[]; readonly problem: RowProblem | null } {
  const lines: CsvLine[] = [];
  let cells: string[] = [];
  let cell = '';
  let line = 1;
  let startLine = 1;
  let quotedSince: number | null = null;
  const endLine = (): void => {
    cells.push(cell);
    if (cells.length > 1 || cell !== '') lines.push({ line: startLine, cells });
    cells = [];
    cell = '';
    startLine = line;
  };
  for (let at = 0; at < text.length && lines.length <= max; at++) {
    const character = text[at] ?? '';
    if (character === '\n') line++;
    if (quotedSince !== null) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') cell += text[++at] ?? '';
      else quotedSince = null;
    } else if (character === '"' && cell === '') quotedSince = line;
    else if (character === ',') {
      cells.push(cell);
      cell = '';
    } else if (character === '\n') endLine();
    else if (character !== '\r' || text[at + 1] !== '\n') cell += character;
  }
  if (quotedSince !== null) return { lines, problem: { line: quotedSince, reason: 'a quote is not closed' } };
  endLine();
  return { lines, problem: null };
}
