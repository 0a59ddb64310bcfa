/**
 * Metadata records of quotas, SCRAM credentials, delegation tokens and ACLs (Kafka 4.3.1). This build gives them no
 * meaning, but decodes them and keeps the last of each, so that a log of an official controller loses nothing here.
 */
import {
  array,
  bool,
  bytes,
  defineRecord,
  float64,
  int32,
  int64,
  int8,
  string,
  uuid,
} from '../../protocol/schema/index.ts';

export const delegationTokenRecord = defineRecord({
  key: 10,
  name: 'DelegationTokenRecord',
  versions: '0',
  flexible: '0+',
  fields: {
    owner: string('0+'),
    requester: string('0+'),
    renewers: array('0+', 'string'),
    issueTimestamp: int64('0+'),
    maxTimestamp: int64('0+'),
    expirationTimestamp: int64('0+'),
    tokenId: string('0+'),
  },
});

export const removeDelegationTokenRecord = defineRecord({
  key: 26,
  name: 'RemoveDelegationTokenRecord',
  versions: '0',
  flexible: '0+',
  fields: { tokenId: string('0+') },
});

export const userScramCredentialRecord = defineRecord({
  key: 11,
  name: 'UserScramCredentialRecord',
  versions: '0',
  flexible: '0+',
  fields: {
    name: string('0+'),
    mechanism: int8('0+'),
    salt: bytes('0+'),
    storedKey: bytes('0+'),
    serverKey: bytes('0+'),
    iterations: int32('0+'),
  },
});

export const removeUserScramCredentialRecord = defineRecord({
  key: 22,
  name: 'RemoveUserScramCredentialRecord',
  versions: '0',
  flexible: '0+',
  fields: { name: string('0+'), mechanism: int8('0+') },
});

export const clientQuotaRecord = defineRecord({
  key: 14,
  name: 'ClientQuotaRecord',
  versions: '0',
  flexible: '0+',
  fields: {
    entity: array('0+', { entityType: string('0+'), entityName: string('0+', { nullable: '0+' }) }),
    key: string('0+'),
    value: float64('0+'),
    remove: bool('0+'),
  },
});

export const accessControlEntryRecord = defineRecord({
  key: 18,
  name: 'AccessControlEntryRecord',
  versions: '0',
  flexible: '0+',
  fields: {
    id: uuid('0+'),
    resourceType: int8('0+'),
    resourceName: string('0+'),
    patternType: int8('0+'),
    principal: string('0+'),
    host: string('0+'),
    operation: int8('0+'),
    permissionType: int8('0+'),
  },
});

export const removeAccessControlEntryRecord = defineRecord({
  key: 19,
  name: 'RemoveAccessControlEntryRecord',
  versions: '0',
  flexible: '0+',
  fields: { id: uuid('0+') },
});
