import { PERSONAL_MASK } from '@entrepot/canonical';
import { z } from 'zod';

/** What a viewer sees of a value; `parent` is the unmasked object that holds it. */
export type Mask = (value: unknown, parent: Readonly<Record<string, unknown>>) => unknown;

const masks = new WeakMap<z.ZodType, Mask>();

/** Marks a part of an answer that holds personal data, or words that may quote it: viewers see the result of `mask`. */
export function maskedForViewers<T extends z.ZodType>(schema: T, mask: Mask = hide): T {
  const marked = schema.meta({ ...schema.meta(), 'x-masked-for': 'viewer' }) as T;
  masks.set(marked, mask);
  return marked;
}

/** Marks a part of an answer with an open shape and without personal data. */
export function shownToViewers<T extends z.ZodType>(schema: T): T {
  const marked = schema.meta({ ...schema.meta() }) as T;
  masks.set(marked, (value) => value);
  return marked;
}

/** Replaces every text; empty values stay empty. */
export function hide(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? '' : PERSONAL_MASK;
  if (Array.isArray(value)) return value.map(hide);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, hide(inner)]));
}

/** An answer as a viewer sees it, by its documented schema. Fields that the schema does not name are hidden. */
export function maskAnswer(schema: z.ZodType, value: unknown, parent: Readonly<Record<string, unknown>> = {}): unknown {
  if (value === null || value === undefined) return value;
  const mask = masks.get(schema);
  if (mask !== undefined) return mask(value, parent);
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    return maskAnswer(schema.unwrap() as z.ZodType, value, parent);
  }
  if (schema instanceof z.ZodArray) {
    return (value as readonly unknown[]).map((item) => maskAnswer(schema.element as z.ZodType, item, parent));
  }
  if (schema instanceof z.ZodObject) {
    const whole = value as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      Object.entries(whole).map(([name, inner]) => {
        const field = (schema.shape as Readonly<Record<string, z.ZodType>>)[name];
        return [name, field === undefined ? hide(inner) : maskAnswer(field, inner, whole)];
      }),
    );
  }
  if (schema instanceof z.ZodUnion) {
    const shape = (schema.options as readonly z.ZodType[]).find((option) => option.safeParse(value).success);
    return shape === undefined ? hide(value) : maskAnswer(shape, value, parent);
  }
  return isPlain(schema) ? value : hide(value);
}

function isPlain(schema: z.ZodType): boolean {
  return (
    schema instanceof z.ZodString ||
    schema instanceof z.ZodNumber ||
    schema instanceof z.ZodBoolean ||
    schema instanceof z.ZodEnum ||
    schema instanceof z.ZodLiteral ||
    schema instanceof z.ZodISODateTime
  );
}
