import { expect, it } from 'vitest';
import { parseConsumerConfigs } from '../../client/index.ts';
import { consumerKnobs } from '../../contract/consumer-knobs.ts';

it('the knobs of a consumer have the client’s names, defaults and values', () => {
  const given = { 'bootstrap.servers': '127.0.0.1:9092', 'group.id': 'g' };
  const { effective } = parseConsumerConfigs(given);
  const knobs = consumerKnobs.flatMap((each) => each.knobs);
  expect(Object.fromEntries(knobs.map((each) => [each.name, each.default]))).toEqual(
    Object.fromEntries(knobs.map(({ name }) => [name, effective[name]])),
  );
  for (const { name, values } of knobs) {
    for (const value of values ?? [])
      expect(parseConsumerConfigs({ ...given, [name]: value }).effective[name]).toBe(value);
  }
});
