import { describe, expect, it } from 'vitest';
import { ask, send, useShop } from './shop-under-test.ts';

useShop();

const mistakes = async (query: string, variables: object = {}, version = '2026-10') => {
  const answer = await ask(query, variables, 'sandbox-token', version);
  expect(answer.data).toBeUndefined();
  return answer.errors;
};

// Texts, paths and codes as development stores answered them, for operations that the sandbox has.
describe('a document that cannot be run', () => {
  it('breaks off', async () => {
    expect(await mistakes('query Q {\n  shop {\n    id\n')).toEqual([
      {
        message: 'syntax error, unexpected end of file at [3, 5]',
        locations: [{ line: 3, column: 5 }],
        extensions: { code: 'PARSE_ERROR' },
      },
    ]);
  });

  it('asks for a field that no version has', async () => {
    expect(
      await mistakes('query Q {\n  orders(first: 1) {\n    nodes {\n      id\n      definitelyNone\n    }\n  }\n}'),
    ).toEqual([
      {
        message: "Field 'definitelyNone' doesn't exist on type 'Order'",
        locations: [{ line: 5, column: 7 }],
        path: ['query Q', 'orders', 'nodes', 'definitelyNone'],
        extensions: { code: 'undefinedField', typeName: 'Order', fieldName: 'definitelyNone' },
      },
    ]);
    expect(await mistakes('mutation M {\n  definitelyNone(input: {}) {\n    id\n  }\n}')).toMatchObject([
      { message: "Field 'definitelyNone' doesn't exist on type 'Mutation'", path: ['mutation M', 'definitelyNone'] },
    ]);
  });

  it('selects nothing of an object, or something of a scalar', async () => {
    expect(await mistakes('query Q {\n  shop\n}')).toEqual([
      {
        message:
          "Field must have selections (field 'shop' returns Shop but has no selections. Did you mean 'shop { ... }'?)",
        locations: [{ line: 2, column: 3 }],
        path: ['query Q', 'shop'],
        extensions: { code: 'selectionMismatch', nodeName: "field 'shop'", typeName: 'Shop' },
      },
    ]);
    expect(await mistakes('{ shop { name { text } } }')).toMatchObject([
      {
        message: "Selections can't be made on scalars (field 'name' returns String but has selections [\"text\"])",
        path: ['query', 'shop', 'name'],
      },
    ]);
  });

  it('lacks an argument', async () => {
    const query =
      'mutation Missing {\n  webhookSubscriptionCreate(webhookSubscription: { uri: "https://example.com" }) { userErrors { message } }\n}';
    expect(await mistakes(query)).toEqual([
      {
        message: "Field 'webhookSubscriptionCreate' is missing required arguments: topic",
        locations: [{ line: 2, column: 3 }],
        path: ['mutation Missing', 'webhookSubscriptionCreate'],
        extensions: {
          code: 'missingRequiredArguments',
          className: 'Field',
          name: 'webhookSubscriptionCreate',
          arguments: 'topic',
        },
      },
    ]);
  });

  it.each([
    ['NOT_A_REAL_TOPIC', 'WebhookSubscriptionTopic!'],
    ['null', 'WebhookSubscriptionTopic!'],
  ])('gives an argument the value %s', async (value, type) => {
    const query = `mutation Wrong {\n  webhookSubscriptionCreate(topic: ${value}, webhookSubscription: {}) { userErrors { message } }\n}`;
    expect(await mistakes(query)).toEqual([
      {
        message: `Argument 'topic' on Field 'webhookSubscriptionCreate' has an invalid value (${value}). Expected type '${type}'.`,
        locations: [{ line: 2, column: 3 }],
        path: ['mutation Wrong', 'webhookSubscriptionCreate', 'topic'],
        extensions: { code: 'argumentLiteralsIncompatible', typeName: 'Field', argumentName: 'topic' },
      },
    ]);
  });

  it('writes out an object without a field that it needs, with null, or with one too many', async () => {
    const close = (input: string) =>
      mistakes(`mutation {\n  orderClose(input: ${input}) { userErrors { message } }\n}`);
    const at = { locations: [{ line: 2, column: 21 }], path: ['mutation', 'orderClose', 'input', 'id'] };
    expect(await close('{}')).toEqual([
      {
        ...at,
        message: "Argument 'id' on InputObject 'OrderCloseInput' is required. Expected type ID!",
        extensions: {
          code: 'missingRequiredInputObjectAttribute',
          argumentName: 'id',
          argumentType: 'ID!',
          inputObjectType: 'OrderCloseInput',
        },
      },
    ]);
    expect(await close('{ id: null }')).toEqual([
      {
        ...at,
        message: "Argument 'id' on InputObject 'OrderCloseInput' has an invalid value (null). Expected type 'ID!'.",
        extensions: { code: 'argumentLiteralsIncompatible', typeName: 'InputObject', argumentName: 'id' },
      },
    ]);
    expect(await close('{ id: "1", colour: "red" }')).toMatchObject([
      {
        message: "InputObject 'OrderCloseInput' doesn't accept argument 'colour'",
        extensions: {
          code: 'argumentNotAccepted',
          name: 'OrderCloseInput',
          typeName: 'InputObject',
          argumentName: 'colour',
        },
      },
    ]);
  });

  it('does not go with its variables', async () => {
    expect(await mistakes('query Q($n: Int) { shop { name } }')).toMatchObject([
      {
        message: 'Variable $n is declared by Q but not used',
        extensions: { code: 'variableNotUsed', variableName: 'n' },
      },
    ]);
    expect(await mistakes('query Q { orders(first: $n) { nodes { id } } }')).toMatchObject([
      { message: 'Variable $n is used by Q but not declared', extensions: { code: 'variableNotDefined' } },
    ]);
    expect(await mistakes('query Q($id: ID) { order(id: $id) { id } }')).toMatchObject([
      {
        message: 'Nullability mismatch on variable $id and argument id (ID / ID!)',
        extensions: { code: 'variableMismatch', errorMessage: 'Nullability mismatch' },
      },
    ]);
  });

  it('takes variables of fragments, lists, switches and directives', async () => {
    const { errors } = await ask(
      `query Q($ids: [ID!]!, $size: Int = 1, $yes: Boolean!) { nodes(ids: $ids) { ...Lines } one: nodes(ids: ["gid://shopify/Order/1"]) { id } }
       fragment Lines on Order { lineItems(first: $size) @include(if: $yes) { nodes { id } } }`,
      { ids: ['gid://shopify/Order/1'], yes: true },
    );
    expect(errors).toBeUndefined();
  });

  it('names no operation of several, or one that is none', async () => {
    const query = 'query First { shop { id } } query Second { shop { name } }';
    const run = async (operationName: string | null) =>
      (
        await send(
          '/shopify/admin/api/2026-10/graphql.json',
          'POST',
          { query, operationName },
          { 'x-shopify-access-token': 'sandbox-token' },
        )
      ).json();
    expect(await run(null)).toEqual({ errors: [{ message: 'An operation name is required' }] });
    expect(await run('Missing')).toEqual({ errors: [{ message: 'No operation named "Missing"' }] });
    expect(await run('First')).toMatchObject({ data: { shop: {} } });
  });
});

describe('a variable of the wrong shape', () => {
  const CLOSE = 'mutation C(\n  $input: OrderCloseInput!\n) { orderClose(input: $input) { userErrors { message } } }';
  const told = (value: unknown, place: string, path: unknown[], explanation: string) => [
    {
      message: `Variable $input of type OrderCloseInput! was provided invalid value${place}`,
      locations: [{ line: 2, column: 3 }],
      extensions: { code: 'INVALID_VARIABLE', value, problems: [{ path, explanation }] },
    },
  ];

  it('has a field too many, one too few, or is not given', async () => {
    const extra = { id: '1', colour: 'red' };
    const undefinedField = 'Field is not defined on OrderCloseInput';
    expect(await mistakes(CLOSE, { input: extra })).toEqual(
      told(extra, ` for colour (${undefinedField})`, ['colour'], undefinedField),
    );
    const isNull = 'Expected value to not be null';
    expect(await mistakes(CLOSE, { input: {} })).toEqual(told({}, ` for id (${isNull})`, ['id'], isNull));
    expect(await mistakes(CLOSE)).toEqual(told(null, '', [], isNull));
  });

  it('is told with the whole path, and with what an enum takes', async () => {
    const price = { shopMoney: { amount: '1.00', currencyCode: 'QQQ' } };
    const order = { lineItems: [{ title: 'A', quantity: 1, priceSet: price }] };
    const [mistake] =
      (await mistakes('mutation($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { id } } }', {
        order,
      })) ?? [];
    expect(mistake?.message).toMatch(
      /^Variable \$order of type OrderCreateOrderInput! was provided invalid value for lineItems\.0\.priceSet\.shopMoney\.currencyCode \(Expected "QQQ" to be one of: AED, AFN, /,
    );
    expect(mistake?.extensions).toMatchObject({
      problems: [{ path: ['lineItems', 0, 'priceSet', 'shopMoney', 'currencyCode'] }],
    });
  });

  it('is a number or a text where the other is wanted', async () => {
    const [mistake] = (await mistakes('query($n: Int!) { orders(first: $n) { nodes { id } } }', { n: 'x' })) ?? [];
    expect(mistake?.extensions?.problems).toEqual([{ path: [], explanation: 'Could not coerce value "x" to Int' }]);
  });
});

describe('an operation that only the real shop has', () => {
  it('is told from a typo, and hides what follows from it', async () => {
    const query =
      'mutation P($input: ProductSetInput!) {\n  productSet(input: $input, synchronous: true) { product { id } userErrors { message } }\n}';
    expect(await mistakes(query, { input: {} })).toEqual([
      {
        message:
          "Field 'productSet' doesn't exist on type 'Mutation': a real shop has it, the sandbox does not have it yet",
        locations: [{ line: 2, column: 3 }],
        path: ['mutation P', 'productSet'],
        extensions: { code: 'undefinedField', typeName: 'Mutation', fieldName: 'productSet' },
      },
    ]);
    expect((await mistakes('{ productsSet { id } }'))?.[0]?.message).toBe(
      "Field 'productsSet' doesn't exist on type 'QueryRoot'",
    );
  });

  it('is one in its versions only', async () => {
    // Gone from the schema of 2026-07 on.
    const query = 'mutation { inventorySetScheduledChanges(input: {}) { userErrors { message } } }';
    expect((await mistakes(query, {}, '2026-04'))?.[0]?.message).toContain('the sandbox does not have it yet');
    expect((await mistakes(query, {}, '2026-07'))?.[0]?.message).not.toContain('sandbox');
  });
});
