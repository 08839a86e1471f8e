import { applyDecorators, type PipeTransform } from '@nestjs/common';
import { ApiBody, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { Problem } from '../problem.ts';

// biome-ignore lint/suspicious/noExplicitAny: Nest's swagger types want its own SchemaObject; zod's output is valid OpenAPI
type SchemaObject = any;

function toSchema(schema: z.ZodType, io: 'input' | 'output'): SchemaObject {
  return z.toJSONSchema(schema, { target: 'openapi-3.0', io, unrepresentable: 'any' });
}

/**
 * Validates a query or body; every fault at once, with its path. Handlers name the type of what it gives (`ListQuery`): `z.infer` in a
 * handler's own signature is kept as a value for Nest, and with it all of zod, its languages too, in the bundle.
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

/** Waits for {@link describeOperations}: hardly anybody asks for the description, and all schemas in JSON are megabytes that stay. */
function whenDescribed(make: () => MethodDecorator): MethodDecorator {
  return (target, key, descriptor) => {
    undescribed.push(() => make()(target, key, descriptor));
  };
}

/** Notes on the handlers what they take and answer. To be called before the description of the API is made. */
export function describeOperations(): void {
  for (const describe of undescribed) describe();
  undescribed = [];
}

/** Documents each property of a query schema. */
export function ApiZodQuery(schema: z.ZodObject): MethodDecorator {
  return whenDescribed(() => {
    const json = toSchema(schema, 'input');
    const required: string[] = json.required ?? [];
    return applyDecorators(
      ...Object.entries<SchemaObject>(json.properties ?? {}).map(([name, property]) =>
        ApiQuery({ name, required: required.includes(name), description: property.description, schema: property }),
      ),
    );
  });
}

export function ApiZodBody(schema: z.ZodType): MethodDecorator {
  return whenDescribed(() => ApiBody({ schema: toSchema(schema, 'input') }));
}

export function ApiZodResponse(status: number, description: string, schema: z.ZodType): MethodDecorator {
  return whenDescribed(() => ApiResponse({ status, description, schema: toSchema(schema, 'output') }));
}

const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  instance: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** Documents problem answers (application/problem+json). */
export function ApiProblems(...statuses: number[]): MethodDecorator {
  const words: Record<number, string> = {
    400: 'Request is not valid',
    401: 'No or unknown token',
    403: 'The token has not the role for this',
    404: 'No such thing',
    409: 'Not possible as things stand',
    502: 'The vendor could not be asked',
    503: 'A part this needs is away',
  };
  return whenDescribed(() => {
    const content = { 'application/problem+json': { schema: toSchema(problemSchema, 'output') } };
    return applyDecorators(
      ...statuses.map((status) => ApiResponse({ status, description: words[status] ?? 'Problem', content })),
    );
  });
}

/** A page of rows as documented. */
export function pageOf(row: z.ZodType): z.ZodObject {
  return z.object({
    items: z.array(row),
    next: z.string().nullable().describe('Cursor of the next page; null on the last'),
  });
}
