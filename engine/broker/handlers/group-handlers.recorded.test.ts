/**
 * The handlers of the group APIs against frames of a recorded Apache Kafka 4.3.1 (recorded-group-frames.json: requests in
 * every version and what it answered).
 */
import { describe, expect, it } from 'vitest';
import { hex, fromHex } from '../../base/text.ts';
import {
  ByteReader,
  decodeMessage,
  findCoordinatorApi,
  readRequestHeader,
  requestHeaderVersion,
} from '../../protocol/index.ts';
import recorded from './recorded-group-frames.json' with { type: 'json' };
import { fullImage, GroupBroker, imageOf, recordedBroker } from './group-handlers.testkit.ts';

describe('recorded exchanges', () => {
  const framesOf = (key: number, wanted: (note: string) => boolean = () => true) =>
    recorded.filter((frame) => frame.key === key && wanted(frame.note));
  const answered = async (broker: GroupBroker, frames: typeof recorded) => {
    const answers: string[] = [];
    for (const { request, key, version } of frames) {
      answers.push(`${key} v${version} ${hex(await broker.answer(fromHex(request)))}`);
    }
    return answers;
  };
  const recordedAnswers = (frames: typeof recorded) =>
    frames.map(({ response, key, version }) => `${key} v${version} ${response}`);

  it('are answered with the same bytes while the groups are stable', async () => {
    const broker = await recordedBroker();
    const nonEmpty = framesOf(42, (note) => note.includes('NON_EMPTY'));
    const frames = [
      ...[8, 9, 12, 14, 15].flatMap((key) => framesOf(key)),
      ...nonEmpty,
      ...framesOf(13),
      ...framesOf(47),
    ];
    expect(frames.length).toBeGreaterThan(60);
    expect(await answered(broker, frames)).toEqual(recordedAnswers(frames));
  });

  it('of FindCoordinator are answered with the same bytes, before and after the topic is there', async () => {
    const broker = await recordedBroker();
    broker.image = imageOf([]);
    const absent = framesOf(10, (note) => note.includes('COORDINATOR_NOT_AVAILABLE'));
    expect(await answered(broker, absent)).toEqual(recordedAnswers(absent));
    expect(broker.offsetsTopicAsked).toBeGreaterThan(0);
    broker.image = fullImage;
    // Transactions have no coordinator here.
    const found = framesOf(10, (note) => note === '').filter(({ request, version }) => {
      const reader = new ByteReader(fromHex(request));
      readRequestHeader(reader, requestHeaderVersion(findCoordinatorApi, version));
      return decodeMessage(findCoordinatorApi.request, version, reader).keyType === 0;
    });
    expect(found.length).toBeGreaterThan(4);
    expect(await answered(broker, found)).toEqual(recordedAnswers(found));
  });
});
