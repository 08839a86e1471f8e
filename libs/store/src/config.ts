import type { ConfigFields } from '@entrepot/service-kit';

/** Variables of the store, for `runService({ config: { ...STORE_CONFIG, … } })`. */
export const STORE_CONFIG = {
  MONGODB_URI: {
    description:
      'MongoDB replica set with the database in its path, e.g. mongodb://127.0.0.1:29017/entrepot?replicaSet=entrepot',
    type: 'url',
    required: true,
  },
  ENTREPOT_MASTER_KEY: {
    description: 'master key of the secrets in the store: 32 bytes in base64; instead of the key file',
    type: 'string',
    secret: true,
  },
  ENTREPOT_KEY_FILE: {
    description: 'file of the master key, made on first start, readable by its owner only',
    type: 'string',
    default: '.entrepot/master.key',
  },
  ENTREPOT_PREVIOUS_MASTER_KEY: {
    description: 'the master key before, while values are sealed under it (npm run keys:rotate): 32 bytes in base64',
    type: 'string',
    secret: true,
  },
  ENTREPOT_PREVIOUS_KEY_FILE: {
    description: 'file of the master key before, readable by its owner only; never made',
    type: 'string',
  },
} as const satisfies ConfigFields;
