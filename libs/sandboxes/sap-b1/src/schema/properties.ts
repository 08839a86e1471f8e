import { defineType, type TypeSchema } from './types.ts';

/**
 * The properties of the types that integrations touch, with the usual column lengths of 10.0. What is not here is refused as
 * Service Layer refuses unknown properties. User-defined fields come from the company (UserFieldsMD).
 */
export const TYPES: Readonly<Record<string, TypeSchema>> = {
  Document: defineType(`
    DocEntry:i DocNum:i DocType:eBoDocumentTypes HandWritten:b Printed:ePrintStatusEnum DocDate:d DocDueDate:d CardCode:s15 CardName:s100 Address:s254 Address2:s254
    NumAtCard:s100 DocTotal:n DocTotalFc:n DocTotalSys:n DocCurrency:s3 DocRate:n Reference1:s11 Reference2:s11 Comments:s254 JournalMemo:s50
    PaymentGroupCode:i DocTime:t SalesPersonCode:i TransportationCode:i Confirmed:b ContactPersonCode:i Series:i TaxDate:d PartialSupply:b
    DocObjectCode:eBoObjectTypes ShipToCode:s50 PayToCode:s50 Indicator:s2 FederalTaxID:s32 DiscountPercent:n TotalDiscount:n PaymentReference:s27
    CreationDate:d UpdateDate:d UpdateTime:t VatSum:n VatSumSys:n VatSumFc:n VatPercent:n RequriedDate:d CancelDate:d DocumentStatus:eBoStatus
    Cancelled:b CancelStatus:eCancelStatusEnum Project:s20 Rounding:b RoundingDiffAmount:n RoundingDiffAmountFC:n PaymentMethod:s15
    LanguageCode:i TrackingNumber:s30 OpeningRemarks:m ClosingRemarks:m BPL_IDAssignedToInvoice:i BPLName:s100 VATRegNum:s32
    AuthorizationStatus:eDocumentAuthorizationStatusEnum PriceMode:ePriceModeDocumentEnum BPChannelCode:s15 DocumentsOwner:i PickRemark:s254 Submitted:b
    BaseEntry:i BaseType:i DataVersion:i PaidToDate:n FatherCard:s15 Requester:s25 AttachmentEntry:i GroupNumber:i
    DocumentLines:cDocumentLine DocumentAdditionalExpenses:cDocumentAdditionalExpense AddressExtension:rAddressExtension
    TaxExtension:rTaxExtension DocumentReferences:cDocumentReference`),
  DocumentLine: defineType(`
    LineNum:i VisualOrder:i DocEntry:i ItemCode:s50 ItemDescription:s200 Quantity:n ShipDate:d UnitPrice:n Price:n PriceAfterVAT:n GrossPrice:n
    Currency:s3 Rate:n DiscountPercent:n LineTotal:n RowTotalFC:n RowTotalSC:n GrossTotal:n GrossTotalFC:n GrossTotalSC:n TaxTotal:n NetTaxAmount:n NetTaxAmountFC:n NetTaxAmountSC:n
    TaxPercentagePerRow:n TaxCode:s8 VatGroup:s8 TaxLiable:b WarehouseCode:s8 SalesPersonCode:i LineStatus:eBoStatus RemainingOpenQuantity:n
    OpenAmount:n BaseType:i BaseEntry:i BaseLine:i BarCode:s254 FreeText:s100 ItemDetails:m Text:m ProjectCode:s20 CostingCode:s8 AccountCode:s15
    UoMEntry:i UoMCode:s20 MeasureUnit:s100 UnitsOfMeasurment:n InventoryQuantity:n TreeType:eBoItemTreeTypes ParentLineNum:i ShippingMethod:i
    SupplierCatNum:s50 DistributeExpense:b ActualDeliveryDate:d RequiredDate:d PoNum:s40 ShipToCode:s50 ShipToDescription:s254 BackOrder:b`),
  DocumentAdditionalExpense: defineType(`
    LineNum:i ExpenseCode:i LineTotal:n LineTotalFC:n LineTotalSys:n LineGross:n LineGrossFC:n LineGrossSys:n Remarks:s254 TaxCode:s8 VatGroup:s8 TaxPercent:n
    TaxSum:n TaxSumFC:n TaxSumSys:n TaxLiable:b Status:eBoStatus Project:s20`),
  AddressExtension: defineType(`
    DocEntry:i ShipToStreet:s100 ShipToStreetNo:s100 ShipToBlock:s100 ShipToBuilding:s100 ShipToCity:s100 ShipToZipCode:s20 ShipToCounty:s100
    ShipToState:s3 ShipToCountry:s3 ShipToAddressType:s100 ShipToAddress2:s100 ShipToAddress3:s100 ShipToGlobalLocationNumber:s50
    BillToStreet:s100 BillToStreetNo:s100 BillToBlock:s100 BillToBuilding:s100 BillToCity:s100 BillToZipCode:s20 BillToCounty:s100
    BillToState:s3 BillToCountry:s3 BillToAddressType:s100 BillToAddress2:s100 BillToAddress3:s100 BillToGlobalLocationNumber:s50`),
  TaxExtension: defineType('TaxId0:s100 TaxId1:s100 State:s3 County:s100 Incoterms:s3 Vehicle:s10 Carrier:s15'),
  DocumentReference: defineType(
    'LineNumber:i RefDocEntr:i RefDocNum:i ExtDocNum:s100 RefObjType:eReferencedObjectTypeEnum Remark:s254 IssueDate:d',
  ),
  BusinessPartner: defineType(`
    CardCode:s15 CardName:s100 CardType:eBoCardTypes GroupCode:i Address:s100 ZipCode:s20 City:s100 County:s100 Country:s3 MailAddress:s100
    MailZipCode:s20 MailCity:s100 MailCountry:s3 Block:s100 Phone1:s20 Phone2:s20 Fax:s20 Cellular:s50 EmailAddress:s100 ContactPerson:s90 Notes:s100
    FreeText:m PayTermsGrpCode:i CreditLimit:n DiscountPercent:n FederalTaxID:s32 PriceListNum:i SalesPersonCode:i Currency:s3 Website:s100
    CardForeignName:s100 AliasName:m VatLiable:eBoVatStatus VatGroup:s8 ShippingType:i Valid:b ValidFrom:d ValidTo:d Frozen:b FrozenFrom:d FrozenTo:d
    BilltoDefault:s50 ShipToDefault:s50 Series:i LanguageCode:i ProjectCode:s20 Territory:i Industry:i CompanyPrivate:eBoCardCompanyTypes DataVersion:i
    CreateDate:d CreateTime:t UpdateDate:d UpdateTime:t CurrentAccountBalance:n OpenOrdersBalance:n
    BPAddresses:cBPAddress ContactEmployees:cContactEmployee`),
  BPAddress: defineType(`
    RowNum:i BPCode:s15 AddressName:s50 AddressName2:s50 AddressName3:s50 AddressType:eBoAddressType Street:s100 StreetNo:s100 Block:s100 ZipCode:s20
    City:s100 County:s100 State:s3 Country:s3 FederalTaxID:s32 TaxCode:s8 BuildingFloorRoom:m GlobalLocationNumber:s50 TypeOfAddress:s100`),
  ContactEmployee: defineType(`
    InternalCode:i CardCode:s15 Name:s50 Position:s90 Address:s100 Phone1:s20 Phone2:s20 MobilePhone:s50 Fax:s20 E_Mail:s100 Remarks1:s100
    Title:s10 FirstName:s50 MiddleName:s50 LastName:s50 Active:b`),
  Item: defineType(`
    ItemCode:s50 ItemName:s200 ForeignName:s200 ItemsGroupCode:i BarCode:s254 ItemType:eItemTypeEnum InventoryItem:b SalesItem:b PurchaseItem:b
    Valid:b Frozen:b SalesUnit:s100 SalesItemsPerUnit:n SalesUnitWeight:n UoMGroupEntry:i QuantityOnStock:n QuantityOrderedByCustomers:n
    DefaultWarehouse:s8 SalesVATGroup:s8 DataVersion:i CreateDate:d UpdateDate:d UpdateTime:t TreeType:eBoItemTreeTypes User_Text:m
    ItemPrices:cItemPrice ItemWarehouseInfoCollection:cItemWarehouseInfo`),
  ItemPrice: defineType('PriceList:i Price:n Currency:s3 Factor:n BasePriceList:i'),
  ItemWarehouseInfo: defineType(
    'WarehouseCode:s8 InStock:n Committed:n Ordered:n MinimalStock:n StandardAveragePrice:n Locked:b ItemCode:s50',
  ),
  Warehouse: defineType(
    'WarehouseCode:s8 WarehouseName:s100 Street:s100 City:s100 ZipCode:s20 Country:s3 Inactive:b DropShip:b EnableBinLocations:b BusinessPlaceID:i',
  ),
  PaymentTermsType: defineType(
    'GroupNumber:i PaymentTermsGroupName:s100 NumberOfAdditionalDays:i NumberOfAdditionalMonths:i PriceListNo:i',
  ),
  SalesPerson: defineType('SalesEmployeeCode:i SalesEmployeeName:s155 Remarks:s254 Active:b Locked:b Email:s100'),
  AdditionalExpense: defineType(
    'ExpensCode:i Name:s20 TaxLiable:b OutputVATGroup:s8 InputVATGroup:s8 Stock:b DataVersion:i',
  ),
  State: defineType('Code:s3 Country:s3 Name:s100 GSTCode:s2 IsUnionTerritory:b'),
  SalesTaxCode: defineType('Code:s8 Name:s100 Rate:n Freight:b ValidForAR:b ValidForAP:b Inactive:b'),
  VatGroup: defineType('Code:s8 Name:s50 Category:eBoVatCategoryEnum Inactive:b VatGroups_Lines:cVatGroups_Line'),
  VatGroups_Line: defineType('Effectivefrom:d Rate:n EqualizationTax:n'),
  PriceList: defineType('PriceListNo:i PriceListName:s32 BasePriceList:i Factor:n IsGrossPrice:b Active:b'),
  BusinessPlace: defineType('BPLID:i BPLName:s100 Disabled:b DefaultWarehouseID:s8 Country:s3'),
  BusinessPartnerGroup: defineType('Code:i Name:s20 Type:eBoBusinessPartnerGroupTypes'),
  ShippingType: defineType('Code:i Name:s40 Website:s100'),
  Currency: defineType('Code:s3 Name:s20 DocumentsCode:s3 Decimals:eCurrenciesDecimalsEnum'),
  UserFieldMD: defineType(
    'TableName:s20 FieldID:i Name:s50 Type:eBoFieldTypes Size:i Description:s80 SubType:eBoFldSubTypes DefaultValue:s254 EditSize:i Mandatory:b ValidValuesMD:cValidValueMD',
  ),
  ValidValueMD: defineType('Value:s254 Description:s254'),
};
