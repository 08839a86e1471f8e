import { flowSettingsSchemaOf } from '@entrepot/mapping';
import { describeSettings } from '../src/testing/index.ts';

const CHECKED_BY_VENDORS = ['target', 'prerequisites.*.target'];

describeSettings('an order flow', flowSettingsSchemaOf('order'), CHECKED_BY_VENDORS);
describeSettings('a customer flow', flowSettingsSchemaOf('customer'), CHECKED_BY_VENDORS);
