// Generated from schemas/ by libs/canonical/scripts/generate.ts. Do not edit.
import type { ExternalId, Ref, Source, Address, Money, Bag, PaymentSchedule, PaymentTerms, ItemRef, Unit, Discount, Tax, Attribute, OrderFee, OrderPayment, Image, Localized } from './generated/shared.gen.ts';
import type { Hold, OrderRisk, LineQuantity, LineComponent, Duty, OrderLine, ShippingLine, FulfilmentGroupLine, FulfilmentGroup, OrderRefundLine, RefundAdjustment, OrderRefund, OrderReturnLine, OrderExchangeLine, OrderReturn, OrderAmounts, OrderTotals, Order } from './generated/order.gen.ts';
import type { Contact, TaxExemption, TaxRegistration, CustomerSalesperson, MarketingConsent, Customer } from './generated/customer.gen.ts';
import type { ProductOption, OptionValue, VariantUnit, VariantComponent, VariantVendor, ProductVariant, Product } from './generated/product.gen.ts';
import type { ProductCategory } from './generated/product-category.gen.ts';
import type { PriceTier, Price } from './generated/price.gen.ts';
import type { Inventory } from './generated/inventory.gen.ts';
import type { AdjustmentLine, InventoryAdjustment } from './generated/inventory-adjustment.gen.ts';
import type { PackageLine, ShipmentPackage, ShipmentLine, Shipment } from './generated/shipment.gen.ts';
import type { InvoiceApplication, InvoiceLine, InvoiceTotals, Invoice } from './generated/invoice.gen.ts';
import { fillRecord, type Sparse } from './model/records.ts';

/** Makes a ExternalId: what is not given takes the schema's default. */
export const createExternalId = (given: Sparse<ExternalId> = {}): ExternalId => fillRecord<ExternalId>('ExternalId', given);

/** Makes a Ref: what is not given takes the schema's default. */
export const createRef = (given: Sparse<Ref> = {}): Ref => fillRecord<Ref>('Ref', given);

/** Makes a Source: what is not given takes the schema's default. */
export const createSource = (given: Sparse<Source> = {}): Source => fillRecord<Source>('Source', given);

/** Makes a Address: what is not given takes the schema's default. */
export const createAddress = (given: Sparse<Address> = {}): Address => fillRecord<Address>('Address', given);

/** Makes a Money: what is not given takes the schema's default. */
export const createMoney = (given: Sparse<Money> = {}): Money => fillRecord<Money>('Money', given);

/** Makes a Bag: what is not given takes the schema's default. */
export const createBag = (given: Sparse<Bag> = {}): Bag => fillRecord<Bag>('Bag', given);

/** Makes a PaymentSchedule: what is not given takes the schema's default. */
export const createPaymentSchedule = (given: Sparse<PaymentSchedule> = {}): PaymentSchedule => fillRecord<PaymentSchedule>('PaymentSchedule', given);

/** Makes a PaymentTerms: what is not given takes the schema's default. */
export const createPaymentTerms = (given: Sparse<PaymentTerms> = {}): PaymentTerms => fillRecord<PaymentTerms>('PaymentTerms', given);

/** Makes a ItemRef: what is not given takes the schema's default. */
export const createItemRef = (given: Sparse<ItemRef> = {}): ItemRef => fillRecord<ItemRef>('ItemRef', given);

/** Makes a Unit: what is not given takes the schema's default. */
export const createUnit = (given: Sparse<Unit> = {}): Unit => fillRecord<Unit>('Unit', given);

/** Makes a Discount: what is not given takes the schema's default. */
export const createDiscount = (given: Sparse<Discount> = {}): Discount => fillRecord<Discount>('Discount', given);

/** Makes a Tax: what is not given takes the schema's default. */
export const createTax = (given: Sparse<Tax> = {}): Tax => fillRecord<Tax>('Tax', given);

/** Makes a Attribute: what is not given takes the schema's default. */
export const createAttribute = (given: Sparse<Attribute> = {}): Attribute => fillRecord<Attribute>('Attribute', given);

/** Makes a OrderFee: what is not given takes the schema's default. */
export const createOrderFee = (given: Sparse<OrderFee> = {}): OrderFee => fillRecord<OrderFee>('OrderFee', given);

/** Makes a OrderPayment: what is not given takes the schema's default. */
export const createOrderPayment = (given: Sparse<OrderPayment> = {}): OrderPayment => fillRecord<OrderPayment>('OrderPayment', given);

/** Makes a Image: what is not given takes the schema's default. */
export const createImage = (given: Sparse<Image> = {}): Image => fillRecord<Image>('Image', given);

/** Makes a Localized: what is not given takes the schema's default. */
export const createLocalized = (given: Sparse<Localized> = {}): Localized => fillRecord<Localized>('Localized', given);

/** Makes a Hold: what is not given takes the schema's default. */
export const createHold = (given: Sparse<Hold> = {}): Hold => fillRecord<Hold>('Hold', given);

/** Makes a OrderRisk: what is not given takes the schema's default. */
export const createOrderRisk = (given: Sparse<OrderRisk> = {}): OrderRisk => fillRecord<OrderRisk>('OrderRisk', given);

/** Makes a LineQuantity: what is not given takes the schema's default. */
export const createLineQuantity = (given: Sparse<LineQuantity> = {}): LineQuantity => fillRecord<LineQuantity>('LineQuantity', given);

/** Makes a LineComponent: what is not given takes the schema's default. */
export const createLineComponent = (given: Sparse<LineComponent> = {}): LineComponent => fillRecord<LineComponent>('LineComponent', given);

/** Makes a Duty: what is not given takes the schema's default. */
export const createDuty = (given: Sparse<Duty> = {}): Duty => fillRecord<Duty>('Duty', given);

/** Makes a OrderLine: what is not given takes the schema's default. */
export const createOrderLine = (given: Sparse<OrderLine> = {}): OrderLine => fillRecord<OrderLine>('OrderLine', given);

/** Makes a ShippingLine: what is not given takes the schema's default. */
export const createShippingLine = (given: Sparse<ShippingLine> = {}): ShippingLine => fillRecord<ShippingLine>('ShippingLine', given);

/** Makes a FulfilmentGroupLine: what is not given takes the schema's default. */
export const createFulfilmentGroupLine = (given: Sparse<FulfilmentGroupLine> = {}): FulfilmentGroupLine => fillRecord<FulfilmentGroupLine>('FulfilmentGroupLine', given);

/** Makes a FulfilmentGroup: what is not given takes the schema's default. */
export const createFulfilmentGroup = (given: Sparse<FulfilmentGroup> = {}): FulfilmentGroup => fillRecord<FulfilmentGroup>('FulfilmentGroup', given);

/** Makes a OrderRefundLine: what is not given takes the schema's default. */
export const createOrderRefundLine = (given: Sparse<OrderRefundLine> = {}): OrderRefundLine => fillRecord<OrderRefundLine>('OrderRefundLine', given);

/** Makes a RefundAdjustment: what is not given takes the schema's default. */
export const createRefundAdjustment = (given: Sparse<RefundAdjustment> = {}): RefundAdjustment => fillRecord<RefundAdjustment>('RefundAdjustment', given);

/** Makes a OrderRefund: what is not given takes the schema's default. */
export const createOrderRefund = (given: Sparse<OrderRefund> = {}): OrderRefund => fillRecord<OrderRefund>('OrderRefund', given);

/** Makes a OrderReturnLine: what is not given takes the schema's default. */
export const createOrderReturnLine = (given: Sparse<OrderReturnLine> = {}): OrderReturnLine => fillRecord<OrderReturnLine>('OrderReturnLine', given);

/** Makes a OrderExchangeLine: what is not given takes the schema's default. */
export const createOrderExchangeLine = (given: Sparse<OrderExchangeLine> = {}): OrderExchangeLine => fillRecord<OrderExchangeLine>('OrderExchangeLine', given);

/** Makes a OrderReturn: what is not given takes the schema's default. */
export const createOrderReturn = (given: Sparse<OrderReturn> = {}): OrderReturn => fillRecord<OrderReturn>('OrderReturn', given);

/** Makes a OrderAmounts: what is not given takes the schema's default. */
export const createOrderAmounts = (given: Sparse<OrderAmounts> = {}): OrderAmounts => fillRecord<OrderAmounts>('OrderAmounts', given);

/** Makes a OrderTotals: what is not given takes the schema's default. */
export const createOrderTotals = (given: Sparse<OrderTotals> = {}): OrderTotals => fillRecord<OrderTotals>('OrderTotals', given);

/** Makes a Order: what is not given takes the schema's default. */
export const createOrder = (given: Sparse<Order> = {}): Order => fillRecord<Order>('Order', given);

/** Makes a Contact: what is not given takes the schema's default. */
export const createContact = (given: Sparse<Contact> = {}): Contact => fillRecord<Contact>('Contact', given);

/** Makes a TaxExemption: what is not given takes the schema's default. */
export const createTaxExemption = (given: Sparse<TaxExemption> = {}): TaxExemption => fillRecord<TaxExemption>('TaxExemption', given);

/** Makes a TaxRegistration: what is not given takes the schema's default. */
export const createTaxRegistration = (given: Sparse<TaxRegistration> = {}): TaxRegistration => fillRecord<TaxRegistration>('TaxRegistration', given);

/** Makes a CustomerSalesperson: what is not given takes the schema's default. */
export const createCustomerSalesperson = (given: Sparse<CustomerSalesperson> = {}): CustomerSalesperson => fillRecord<CustomerSalesperson>('CustomerSalesperson', given);

/** Makes a MarketingConsent: what is not given takes the schema's default. */
export const createMarketingConsent = (given: Sparse<MarketingConsent> = {}): MarketingConsent => fillRecord<MarketingConsent>('MarketingConsent', given);

/** Makes a Customer: what is not given takes the schema's default. */
export const createCustomer = (given: Sparse<Customer> = {}): Customer => fillRecord<Customer>('Customer', given);

/** Makes a ProductOption: what is not given takes the schema's default. */
export const createProductOption = (given: Sparse<ProductOption> = {}): ProductOption => fillRecord<ProductOption>('ProductOption', given);

/** Makes a OptionValue: what is not given takes the schema's default. */
export const createOptionValue = (given: Sparse<OptionValue> = {}): OptionValue => fillRecord<OptionValue>('OptionValue', given);

/** Makes a VariantUnit: what is not given takes the schema's default. */
export const createVariantUnit = (given: Sparse<VariantUnit> = {}): VariantUnit => fillRecord<VariantUnit>('VariantUnit', given);

/** Makes a VariantComponent: what is not given takes the schema's default. */
export const createVariantComponent = (given: Sparse<VariantComponent> = {}): VariantComponent => fillRecord<VariantComponent>('VariantComponent', given);

/** Makes a VariantVendor: what is not given takes the schema's default. */
export const createVariantVendor = (given: Sparse<VariantVendor> = {}): VariantVendor => fillRecord<VariantVendor>('VariantVendor', given);

/** Makes a ProductVariant: what is not given takes the schema's default. */
export const createProductVariant = (given: Sparse<ProductVariant> = {}): ProductVariant => fillRecord<ProductVariant>('ProductVariant', given);

/** Makes a Product: what is not given takes the schema's default. */
export const createProduct = (given: Sparse<Product> = {}): Product => fillRecord<Product>('Product', given);

/** Makes a ProductCategory: what is not given takes the schema's default. */
export const createProductCategory = (given: Sparse<ProductCategory> = {}): ProductCategory => fillRecord<ProductCategory>('ProductCategory', given);

/** Makes a PriceTier: what is not given takes the schema's default. */
export const createPriceTier = (given: Sparse<PriceTier> = {}): PriceTier => fillRecord<PriceTier>('PriceTier', given);

/** Makes a Price: what is not given takes the schema's default. */
export const createPrice = (given: Sparse<Price> = {}): Price => fillRecord<Price>('Price', given);

/** Makes a Inventory: what is not given takes the schema's default. */
export const createInventory = (given: Sparse<Inventory> = {}): Inventory => fillRecord<Inventory>('Inventory', given);

/** Makes a AdjustmentLine: what is not given takes the schema's default. */
export const createAdjustmentLine = (given: Sparse<AdjustmentLine> = {}): AdjustmentLine => fillRecord<AdjustmentLine>('AdjustmentLine', given);

/** Makes a InventoryAdjustment: what is not given takes the schema's default. */
export const createInventoryAdjustment = (given: Sparse<InventoryAdjustment> = {}): InventoryAdjustment => fillRecord<InventoryAdjustment>('InventoryAdjustment', given);

/** Makes a PackageLine: what is not given takes the schema's default. */
export const createPackageLine = (given: Sparse<PackageLine> = {}): PackageLine => fillRecord<PackageLine>('PackageLine', given);

/** Makes a ShipmentPackage: what is not given takes the schema's default. */
export const createShipmentPackage = (given: Sparse<ShipmentPackage> = {}): ShipmentPackage => fillRecord<ShipmentPackage>('ShipmentPackage', given);

/** Makes a ShipmentLine: what is not given takes the schema's default. */
export const createShipmentLine = (given: Sparse<ShipmentLine> = {}): ShipmentLine => fillRecord<ShipmentLine>('ShipmentLine', given);

/** Makes a Shipment: what is not given takes the schema's default. */
export const createShipment = (given: Sparse<Shipment> = {}): Shipment => fillRecord<Shipment>('Shipment', given);

/** Makes a InvoiceApplication: what is not given takes the schema's default. */
export const createInvoiceApplication = (given: Sparse<InvoiceApplication> = {}): InvoiceApplication => fillRecord<InvoiceApplication>('InvoiceApplication', given);

/** Makes a InvoiceLine: what is not given takes the schema's default. */
export const createInvoiceLine = (given: Sparse<InvoiceLine> = {}): InvoiceLine => fillRecord<InvoiceLine>('InvoiceLine', given);

/** Makes a InvoiceTotals: what is not given takes the schema's default. */
export const createInvoiceTotals = (given: Sparse<InvoiceTotals> = {}): InvoiceTotals => fillRecord<InvoiceTotals>('InvoiceTotals', given);

/** Makes a Invoice: what is not given takes the schema's default. */
export const createInvoice = (given: Sparse<Invoice> = {}): Invoice => fillRecord<Invoice>('Invoice', given);
