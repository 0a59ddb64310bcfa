/** What a click, Enter or one of the letters S, P and K does at a place of the matrix. */
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { isGone } from '../../model/replica.ts';
import type { Selection } from '../../model/selection.ts';
import { useCommands } from '../../stores/commands.ts';
import { consumerKey, producerKey } from '../../model/client-actions.ts';
import { headColumn, producerColumn } from './columns.ts';
import type { MatrixSource } from './matrix-source.ts';
import type { MatrixRow } from './rows.ts';

export interface MatrixActionsNeeds {
  calm(): LabSnapshot;
  readonly source: MatrixSource;
  chosenProducer(topic: string): string | undefined;
  toggle(topic: string, folded: boolean): void;
  select(selection: Selection): void;
}

export function useMatrixActions({ calm, source, chosenProducer, toggle, select }: MatrixActionsNeeds) {
  const commands = useCommands();
  const brokerAt = (column: number) => calm().brokers[column - 1];

  const producerOf = (topic: string) => {
    const all = source.producers(topic);
    return all.find((each) => each.id === chosenProducer(topic)) ?? all[0];
  };

  /** `row` is null for the heads. */
  function choose(row: MatrixRow | null, column: number): void {
    const broker = brokerAt(column);
    if (row === null) {
      if (broker !== undefined) select({ kind: 'broker', node: broker.id });
      return;
    }
    const topic = row.topic.name;
    if (column === producerColumn) {
      const producer = producerOf(topic);
      if (producer !== undefined) select({ kind: 'producer', client: producer.id });
    } else if (row.kind === 'topic') {
      if (column === headColumn) toggle(topic, row.folded);
      else chooseGroup(topic);
    } else {
      const { partition, replicas } = row.partition;
      if (column === headColumn) select({ kind: 'partition', topic, partition });
      else if (broker === undefined) chooseOwner(topic, partition);
      else if (replicas.includes(broker.id)) select({ kind: 'replica', topic, partition, node: broker.id });
    }
  }

  function chooseGroup(topic: string): void {
    const group = source.group(topic);
    if (group !== undefined) select({ kind: 'group', group: group.id });
  }
  function chooseOwner(topic: string, partition: number): void {
    const owner = source.owner(calm(), topic, partition);
    if (owner === undefined) return;
    if (owner.label === null) select({ kind: 'group', group: owner.group });
    else select({ kind: 'member', group: owner.group, label: owner.label });
  }

  /** Letters by their place on the keyboard, so that they work in every language. False for one that does nothing. */
  function onLetter(code: string, row: MatrixRow | null, column: number): boolean {
    if (row === null) return onBroker(code, column);
    if (column === producerColumn) return onProducer(code, row.topic.name);
    const isOwner = row.kind === 'partition' && column === calm().brokers.length + 1;
    return isOwner && onConsumer(code, row.topic.name, row.partition.partition);
  }

  function onBroker(code: string, column: number): boolean {
    const broker = brokerAt(column);
    if (broker === undefined) return false;
    const { id: node, process } = broker;
    if (code === 'KeyS' && isGone(broker)) void commands.send('startBroker', { node });
    else if (code === 'KeyS' && process === 'running') void commands.send('stopBroker', { node });
    else if (code === 'KeyP' && process === 'paused') void commands.send('resumeBroker', { node });
    else if (code === 'KeyP' && process === 'running') void commands.send('pauseBroker', { node });
    else if (code === 'KeyK' && !isGone(broker)) void commands.send('killBroker', { node });
    else return false;
    return true;
  }
  function onProducer(code: string, topic: string): boolean {
    const producer = producerOf(topic);
    const command = producer === undefined ? null : producerKey(code, producer.state);
    if (producer === undefined || command === null) return false;
    void commands.send(command, { client: producer.id });
    return true;
  }
  function onConsumer(code: string, topic: string, partition: number): boolean {
    const owner = source.owner(calm(), topic, partition);
    if (owner === undefined || owner.client === null) return false;
    const command = consumerKey(code, owner.clientState);
    if (command === null) return false;
    void commands.send(command, { client: owner.client });
    return true;
  }

  return { choose, onLetter };
}
