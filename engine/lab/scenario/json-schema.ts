/** The published JSON Schema of scenario files, made of the schema that reads them; editors complete and check by it. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { scenarioSchema, stepActions } from './scenario-schema.ts';

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  minProperties?: number;
  maxProperties?: number;
  oneOf?: readonly { readonly required: readonly string[] }[];
  title?: string;
}

export function scenarioJsonSchema(): string {
  const schema: SchemaNode = {
    ...toJsonSchema(scenarioSchema, { typeMode: 'input', errorMode: 'ignore' }),
  } as SchemaNode;
  const step = schema.properties?.steps?.items;
  const commands = step?.properties?.do;
  if (step === undefined || commands === undefined) throw new Error('the schema has no steps');
  step.oneOf = stepActions.map((action) => ({ required: [action] }));
  commands.minProperties = 1;
  commands.maxProperties = 1;
  return `${JSON.stringify({ ...schema, title: 'A scenario of Brokerlab' }, null, 2)}\n`;
}
