/**
 * AssignReplicasToDirs (73), versions 0, flexible from 0.
 *
 * A broker tells which log directories hold its replicas.
 */
import { array, int16, int32, int64, uuid } from '../schema/field.ts';
import {
  defineApi,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from '../schema/schema.ts';

export const assignReplicasToDirsApi = defineApi({
  key: 73,
  name: 'AssignReplicasToDirs',
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  request: {
    brokerId: int32('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
    directories: array('0+', {
      id: uuid('0+'),
      topics: array('0+', {
        topicId: uuid('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
        }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    directories: array('0+', {
      id: uuid('0+'),
      topics: array('0+', {
        topicId: uuid('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          errorCode: int16('0+'),
        }),
      }),
    }),
  },
});

export type AssignReplicasToDirsRequest = RequestOf<typeof assignReplicasToDirsApi>;
export type AssignReplicasToDirsRequestInput = RequestInputOf<typeof assignReplicasToDirsApi>;
export type AssignReplicasToDirsResponse = ResponseOf<typeof assignReplicasToDirsApi>;
export type AssignReplicasToDirsResponseInput = ResponseInputOf<typeof assignReplicasToDirsApi>;
