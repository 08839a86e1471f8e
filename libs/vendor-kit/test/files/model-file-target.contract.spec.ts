import { describeTarget } from '../../src/testing/index.ts';
import { makeFileSuite } from './model-file-target.ts';

describeTarget(makeFileSuite());
