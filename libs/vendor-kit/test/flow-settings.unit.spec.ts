import { flowSettingsSchema } from '@entrepot/mapping';
import { describeSettings } from '../src/testing/index.ts';

describeSettings('a flow', flowSettingsSchema, ['target']);
