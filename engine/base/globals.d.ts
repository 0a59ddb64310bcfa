/**
 * The only globals beyond ECMAScript that the engine's core may use: pure ones, the same in Node, a worker and a
 * browser. Anything that reads the outside world (timers, `Buffer`, `process`, `performance`) is deliberately absent;
 * it comes through `env`.
 */
interface TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}
declare var TextEncoder: { prototype: TextEncoder; new (): TextEncoder };

interface TextDecoder {
  decode(input?: Uint8Array): string;
}
declare var TextDecoder: {
  prototype: TextDecoder;
  new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder;
};
