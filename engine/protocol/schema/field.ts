/**
 * The notation for message schemas: one field per line, all versions inside.
 *
 *     maxBytes: int32('3+', { default: 0x7fffffff, ignorable: true }),
 *     clusterId: string('12+', { nullable: '12+', tag: 0, tagged: '12+', default: null, ignorable: true }),
 *     topics: array('0+', { topic: string('0-12', { default: '' }), partitions: array('0+', 'int32') }),
 *
 * The first argument says in which versions the field exists. Types follow from the notation: a decoded message has
 * every field (those absent in its version hold their default); in a message to encode, a field may be left out if and
 * only if its `default` is written down here.
 */
import type { Uuid } from '../../base/ids.ts';
import { versionRange, type VersionRange, type VersionText } from './version-range.ts';

/** TypeScript types of the primitives. `records` are the bytes of record batches. */
export interface PrimitiveTypes {
  readonly bool: boolean;
  readonly int8: number;
  readonly int16: number;
  readonly uint16: number;
  readonly int32: number;
  readonly uint32: number;
  readonly int64: number;
  readonly float64: number;
  readonly uuid: Uuid;
  readonly string: string;
  readonly bytes: Uint8Array;
  readonly records: Uint8Array;
}
export type PrimitiveKind = keyof PrimitiveTypes;

declare const types: unique symbol;

/** One field of a struct. `Out`: decoded; `In`: to encode; `Optional`: may be left out when encoding. */
export interface Field<Out = unknown, In = unknown, Optional extends boolean = boolean> {
  readonly kind: PrimitiveKind | 'array' | 'struct';
  readonly versions: VersionRange;
  readonly nullable: VersionRange | null;
  readonly tagged: VersionRange | null;
  readonly tag: number | null;
  /** Overrides the message's flexible versions for this field's length prefix. */
  readonly flexible: VersionRange | null;
  /** A value is silently dropped in versions that lack the field. */
  readonly ignorable: boolean;
  /** Undefined: the type's own default (0, '', false, empty, a struct of defaults). */
  readonly default: unknown;
  /** Kind of an array's elements. */
  readonly element: PrimitiveKind | 'struct' | null;
  /** Fields of a struct or of an array's structs. */
  readonly fields: Fields | null;
  readonly [types]?: { readonly out: Out; readonly in: In; readonly optional: Optional };
}

export interface Fields {
  readonly [name: string]: Field;
}

export interface FieldOptions<T> {
  /** What a version without the field decodes to, and what is written when it is left out. */
  readonly default?: T | null;
  /** Versions in which null is allowed. */
  readonly nullable?: VersionText;
  /** Versions in which the field is in the tagged section, under `tag`. */
  readonly tagged?: VersionText;
  readonly tag?: number;
  readonly ignorable?: true;
  readonly flexible?: VersionText;
}
type NoOptions = Record<never, never>;

type Nullable<T, O> = O extends { readonly nullable: string } ? T | null : T;
type Optional<O> = O extends { readonly default: unknown } ? true : false;
type FieldOf<Out, In, O> = Field<Nullable<Out, O>, Nullable<In, O>, Optional<O>>;

/** The decoded value of a struct with `F`. */
export type Decoded<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer Out> ? Out : never };
/** What may be given to encode a struct with `F`. */
export type Encodable<F extends Fields> = {
  readonly [K in keyof F as F[K] extends Field<unknown, unknown, true> ? never : K]: InOf<F[K]>;
} & {
  readonly [K in keyof F as F[K] extends Field<unknown, unknown, true> ? K : never]?: InOf<F[K]> | undefined;
};
type InOf<T> = T extends Field<unknown, infer In> ? In : never;

function field<Out, In, Optional extends boolean>(
  kind: Field['kind'],
  versions: VersionText,
  options: FieldOptions<unknown>,
  element: Field['element'] = null,
  fields: Fields | null = null,
): Field<Out, In, Optional> {
  return {
    kind,
    versions: versionRange(versions),
    nullable: options.nullable === undefined ? null : versionRange(options.nullable),
    tagged: options.tagged === undefined ? null : versionRange(options.tagged),
    tag: options.tag ?? null,
    flexible: options.flexible === undefined ? null : versionRange(options.flexible),
    ignorable: options.ignorable ?? false,
    default: options.default,
    element,
    fields,
  };
}

type PrimitiveBuilder<K extends PrimitiveKind> = <const O extends FieldOptions<PrimitiveTypes[K]> = NoOptions>(
  versions: VersionText,
  options?: O,
) => FieldOf<PrimitiveTypes[K], PrimitiveTypes[K], O>;

function primitive<K extends PrimitiveKind>(kind: K): PrimitiveBuilder<K> {
  return (versions, options) => field(kind, versions, options ?? {});
}

export const bool = primitive('bool');
export const int8 = primitive('int8');
export const int16 = primitive('int16');
export const uint16 = primitive('uint16');
export const int32 = primitive('int32');
export const uint32 = primitive('uint32');
export const int64 = primitive('int64');
export const float64 = primitive('float64');
export const uuid = primitive('uuid');
export const string = primitive('string');
export const bytes = primitive('bytes');
export const records = primitive('records');

type ElementOut<E extends PrimitiveKind | Fields> = E extends PrimitiveKind
  ? PrimitiveTypes[E]
  : E extends Fields
    ? Decoded<E>
    : never;
type ElementIn<E extends PrimitiveKind | Fields> = E extends PrimitiveKind
  ? PrimitiveTypes[E]
  : E extends Fields
    ? Encodable<E>
    : never;

/** An array of a primitive, or of structs with the given fields. The only defaults are `[]` and null. */
export function array<
  const E extends PrimitiveKind | Fields,
  const O extends FieldOptions<readonly never[]> = NoOptions,
>(versions: VersionText, element: E, options?: O): FieldOf<readonly ElementOut<E>[], readonly ElementIn<E>[], O> {
  if (typeof element === 'string') return field('array', versions, options ?? {}, element as PrimitiveKind);
  return field('array', versions, options ?? {}, 'struct', element as Fields);
}

/** A nested struct. The only defaults are `{}` (a struct of defaults) and null. */
export function struct<const F extends Fields, const O extends FieldOptions<NoOptions> = NoOptions>(
  versions: VersionText,
  fields: F,
  options?: O,
): FieldOf<Decoded<F>, Encodable<F>, O> {
  return field('struct', versions, options ?? {}, null, fields);
}
