import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../src/processes/node-settings.ts';

it('the image runs services as the stack does', () => {
  const image = readFileSync(new URL('../../../deploy/Dockerfile', import.meta.url), 'utf8');
  expect(image).toContain(`exec node ${NODE_FLAGS.join(' ')} `);
  for (const [name, value] of Object.entries(NODE_ENVIRONMENT)) expect(image).toContain(`ENV ${name}=${value}\n`);
});
