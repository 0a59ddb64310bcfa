/** Where things of a YAML file stand: by the path of a value, in lines and columns from 1. */
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { ScenarioIssue } from '../../contract/scenarios.ts';
import type { Source } from './scenario.ts';

export type Path = readonly (string | number)[];

export class YamlFile {
  readonly text: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;

  constructor(text: string) {
    this.text = text;
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: true, strict: true });
  }

  /** What keeps it from being read as YAML. */
  get issues(): readonly ScenarioIssue[] {
    return this.#document.errors.map(({ pos, message }) => {
      const { line, col } = this.#lines.linePos(pos[0]);
      return {
        line,
        column: col,
        reason: (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, ''),
      };
    });
  }

  /** As plain data. */
  get value(): unknown {
    return this.#document.toJS({ maxAliasCount: 100 });
  }

  /** Of the value at a path, or of what is left of the path when that is missing. */
  at(path: Path, reason: string): ScenarioIssue {
    const { line, col } = this.#lines.linePos(this.#startOf(path));
    return { line, column: col, reason };
  }

  /** Of the key that names the value at a path. */
  atKey(path: Path, reason: string): ScenarioIssue {
    const key = this.#key(path);
    if (key === null) return this.at(path, reason);
    const { line, col } = this.#lines.linePos(key.range?.[0] ?? 0);
    return { line, column: col, reason };
  }

  /** Of a character (from 1) of the text at a path; for text over several lines, of its beginning. */
  within(path: Path, column: number, reason: string): ScenarioIssue {
    const node = this.#node(path);
    const start = this.at(path, reason);
    if (!isScalar(node) || node.type?.startsWith('BLOCK') === true) return start;
    const quoted = node.type === 'PLAIN' ? 0 : 1;
    const [from = 0, to = 0] = node.range ?? [];
    return this.text.slice(from, to).includes('\n') ? start : { ...start, column: start.column + quoted + column - 1 };
  }

  /** Its lines, as they stand in the file, without the indentation they share. */
  source(path: Path): Source {
    const node = this.#node(path);
    const from = node?.range?.[0] ?? 0;
    const to = node?.range?.[1] ?? from;
    const { line, col } = this.#lines.linePos(from);
    const lines = this.text.slice(from, to).trimEnd().split('\n');
    const indentation = ' '.repeat(Math.max(0, col - 1));
    const text = lines.map((each) => (each.startsWith(indentation) ? each.slice(indentation.length) : each));
    return { line, text: text.join('\n').trimEnd() };
  }

  #startOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const start = this.#node(path.slice(0, length))?.range?.[0];
      if (start !== undefined) return start;
    }
    return this.#document.contents?.range?.[0] ?? 0;
  }

  #node(path: Path): Node | null {
    let at: unknown = this.#document.contents;
    for (const part of path) at = isMap(at) || isSeq(at) ? at.get(part, true) : undefined;
    return isNodeWithRange(at) ? at : null;
  }

  #key(path: Path): Node | null {
    const parent: unknown = path.length === 1 ? this.#document.contents : this.#node(path.slice(0, -1));
    if (!isMap(parent)) return null;
    const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1));
    return isNodeWithRange(pair?.key) ? pair.key : null;
  }
}

function isNodeWithRange(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value);
}
