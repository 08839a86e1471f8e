import type { Order } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { MapContext } from '@entrepot/vendor-kit';
import type { SapB1Settings } from '../../config.ts';
import type { PriceDigits } from '../amounts.ts';
import type { CompanyProfile } from '../company-profile.ts';
import type { Problems } from '../problems.ts';
import type { OrderSettings } from '../settings.ts';
import type { TextFitter } from '../texts.ts';
import type { TaxContext } from './tax.ts';

/** Everything the parts of the order mapping share. */
export interface OrderContext {
  readonly order: Order;
  readonly connection: SapB1Settings;
  readonly flow: FlowSettings;
  readonly settings: OrderSettings;
  readonly profile: CompanyProfile;
  readonly problems: Problems;
  readonly texts: TextFitter;
  readonly tax: TaxContext;
  readonly digits: PriceDigits;
  /**
   * True when lines are written with tax inside (PriceAfterVAT, price mode gross): SAP then takes the tax out of the gross amount, so
   * the gross total stays to the cent, which net prices rounded per line would not.
   */
  readonly grossLines: boolean;
  /** SKU → item code as SAP spells it, of the items that were looked up. */
  readonly itemCodes: ReadonlyMap<string, string>;
  /** Line id → fields of its rows, by the flow's expressions. */
  readonly lineFields: NonNullable<MapContext['lineFields']>;
}
