import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { PUBLIC, ROLE_EXTENSION } from '../access/needs.ts';
import { describeOperations, PROBLEM_CONTENT, toSchema } from './zod-http.ts';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & { [ROLE_EXTENSION]?: string };

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

const problemSchema = z.object({
  type: z.string().describe('urn:entrepot:problem:<code>; the code is stable'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().describe('What is wrong, and what to do'),
  instance: z.string(),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('The fields concerned'),
});

/** Problems that any operation may answer with. */
const FOR_ALL = {
  400: 'Request is not valid',
  403: 'The page that asks is of another origin',
  405: 'The path cannot be called by this method; Allow names those that can',
  421: 'The host asked for is not one of this API',
  503: 'A part this needs is away',
};
const WITH_TOKEN = {
  401: 'No token, or an unknown one',
  403: 'The token has not the role for this, or the page that asks is of another origin',
  429: 'Too many unknown tokens from this address; Retry-After says when to try again',
};
const WITH_BODY = {
  408: 'The body did not arrive in time',
  413: 'The body is too large',
  415: 'The body is of another kind',
};

/** Builds the OpenAPI description from the metadata on the handlers: the role that each needs, and every status it may answer with. */
export function describeApi(nest: INestApplication): OpenAPIObject {
  describeOperations();
  const document = SwaggerModule.createDocument(
    nest,
    new DocumentBuilder()
      .setTitle('Entrepot admin API')
      .setDescription(
        `See, understand, repair and reprocess every message. Lists answer {items, next}; errors are application/problem+json. \`${ROLE_EXTENSION}\` names the least role that may call: viewer, operator, admin; public needs no token. Fields marked \`x-masked-for: viewer\` hold personal data, or words that may quote it: viewers see them masked.`,
      )
      .setVersion('1')
      .addBearerAuth()
      .build(),
  );
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: toSchema(problemSchema, 'output') },
  };
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method] as Operation | undefined;
      if (operation !== undefined) complete(operation);
    }
  }
  return document;
}

function complete(operation: Operation): void {
  const role = operation[ROLE_EXTENSION] ?? 'viewer';
  operation[ROLE_EXTENSION] = role;
  operation.security = role === PUBLIC ? [] : [{ bearer: [] }];
  const problems = {
    ...FOR_ALL,
    ...(role === PUBLIC ? {} : WITH_TOKEN),
    ...(operation.requestBody === undefined ? {} : WITH_BODY),
  };
  // Node answers 431 before any handler of ours runs, so its body has no description of ours.
  operation.responses[431] = { description: 'Path and headers together are larger than 16 KB' };
  for (const [status, description] of Object.entries(problems)) {
    operation.responses[status] = { description, content: PROBLEM_CONTENT };
  }
}
