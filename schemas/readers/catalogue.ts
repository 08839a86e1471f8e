import { join } from 'node:path';
import { go, java, node, python, rust, type Toolchain } from './toolchains.ts';

/** A library that subscribers read our events with, and the program here that does so as READING.md says. */
export interface Reader {
  readonly name: string;
  readonly toolchain: Toolchain;
  /** The command that runs it, once its toolchain's packages are in `folder`. */
  command(folder: string): readonly string[];
  readonly env?: (folder: string) => Record<string, string>;
  /** Words with which it refuses version 1 of the order, which has defaults on decimals. */
  readonly refusesFormer?: RegExp;
}

const source = (...path: string[]): string => join(import.meta.dirname, ...path);

const pythonReader = (name: string, program: string): Reader => ({
  name,
  toolchain: python,
  command: () => ['python3', source('python', program)],
  env: (folder) => ({ PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' }),
});
const javaReader = (name: string, settings: readonly string[], program: string): Reader => ({
  name,
  toolchain: java,
  command: (folder) => [
    'java',
    ...settings,
    '-cp',
    `${join(folder, 'target/classes')}:${join(folder, 'target/dependency')}/*`,
    program,
  ],
});
const nodeReader = (name: string, program: string): Reader => ({
  name,
  toolchain: node,
  command: (folder) => [process.execPath, join(folder, program)],
});

export const READERS: readonly Reader[] = [
  pythonReader('Python, fastavro 1.13.1', 'read_fastavro.py'),
  pythonReader('Python, confluent-kafka 2.16.1', 'read_confluent_kafka.py'),
  javaReader('Java, avro 1.12.2, generic', [], 'ReadGeneric'),
  javaReader(
    'Java, avro 1.12.2, generated classes',
    ['-Dorg.apache.avro.SERIALIZABLE_PACKAGES=entrepot'],
    'ReadGenerated',
  ),
  nodeReader('Node, avsc 5.7.9', 'read-avsc.mjs'),
  nodeReader('Node, @kafkajs/confluent-schema-registry 4.1.0', 'read-confluent-schema-registry.mjs'),
  { name: 'Go, hamba/avro 2.31.0', toolchain: go, command: (folder) => [join(folder, 'hamba')] },
  {
    name: 'Go, goavro 2.15.0',
    toolchain: go,
    command: (folder) => [join(folder, 'goavro')],
    refusesFormer: /default value ought to encode using field schema/,
  },
  {
    name: 'Rust, apache-avro 0.21.0',
    toolchain: rust,
    command: (folder) => [join(folder, 'avro_0_21')],
    refusesFormer: /`default`'s value type of field/,
  },
  { name: 'Rust, apache-avro 0.22.0', toolchain: rust, command: (folder) => [join(folder, 'avro_0_22')] },
];
