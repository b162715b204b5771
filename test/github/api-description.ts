/**
 * GitHub's official OpenAPI description, as far as a test needs it: which operation a request is, and whether what is
 * sent and answered fits. It is large: parsed when first asked for, and of its schemas only those are compiled that
 * an operation in use refers to.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { type ApiDescriptionName, computeFile, githubApi } from '../../scripts/peers/github-api.ts';
import { computePeerFolder } from '../../scripts/peers/peer.ts';

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: JsonObject;
  readonly 'x-multi-segment'?: boolean;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: JsonObject }>>;
}

interface OperationText {
  readonly operationId: string;
  readonly parameters?: readonly JsonObject[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, JsonObject>>;
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody: OperationText['requestBody'];
  readonly responses: OperationText['responses'];
  readonly pattern: RegExp;
  /** How much of the path is spelled out: of several that match, the one with most is meant. */
  readonly literal: number;
}

export interface ApiDescription {
  /** The operation that a request is, and the parameters in its path; undefined when there is none. */
  readonly find: (
    method: string,
    path: string,
  ) => { readonly operation: Operation; readonly inPath: Readonly<Record<string, string>> } | undefined;
  readonly has: (operationId: string) => boolean;
  /** What does not fit the schema, as sentences; empty when everything does. */
  readonly check: (schema: JsonObject, value: unknown, options?: { readonly coerce: boolean }) => string[];
  /** The schema of a JSON body, and which properties it names; undefined when there is none. */
  readonly findBodySchema: (content: Content | JsonObject | undefined) => JsonObject | undefined;
  readonly listProperties: (schema: JsonObject) => readonly string[] | undefined;
  /** A copy of one of the description's own examples, e.g. `issue-comment`. */
  readonly copyExample: (name: string) => Record<string, unknown>;
}

const loaded = new Map<ApiDescriptionName, ApiDescription>();

/** The description of this name; parsed once per process. */
export function loadDescription(name: ApiDescriptionName): ApiDescription {
  const known = loaded.get(name);
  if (known) return known;
  const file = join(computePeerFolder(githubApi), computeFile(name));
  if (!existsSync(file))
    throw new Error(`${file} is missing; fetch it with: node scripts/peers/main.ts github-api`);
  const made = parseDescription(JSON.parse(readFileSync(file, 'utf8')) as JsonObject);
  loaded.set(name, made);
  return made;
}

function parseDescription(document: JsonObject): ApiDescription {
  const resolve = (value: Json | undefined): JsonObject => {
    const object = (value ?? {}) as JsonObject;
    return typeof object['$ref'] === 'string' ? resolve(follow(document, object['$ref'])) : object;
  };
  const operations = listOperations(document, resolve);
  const compile = createCompiler(document);
  return {
    find(method, path) {
      let found: { operation: Operation; inPath: Readonly<Record<string, string>> } | undefined;
      for (const operation of operations) {
        if (operation.method !== method) continue;
        const match = operation.pattern.exec(path);
        if (match === null || (found && found.operation.literal >= operation.literal)) continue;
        const names = operation.parameters.filter((one) => one.in === 'path').map((one) => one.name);
        const inPath = names.map((one) => [one, decodeURIComponent(match.groups?.[groupName(one)] ?? '')]);
        found = { operation, inPath: Object.fromEntries(inPath) };
      }
      return found;
    },
    has: (operationId) => operations.some((operation) => operation.id === operationId),
    check(schema, value, { coerce } = { coerce: false }) {
      const validate = compile(schema, coerce);
      // Coercion writes into what holds the value.
      if (validate({ value })) return [];
      return (validate.errors ?? []).map(
        (one) => `${one.instancePath.slice('/value'.length)} ${one.message}`,
      );
    },
    findBodySchema: (content) =>
      (resolve(content as JsonObject)['content'] as Content['content'])?.['application/json']?.schema,
    listProperties(schema) {
      const { properties, additionalProperties } = resolve(schema);
      return properties && !additionalProperties ? Object.keys(properties) : undefined;
    },
    copyExample(name) {
      const examples = (document['components'] as JsonObject)['examples'] as JsonObject;
      const example = examples[name] as JsonObject | undefined;
      if (!example) throw new Error(`the description has no example "${name}"`);
      return structuredClone(example['value']) as Record<string, unknown>;
    },
  };
}

function listOperations(document: JsonObject, resolve: (value: Json | undefined) => JsonObject): Operation[] {
  const operations: Operation[] = [];
  for (const [path, methods] of Object.entries(document['paths'] as JsonObject)) {
    for (const [method, one] of Object.entries(methods as JsonObject)) {
      const text = one as unknown as OperationText;
      if (text.operationId === undefined) continue;
      const parameters = (text.parameters ?? []).map((each) => resolve(each) as unknown as Parameter);
      operations.push({
        id: text.operationId,
        method: method.toUpperCase(),
        parameters,
        requestBody: text.requestBody,
        responses: text.responses,
        pattern: computePattern(path, parameters),
        literal: path.replace(/\{[^}]*\}/g, '').length,
      });
    }
  }
  return operations;
}

function computePattern(path: string, parameters: readonly Parameter[]): RegExp {
  const source = path
    .split(/(\{[^}]+\})/)
    .map((part) => {
      const name = /^\{(.+)\}$/.exec(part)?.[1];
      if (name === undefined) return part.replaceAll('.', '\\.');
      const isLong = parameters.find((one) => one.name === name)?.['x-multi-segment'] === true;
      return `(?<${groupName(name)}>${isLong ? '.+' : '[^/]+'})`;
    })
    .join('');
  return new RegExp(`^${source}$`);
}

function groupName(parameter: string): string {
  return parameter.replace(/\W/g, '_');
}

function follow(document: JsonObject, reference: string): Json | undefined {
  let value: Json | undefined = document;
  for (const key of reference.replace(/^#\//, '').split('/')) {
    value = (value as JsonObject | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return value;
}

/** Compiles a schema together with the components that it needs, and no others. */
function createCompiler(document: JsonObject): (schema: JsonObject, coerce: boolean) => ValidateFunction {
  const options = { strict: false, allErrors: true, logger: false } as const;
  const plain = new Ajv(options);
  const coercing = new Ajv({ ...options, coerceTypes: true });
  for (const ajv of [plain, coercing]) addFormats.default(ajv);
  const compiled = new Map<JsonObject, ValidateFunction>();
  return (schema, coerce) => {
    const known = compiled.get(schema);
    if (known) return known;
    const schemas: Record<string, Json> = {};
    const collect = (value: Json): void => {
      if (value === null || typeof value !== 'object') return;
      const reference = (value as JsonObject)['$ref'];
      const name = typeof reference === 'string' ? reference.split('/').at(-1) : undefined;
      if (typeof reference === 'string' && name !== undefined && !(name in schemas)) {
        const found = follow(document, reference) ?? {};
        schemas[name] = toJsonSchema(found);
        collect(found);
      }
      for (const each of Object.values(value)) collect(each);
    };
    collect(schema);
    const made = (coerce ? coercing : plain).compile({
      components: { schemas },
      properties: { value: toJsonSchema(schema) },
    });
    compiled.set(schema, made);
    return made;
  };
}

/** OpenAPI 3.0 says `nullable`, where JSON Schema has a type `null`. */
function toJsonSchema(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(toJsonSchema);
  if (schema === null || typeof schema !== 'object') return schema;
  const { nullable, example: _, ...rest } = schema as JsonObject;
  const own = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, toJsonSchema(value)]));
  return nullable === true ? { anyOf: [own, { type: 'null' }] } : own;
}
