import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { emptyMetadataImage, partitionRecordOf } from '../metadata/index.ts';
import { decodeMessage, decodeRequest, decodeResponse, encodeResponse, ErrorCode } from '../protocol/index.ts';
import type { RequestContext } from '../net/index.ts';
import type { RequestHeader } from '../protocol/index.ts';
import { KafkaConfigRules } from '../metadata/config/index.ts';
import { controllerApis } from './apis.ts';
import type { ControllerApi } from './apis.ts';
import { defaultControllerConfig } from './config.ts';
import { isRefusal } from './outcome.ts';
import recorded from './recorded-exchanges.json' with { type: 'json' };
import {
  brokerRecord,
  configRecordOf,
  featureRecords,
  imageAfter,
  partitionOf,
  topicRecords,
  viewAfter,
  viewOfImage,
} from './view.testkit.ts';
import type { ControllerView } from './view.ts';

/** The one broker that answered, with the topics that were there when the recording began. */
function recordedCluster(): ControllerView {
  const topicId = 'o78j5h-ORWiz5Qe4HGvA4w';
  const image = imageAfter(emptyMetadataImage, [
    ...featureRecords,
    brokerRecord(1),
    ...topicRecords('v-base', { replicas: [1] }, { replicas: [1] }),
    { type: 'TopicRecord', version: 0, name: 'to-delete', topicId },
    partitionRecordOf(topicId, 0, partitionOf({ replicas: [1] })),
    configRecordOf(4, '', 'min.insync.replicas', '1'),
  ]);
  const configRules = new KafkaConfigRules(new Map([['log.index.size.max.bytes', '1048576']]));
  return viewOfImage(image, { config: { ...defaultControllerConfig, configRules } });
}

/** Ids are drawn by chance and lists come in no order: without the one, sorted the other. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(comparable);
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name, field]) => name !== 'topicId' || !/^[^A]/.test(String(field)));
  return Object.fromEntries(entries.map(([name, field]) => [name, comparable(field)]));
}

const contextOf = (header: RequestHeader): RequestContext => ({
  listener: 'controller',
  connectionId: 1,
  remote: '127.0.0.1:1',
  remoteHost: '127.0.0.1',
  localPort: 1,
  header,
  clientSoftwareName: 'unknown',
  clientSoftwareVersion: 'unknown',
  receivedMs: 0,
});

const goldenBytes = readFileSync(new URL('../protocol/golden-bytes.ndjson', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { key: number; version: number; direction: string; hex: string });

describe('recorded exchanges with an official cluster', () => {
  let view = recordedCluster();

  it.each(recorded)('answers $key v$version as recorded: $note', ({ key, version, request, response }) => {
    const spec = controllerApis.find((it) => it.api.key === key) as ControllerApi;
    // Of its creation only the rehearsal was recorded.
    if (key === 20 && version === 6)
      view = viewOfImage(imageAfter(view.image, topicRecords('t-v7', { replicas: [1] })));
    const { header, body } = decodeRequest(spec.api, version, Buffer.from(request, 'hex'));
    const context = contextOf(header);
    const outcome = spec.decide(view, body, context);
    const reply = isRefusal(outcome) ? spec.refused(body, outcome.refused, context) : outcome.reply;
    const ours = Buffer.concat(encodeResponse(spec.api, version, header.correlationId, reply));
    const expected = decodeResponse(spec.api, version, Buffer.from(response, 'hex'));
    expect(comparable(decodeResponse(spec.api, version, ours))).toEqual(comparable(expected));
    if (!isRefusal(outcome)) view = viewAfter(view, outcome);
  });
});

describe('a refusal of a whole request', () => {
  const cases = goldenBytes.flatMap(({ key, version, direction, hex }) => {
    const spec = controllerApis.find(({ api }) => api.key === key);
    return spec === undefined || direction !== 'request' ? [] : { name: spec.api.name, spec, version, hex };
  });

  it.each(cases)('of $name v$version has a form', ({ spec, version, hex }) => {
    const header: RequestHeader = { apiKey: spec.api.key, apiVersion: version, correlationId: 5, clientId: null };
    const body = decodeMessage(spec.api.request, version, Buffer.from(hex, 'hex'));
    const error = { code: ErrorCode.NOT_CONTROLLER, message: 'another node is' };
    const reply = spec.refused(body, error, contextOf(header));
    const bytes = Buffer.concat(encodeResponse(spec.api, version, header.correlationId, reply));
    expect(JSON.stringify(decodeResponse(spec.api, version, bytes))).toContain(`"errorCode":${error.code}`);
  });
});
