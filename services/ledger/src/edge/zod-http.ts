import { applyDecorators, type PipeTransform } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBody, ApiConsumes, ApiQuery, ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { Problem } from '../problem.ts';
import { BODY_KINDS, type BodyKind } from './take-body.ts';

// biome-ignore lint/suspicious/noExplicitAny: Nest's swagger types want its own SchemaObject; zod's output is valid OpenAPI
type SchemaObject = any;

/** Kind of body that a handler takes; none without it. */
export const TAKES_BODY = Reflector.createDecorator<BodyKind>();

/** Schema of a handler's successful answer. */
export const ANSWERS = Reflector.createDecorator<z.ZodType>();

export function toSchema(schema: z.ZodType, io: 'input' | 'output'): SchemaObject {
  return z.toJSONSchema(schema, { target: 'openapi-3.0', io, unrepresentable: 'any' });
}

/**
 * Validates a query or body and reports every fault with its path. Handlers name the type of its result (`ListQuery`): Nest keeps `z.infer`
 * in a handler's own signature as a value, and with it all of zod, its languages too, in the bundle.
 * @throws Problem 400
 */
export class ZodPipe<T extends z.ZodType> implements PipeTransform<unknown, z.infer<T>> {
  private readonly schema: T;

  constructor(schema: T) {
    this.schema = schema;
  }

  transform(value: unknown): z.infer<T> {
    const parsed = this.schema.safeParse(value ?? {});
    if (parsed.success) return parsed.data;
    const errors = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
    const detail = errors
      .map((error) => (error.path === '' ? error.message : `${error.path}: ${error.message}`))
      .join('; ');
    throw new Problem(400, 'invalid-request', 'Request is not valid', detail, errors);
  }
}

let undescribed: (() => void)[] = [];

/**
 * Defers a decorator until {@link describeOperations}: the description is rarely requested, and all schemas in JSON take megabytes for
 * good.
 */
function whenDescribed(make: () => MethodDecorator): MethodDecorator {
  return (target, key, descriptor) => {
    undescribed.push(() => make()(target, key, descriptor));
  };
}

/** Attaches to the handlers what they take and answer. Must run before the API's description is built. */
export function describeOperations(): void {
  for (const describe of undescribed) describe();
  undescribed = [];
}

/** Documents each property of a query schema; lists are comma-separated. */
export function ApiZodQuery(schema: z.ZodObject): MethodDecorator {
  return whenDescribed(() => {
    const json = toSchema(schema, 'input');
    const required: string[] = json.required ?? [];
    return applyDecorators(
      ...Object.entries<SchemaObject>(json.properties ?? {}).map(([name, property]) =>
        ApiQuery({
          name,
          required: required.includes(name),
          description: property.description,
          schema: property,
          ...(property.type === 'array' ? { style: 'form', explode: false } : {}),
        }),
      ),
    );
  });
}

/** The handler takes JSON of this schema. */
export function ApiZodBody(schema: z.ZodType): MethodDecorator {
  return applyDecorators(
    TAKES_BODY('json'),
    whenDescribed(() => ApiBody({ required: true, schema: toSchema(schema, 'input') })),
  );
}

/** The handler takes YAML, as text. */
export function ApiYamlBody(description: string): MethodDecorator {
  return applyDecorators(
    TAKES_BODY('yaml'),
    whenDescribed(() =>
      applyDecorators(
        ApiConsumes(...BODY_KINDS.yaml.types),
        ApiBody({ required: true, description, schema: { type: 'string', minLength: 1 } }),
      ),
    ),
  );
}

export function ApiZodResponse(
  status: number,
  description: string,
  schema: z.ZodType,
  headers?: ApiResponseOptions['headers'],
): MethodDecorator {
  const sent = headers === undefined ? {} : { headers };
  return applyDecorators(
    ANSWERS(schema),
    whenDescribed(() => ApiResponse({ status, description, schema: toSchema(schema, 'output'), ...sent })),
  );
}

/** Documents the problems of one operation; those of every operation are added to all. */
export function ApiProblems(...statuses: (keyof typeof OWN_PROBLEMS)[]): MethodDecorator {
  return whenDescribed(() =>
    applyDecorators(
      ...statuses.map((status) => ApiResponse({ status, description: OWN_PROBLEMS[status], content: PROBLEM_CONTENT })),
    ),
  );
}

const OWN_PROBLEMS = {
  404: 'No such thing',
  409: 'Not possible as things stand',
  412: 'Changed since it was read',
  500: "A defect, which the ledger's log describes",
} as const;

/** Every problem has the same shape: `components.schemas.Problem`. */
export const PROBLEM_CONTENT = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

/** A page of rows as documented. */
export function pageOf(row: z.ZodType): z.ZodObject {
  return z.object({
    items: z.array(row),
    next: z.string().nullable().describe('Cursor of the next page; null on the last'),
  });
}
