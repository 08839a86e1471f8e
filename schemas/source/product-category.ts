import { choice, closed, flag, many, maybe, position, record, text } from './notation.ts';
import { Image, Localized } from './product.ts';
import { entityFields, openFields, Ref } from './shared.ts';

const CategoryKind = choice('CategoryKind', 'What a category is for.', 'SHOP ACCOUNTING');

export const ProductCategory = record(
  'ProductCategory',
  'A category. Which products are in it is said by the products.',
  {
    ...entityFields,
    ...closed('kind', CategoryKind, 'What it is for.'),
    name: text('Name.'),
    code: text('Code.'),
    parent: maybe(Ref, 'The category above.'),
    path: text('Names from the top down to this one, with " / " between.'),
    position: position('Place among its siblings.'),
    active: flag('True when it is in use.'),
    handle: text('Name in the address of its page.'),
    description: text('Description, as HTML.'),
    image: maybe(Image, 'Picture.'),
    localized: many(Localized, 'Texts by language or scope.'),
    ...openFields,
  },
);
