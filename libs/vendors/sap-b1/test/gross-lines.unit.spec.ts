import { it } from 'vitest';
import { expectToTheCent, type GrossLine } from './gross-lines-for-tests.ts';

it.each<GrossLine>([
  { cents: 47_992, pieces: 26, off: 62, rate: '0.19' },
  { cents: 49_988, pieces: 16, off: 6, rate: '0.07' },
  { cents: 39_284, pieces: 14, off: 4, rate: '0.0825' },
  { cents: 13_681, pieces: 16, off: 68, rate: '0.07' },
])(
  'total and tax come out to the cent where pricing one piece apart does not round the tax right: %j',
  expectToTheCent,
);
